#!/usr/bin/env bash
# Runs on real threads: the lab tests of 2A and 2B, and some with crashes,
# under the thread sanitizer, then a few without it. Last line: "N passed, N
# failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/support/real_runs.sh
passed=0 failed=0
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
export NO_COLOR=1

check() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
        echo "ok    $2"
    else
        failed=$((failed + 1))
        echo "FAIL  $2"
    fi
}

real_runs build/tsan/raftlab '2A 2B TestPersist12C TestSnapshotAllCrash2D'
check $? "2A, 2B and crashes, no report of the thread sanitizer"

real_runs ./raftlab 'TestManyElections2A TestBackup2B TestPersist12C'
check $? "real threads without the sanitizer"

# The sanitizer does not see every race in every run.
found=1
for _ in {1..5}; do
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

# Not by the time limit of the test.
./raftlab test TestManyElections2A --real \
    --impl build/plain/plugins/diag_deadlock.so >"$scratch/run" 2>&1
grep -q '^deadlock ' "$scratch/run"
check $? "a deadlock of all real threads is reported as one"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
