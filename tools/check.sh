#!/usr/bin/env bash
# make check: runs every stage, two at a time. See tools/stages.sh for what it
# prints.
set -u
cd "$(dirname "$0")/.." || exit 2
. tools/stages.sh
stages_begin build/check
# Where there is no terminal, tests of terminals make their own.
export TERM=xterm
parts=(2A 2B 2C 2D)

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

# units <variant> <folder of tests/unit...>
units() {
    local folder
    for folder in "${@:2}"; do
        stage "$1-$folder" "build/$1/test/$folder"
    done
}

labs() {
    stage "labs-$1" ./raftlab test "${parts[@]}" --seed 1 --seeds 5 -j 1 \
        --policy "$1"
}

mapfile -t all < <(cd tests/unit && printf '%s\n' */ | tr -d /)
mapfile -t but_raftcore < <(printf '%s\n' "${all[@]}" | grep -vx raftcore)

# The sanitized tests take as long as all others together.
units asan "${but_raftcore[@]}" &
# These mostly sleep.
stage real tests/e2e/real.sh &
{
    stage lint tools/lint.sh
    stage lint-itself tests/e2e/lint.sh
    stage switch tests/e2e/switch.sh
    stage documents tests/e2e/docs.sh
    stage examples tests/e2e/examples.sh
    units plain "${all[@]}"
    units clang "${all[@]}"
    units tsan hosts sim
    units asan raftcore
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
stages_end
