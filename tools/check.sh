#!/usr/bin/env bash
# make check: runs every stage, two at a time, prints a line for each as it
# ends, then the output of what failed, and last, alone, the sum:
# "N passed, N failed". A stage counts what its own last such line says; one
# without such a line counts as one. TAGS=2B picks unit tests by tag, and
# runs nothing else.
set -u
cd "$(dirname "$0")/.." || exit 2
out=build/check
rm -rf "$out"
mkdir -p "$out" || exit 2
# Each server maps its own copy of the same plug-in.
asan=(env "ASAN_OPTIONS=detect_odr_violation=0"
    "UBSAN_OPTIONS=print_stacktrace=1")
# Where there is no terminal, tests of terminals make their own.
export TERM=xterm
parts=(2A 2B 2C 2D)

# stage <name> <command...>
stage() {
    local name=$1 begun=$SECONDS status last line
    shift
    "$@" >"$out/$name" 2>&1 </dev/null
    status=$?
    last=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$out/$name" | tail -n 1)
    if [ -z "$last" ] || [ "$last" = '0 passed, 0 failed' ] ||
        { [ $status != 0 ] && [[ $last == *' 0 failed' ]]; }; then
        # Ended otherwise than it should: count that.
        line=$((status == 0 && ${#last} == 0 ? 1 : 0))
        last="$line passed, $((1 - line)) failed"
    fi
    echo "$name $last" >>"$out/tally"
    [[ $last == *' 0 failed' ]] && line='ok  ' || line=FAIL
    printf '%s  %-16s %-26s %4d s\n' "$line" "$name" "$last" \
        $((SECONDS - begun))
}

# The same inputs each time; "make fuzz" looks further.
fuzz() {
    local target seeds runs
    for target in build/fuzz/fuzz_*; do
        # Bytes alone hardly ever become a history, or a term.
        case $target in
            *history) seeds=tests/data/histories ;;
            *core*) seeds=tests/fuzz/corpus/${target##*/fuzz_} ;;
            *) seeds= ;;
        esac
        # One run of this is up to 400 calls.
        [[ $target == *calls ]] && runs=10000 || runs=100000
        [ ! -x "$target" ] || stage "${target##*/}" "$target" -seed=1 \
            -runs="$runs" -max_len=512 \
            ${seeds:+"-seed_inputs=$(echo "$seeds"/* | tr ' ' ,)"}
    done
}

unit() {
    stage "unit-$1" "${@:2}" "build/$1/check_all"
}

# The suites of raftcore, or all others: halves of what takes longest.
suites() {
    sed -e 's/^SUITE(//' -e 's/)$//' build/suites.def | grep "$@" '^raftcore'
}

labs() {
    stage "labs-$1" ./raftlab test "${parts[@]}" --seed 1 --seeds 5 -j 1 \
        --policy "$1"
}

if [ -n "${TAGS:-}" ]; then
    export CK_INCLUDE_TAGS=$TAGS
    unit plain
else
    # The sanitized tests take as long as all others together.
    # shellcheck disable=SC2046 # a list of words
    stage unit-asan "${asan[@]}" build/asan/check_all $(suites -v) &
    # These mostly sleep.
    stage real tests/e2e/real.sh &
    {
        stage lint tools/lint.sh
        stage lint-itself tests/e2e/lint.sh
        stage switch tests/e2e/switch.sh
        stage documents tests/e2e/docs.sh
        stage examples tests/e2e/examples.sh
        unit plain
        unit clang
        unit tsan
        # shellcheck disable=SC2046 # a list of words
        stage unit-asan-core "${asan[@]}" build/asan/check_all $(suites)
        fuzz
        labs random
        labs fifo
        stage command-line tests/e2e/cli.sh
        stage determinism tests/e2e/determinism.sh
        stage mutants tests/e2e/mutants_raft.sh
        stage mutants-kv tests/e2e/mutants_kv.sh
        stage kv tests/e2e/kv.sh
        stage labs-kv ./raftlab test 3 rsm -j 1
        stage raftcore tests/e2e/raftcore.sh
        stage install tests/e2e/install.sh
        stage race tests/e2e/race.sh
        stage diagnosis tests/e2e/diagnosis.sh
        stage lincheck tests/e2e/lincheck.sh
    } &
    wait
fi

while read -r name _ _ failed _; do
    if [ "$failed" != 0 ]; then
        printf '\n==== %s ====\n' "$name"
        cat "$out/$name"
    fi
done <"$out/tally"

awk '{ passed += $2; failed += $4 }
     END { printf "\n%d passed, %d failed\n", passed, failed
           exit failed != 0 || passed == 0 }' "$out/tally"
