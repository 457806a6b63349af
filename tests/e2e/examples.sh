#!/usr/bin/env bash
# The examples are right: built by gcc and clang with the commands of their
# walk-through, without warnings, examples/raft passes part 2A at 50 seeds under
# two policies and in a fresh process each, and has no data race. Last line:
# "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
export NO_COLOR=1

# judge <what> <command...>: counts it.
judge() {
    local what=$1
    shift
    if "$@" >"$scratch/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $what"
        cat "$scratch/said"
    fi
}

# documented <name of the plug-in>: what the walk-through says after "cc".
documented() {
    sed -n "s/^\\\$ cc \(.*\) -o $1\.so examples\/raft\/raft\.c\$/\1/p" \
        examples/raft/README.md
}

# build <compiler> <name>
build() {
    local words
    words=$(documented "$2")
    [ -n "$words" ] || {
        echo "the walk-through does not say how to make $2.so"
        return 1
    }
    eval "$1 $words -Werror -o '$scratch/$2.so' examples/raft/raft.c"
}

for cc in "${CC:-gcc}" "${CLANG:-clang}"; do
    judge "$cc makes it without warnings" build "$cc" mine
    judge "$cc makes it for --race" build "$cc" race
    for policy in random pct; do
        judge "it passes part 2A, $cc, $policy" ./raftlab test 2A \
            --impl "$scratch/mine.so" --seeds 50 --policy "$policy"
        judge "it has no data race, $cc, $policy" ./raftlab test 2A --race \
            --impl "$scratch/race.so" --seeds 10 --policy "$policy"
    done
    judge "two runs of a seed are equal, $cc" ./raftlab test 2A --verify \
        --impl "$scratch/mine.so" --seeds 3
done

echo "$passed passed, $failed failed"
[ $failed = 0 ]
