#!/usr/bin/env bash
# Data races in whole Rafts: those planted in the reference (patches in
# tests/mutants/race, built instrumented by gcc and by clang) are found at the first
# seeds, each time with the same report; the reference has none, under every
# policy; what cannot be watched is refused. An argument says at how many
# seeds (1). Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
seeds=${1:-1}
parts=(2A 2B 2C 2D)
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
export NO_COLOR=1

# judge <name> <command...>: counts it.
judge() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $name"
    fi
}

# found <plug-in> <words of the report>: at one of three seeds of the tests of
# parts 2A and 2B; the printed command repeats it.
found() {
    local said=$scratch/said again=$scratch/again
    ./raftlab test 2A 2B --race --seeds 3 --impl "$1" >"$said" 2>&1
    [ $? = 1 ] || return 1
    grep -q "data race: .*$2.* nothing orders the two accesses" "$said" || {
        cat "$said"
        return 1
    }
    sed -n 's/^  replay: \.\/raftlab //p' "$said" | head -1 |
        sed 's/ --log all//' >"$scratch/command"
    grep -q -- ' --race' "$scratch/command" || return 1
    read -ra command <"$scratch/command"
    ./raftlab "${command[@]}" >"$said" 2>&1
    ./raftlab "${command[@]}" >"$again" 2>&1
    # The time that it took is the only thing that may differ.
    grep -q 'data race' "$said" &&
        diff <(sed 's/[0-9.]* s  *//g' "$said") <(sed 's/[0-9.]* s  *//g' "$again")
}

# clean <seeds> <options...>: no test fails.
clean() {
    ./raftlab test "${parts[@]}" --race --seeds "$@" >"$scratch/said" 2>&1 &&
        return 0
    cat "$scratch/said"
    return 1
}

# refused <words of the message> <command...>
refused() {
    local words=$1
    shift
    "$@" >"$scratch/said" 2>&1
    [ $? = 2 ] && grep -q -- "$words" "$scratch/said" && return 0
    cat "$scratch/said"
    return 1
}

for variant in plain clang; do
    judge "get-state, $variant" found \
        build/$variant/race/get-state-without-lock.so raft_get_state
    judge "append, $variant" found \
        build/$variant/race/start-appends-without-lock.so \
        '\(log_\|raft_start\|make_room\|encode\)'
    judge "flag, $variant" found \
        build/$variant/race/double-checked-flag.so on_RequestVote
    for policy in random fifo pct; do
        judge "reference, $variant, $policy" clean "$seeds" \
            --policy "$policy" --impl build/$variant/raft-race.so
    done
done
judge verify clean 1 --verify

# Without --race an instrumented plug-in is like any other.
judge 'instrumented, not watched' ./raftlab test 2A \
    --impl build/plain/raft-race.so >/dev/null

judge 'not instrumented' refused 'flags --race' \
    ./raftlab test 2A --race --impl build/plain/raft.so

# The flags that are printed make a plug-in that can be watched; without
# them the sanitizer's library is linked by gcc, and refused.
for cc in "${CC:-gcc}" "${CLANG:-clang}"; do
    read -ra flags <<<"$(./raftlab flags --race)"
    judge "flags, $cc" "$cc" "${flags[@]}" -O1 -o "$scratch/raft.so" raft/*.c
    judge "made by $cc" ./raftlab test 2A --race --impl "$scratch/raft.so" \
        >/dev/null
done
read -ra flags <<<"$(./raftlab flags)"
if gcc "${flags[@]}" -fsanitize=thread -o "$scratch/linked.so" raft/*.c \
    2>/dev/null; then
    judge 'linked with libtsan' refused 'flags --race' \
        ./raftlab test 2A --impl "$scratch/linked.so"
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
