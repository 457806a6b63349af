#!/usr/bin/env bash
# The README's Raft compiles with the README's command and fails the first
# test for the right reason. Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
export NO_COLOR=1

# expect <what> <status>: of the last command.
expect() {
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $1"
        [ ! -e "$scratch/said" ] || cat "$scratch/said"
    fi
}

fence=$'\x60\x60\x60'
sed -n "/^${fence}c\$/,/^$fence\$/p" README.md | sed "/^$fence/d" \
    >"$scratch/mine.c"
command=$(sed -n 's/^    \(cc .*\) -o mine.so mine.c$/\1/p' README.md)
for cc in "${CC:-gcc}" clang; do
    # shellcheck disable=SC2086 # a command with its words
    "$cc" -Wall -Wextra -Werror ${command#cc} -o "$scratch/mine.so" \
        "$scratch/mine.c" >"$scratch/said" 2>&1
    expect "the example compiles with $cc without warnings" $?
done

./raftlab test TestInitialElection2A --impl "$scratch/mine.so" \
    >"$scratch/said" 2>&1
[ $? = 1 ]
expect "it fails its first test" $?
grep -q 'no connected server became leader' "$scratch/said"
expect "for want of a leader" $?

echo "$passed passed, $failed failed"
[ $failed = 0 ]
