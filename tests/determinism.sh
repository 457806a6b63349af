#!/usr/bin/env bash
# Same seed, same execution. Usage: tests/determinism.sh [seeds]
#
# 1. Three lab tests at 20 seeds (or as many as said): the run is repeated in
#    a freshly executed process and must have the same hash.
# 2. A few seeds with program and reference built by gcc and clang, at -O0 and
#    -O2, with and without sanitizers: the same hashes everywhere.
# Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
seeds=${1:-20}
tests=(TestReElection2A TestFigure8Unreliable2C TestSnapshotInstallUnCrash2D)
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

# hashes <variant of the program> <variant of the Raft> <test>: one per seed.
hashes() {
    local report=$scratch/report.json
    rm -f "$report"
    "build/$1/raftlab" test "$3" --seeds 3 --impl "build/$2/raft.so" \
        --json "$report" >"$scratch/said" 2>&1 || cat "$scratch/said"
    grep -oE '"hash": *"[0-9a-f]*"' "$report"
}

for test in "${tests[@]}"; do
    expected=$(hashes plain plain "$test")
    if [ "$(sort -u <<<"$expected" | wc -l)" != 3 ]; then
        failed=$((failed + 1))
        echo "$test: not three different hashes at three seeds: $expected"
    fi
    for pair in 'plain clang' 'plain O0' 'clang clang' 'O0 O0' 'asan asan'; do
        read -r program raft <<<"$pair"
        got=$(hashes "$program" "$raft" "$test")
        if [ "$got" = "$expected" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "$test, program $program, Raft $raft: hashes differ:"
            diff <(echo "$expected") <(echo "$got")
        fi
    done
done

echo "$passed passed, $failed failed"
[ $failed = 0 ]
