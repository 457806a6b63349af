#!/usr/bin/env bash
# Runs on real threads: the lab tests of 2A and 2B, and some with crashes,
# under the thread sanitizer, then a few without it. Last line: "N passed, N
# failed".
#
# Real time depends on the machine. So tests that fail for want of progress
# are run a second time; what a slow machine cannot cause (a report of the
# sanitizer, a crash, a broken rule of safety) is a failure at once.
set -u
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
export NO_COLOR=1
# Rules of oracle.h, and of tests, that no delay can break.
safety='election safety|terms never go back|leader append-only'
safety+='|indexes start at 1|state machine safety|commands are kept'
safety+='|apply order|snapshot content|commit never goes back'
safety+='|commit within the log|apply after commit|role change'
safety+='|leader completeness|no commit without a majority|no committed command is lost'

check() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
        echo "ok    $2"
    else
        failed=$((failed + 1))
        echo "FAIL  $2"
    fi
}

# for_want_of_progress <file>: is that all that went wrong there?
for_want_of_progress() {
    ! grep -qE "^  ($safety): " "$1" &&
        ! grep -E '^[0-9]+ passed, |^[a-z ]+ Test' "$1" |
        grep -vqE '^(pass|fail|timeout) |^[0-9]'
}

# runs <program> <test...>
runs() {
    local program=$1 again
    shift
    if "$program" test "$@" --real -j 4 >"$scratch/first" 2>&1; then
        cat "$scratch/first"
        return 0
    fi
    cat "$scratch/first"
    mapfile -t again < <(awk '/^(fail|timeout) / { print $2 }' "$scratch/first")
    [ ${#again[@]} != 0 ] && for_want_of_progress "$scratch/first" || return 1
    echo "once more: ${again[*]}"
    "$program" test "${again[@]}" --real -j 1
}

runs build/tsan/raftlab 2A 2B TestPersist12C TestSnapshotAllCrash2D
check $? "2A, 2B and crashes, no report of the thread sanitizer"

runs ./raftlab TestManyElections2A TestBackup2B TestPersist12C
check $? "real threads without the sanitizer"

# The sanitizer does not see every race in every run: up to three.
found=1
for _ in 1 2 3; do
    build/tsan/raftlab test 2A --real -j 4 \
        --impl build/plain/race/get-state-without-lock.so >"$scratch/race" 2>&1
    if grep -q '^data race' "$scratch/race" &&
        grep -q '#0 .* .*/raft/[a-z]*\.c:[0-9]' "$scratch/race"; then
        found=0
        break
    fi
done
[ $found = 0 ] || cat "$scratch/race"
check $found "the thread sanitizer finds a planted race, with file and line"

build/tsan/raftlab test 2A >"$scratch/usage" 2>&1
[ $? = 2 ] && grep -q -- 'test --real' "$scratch/usage"
check $? "a build for the thread sanitizer says that it needs --real"

for option in --verify --race '--policy random'; do
    # shellcheck disable=SC2086 # an option and its value
    ./raftlab test 2A --real $option >"$scratch/usage" 2>&1
    [ $? = 2 ] && [ "$(wc -l <"$scratch/usage")" = 1 ] &&
        grep -q -- "--real cannot be combined with ${option% *}: " \
            "$scratch/usage"
    check $? "--real and $option are refused"
done

./raftlab test TestInitialElection2A --real --json "$scratch/report.json" \
    >"$scratch/run" 2>&1
grep -qE '^(pass|fail|timeout) .* -$' "$scratch/run" &&
    grep -q '"hash": null' "$scratch/report.json"
check $? "a real run has no hash"

# The test's limit is 120 s.
SECONDS=0
./raftlab test TestManyElections2A --real \
    --impl build/plain/plugins/diag_deadlock.so >"$scratch/run" 2>&1
grep -q '^deadlock ' "$scratch/run" && [ $SECONDS -lt 60 ]
check $? "a deadlock of all real threads is told at once"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
