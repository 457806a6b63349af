#!/usr/bin/env bash
# Same seed, same execution. Usage: tests/e2e/determinism.sh [SEEDS all]
#
# 1. Four lab tests at 20 seeds (or as many as said): the run is repeated in
#    a freshly executed process and must have the same hash.
# 2. Program and reference built by gcc and clang, at -O0 and -O2, with the
#    context switch in assembly and by ucontext, with and without sanitizers:
#    the same hashes everywhere. A sample at 3 seeds; with "all" each
#    combination at all seeds (make determinism).
# 3. The same hashes and verdicts when the runs are held up in real time, one
#    after the other and on a busy machine.
# Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
seeds=${1:-20}
compared=${1:-3}
tests=(TestReElection2A TestFigure8Unreliable2C TestSnapshotInstallUnCrash2D
    TestSnapshotUnreliableRecoverConcurrentPartition3B)
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
export NO_COLOR=1
# Killed children leave blocks on purpose; each server maps its own copy of the
# same plug-in.
export ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0

for test in "${tests[@]}"; do
    for policy in random fifo; do
        said=$(build/plain/raftlab test "$test" --seeds "$seeds" \
            --policy "$policy" --verify 2>&1)
        last=${said##*$'\n'}
        if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
            passed=$((passed + BASH_REMATCH[1]))
            failed=$((failed + BASH_REMATCH[2]))
        else
            failed=$((failed + seeds))
        fi
        [[ $last == "$seeds passed, 0 failed" ]] || printf '%s\n' "$said"
    done
done

# hashes <variant of the program> <variant of the Raft, in tests of the service
# of the service> <test>: one per seed.
hashes() {
    local report=$scratch/report.json solution=raft.so
    [[ $3 != *3B ]] || solution=kvraft.so
    rm -f "$report"
    "build/$1/raftlab" test "$3" --seeds "$compared" -j 2 \
        --impl "build/$2/$solution" --json "$report" >"$scratch/said" 2>&1 ||
        cat "$scratch/said"
    grep -oE '"hash": *"[0-9a-f]*"' "$report"
}

# One line per pair: variant of the program, variant of the Raft.
pairs=('plain ucontext' 'plain clang' 'plain O0' 'ucontext ucontext'
    'clang clang' 'O0 O0' 'asan asan')
if [ "${2:-}" = all ]; then
    pairs=()
    for variant in plain O0 clang clang-O0-asm \
        ucontext gcc-O0-ucontext clang-O2-ucontext clang-O0-ucontext \
        asan {gcc,clang}-{O0,O2}-{asm,ucontext}-san; do
        pairs+=("$variant $variant" "$variant plain")
        # A sanitized Raft needs a sanitized program.
        [[ $variant =~ san$ ]] || pairs+=("plain $variant")
    done
fi

for test in "${tests[@]}"; do
    expected=$(hashes plain plain "$test")
    if [ "$(sort -u <<<"$expected" | wc -l)" != "$compared" ]; then
        failed=$((failed + 1))
        echo "$test: not a hash of its own at each seed: $expected"
    fi
    for pair in "${pairs[@]}"; do
        read -r program raft <<<"$pair"
        got=$(hashes "$program" "$raft" "$test")
        if [ "$got" = "$expected" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "$test, program $program, solution $raft: hashes differ:"
            diff <(echo "$expected") <(echo "$got")
        fi
    done
done

# Run the suite once, stopping its children again and again, with other work on
# the processors.
hold_up() {
    local busy suite child
    (while :; do :; done) &
    busy=$!
    build/plain/raftlab test 2A 2B 2D --json "$scratch/held.json" -j 3 \
        >"$scratch/said" 2>&1 &
    suite=$!
    while kill -0 $suite 2>/dev/null; do
        child=$(pgrep -P $suite | head -n 1)
        if [ -n "$child" ] && kill -STOP "$child" 2>/dev/null; then
            sleep 0.2
            kill -CONT "$child" 2>/dev/null
        fi
        sleep 0.01
    done
    kill $busy
    wait $busy 2>/dev/null
}

hold_up
build/plain/raftlab test 2A 2B 2D --json "$scratch/free.json" \
    >"$scratch/said" 2>&1
verdicts() {
    grep -oE '"(hash|verdict|virtual_s)": *[^,]*' "$1"
}
if [ "$(verdicts "$scratch/held.json" | wc -l)" -ge 40 ] &&
    [ "$(verdicts "$scratch/held.json")" = \
        "$(verdicts "$scratch/free.json")" ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "held up in real time, runs had other hashes or verdicts"
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
