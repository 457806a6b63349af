#!/usr/bin/env bash
# The key/value suite is tested, too: each wrong variant of the reference
# service (a patch in tests/mutants/kv, built by make) fails the test named here,
# at one of the first seeds, by the rule named here. Variants without a line
# fail. Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
seeds=3
passed=0 failed=0
export NO_COLOR=1

partition=TestSnapshotUnreliableRecoverConcurrentPartition3B
linearizable=TestPersistPartitionUnreliableLinearizable3A
declare -A expected=(
    [01-no-duplicate-suppression]='TestSnapshotUnreliable3B:a get returns what was put'
    [02-duplicates-suppressed-at-submit-only]='TestPersistPartitionUnreliable3A:every append once and in order|a get returns'
    [03-sessions-kept-by-the-leader-only]="$linearizable:linearizability|no linearization point"
    [04-sessions-not-in-snapshots]="$partition:every append once and in order|a get returns"
    [05-sessions-by-number-alone]='TestOnePartition3A:a get returns what was put'
    [06-reads-of-any-servers-state]='TestOnePartition3A:no progress in the minority'
    [07-reads-of-a-leaders-state]="$linearizable:linearizability|no linearization point"
    [08-answers-before-commit]='TestOnePartition3A:a change is committed'
    [09-another-commands-result]='TestLeaderPartitionRSM:no commit without a majority'
    [10-waiters-never-give-up]='TestLeaderPartitionRSM:every submission returns'
    [11-clerk-sticks-to-one-server]='TestOnePartition3A:its limit of 120 s of virtual time'
    [12-a-number-for-every-try]='TestSnapshotUnreliable3B:a get returns what was put'
    [13-snapshot-not-restored]='TestSnapshotRSM:all machines reach the same state|results are'
    [14-no-snapshots]='TestSnapshotSize3B:log size'
    [15-sessions-never-forgotten]='TestSnapshotSize3B:snapshot size'
    [16-installed-snapshot-merged]="$partition:a get returns|every append"
    [17-kill-wakes-nobody]='TestShutdownRSM:every submission returns'
)

for patch in tests/mutants/kv/*.patch; do
    name=$(basename "$patch" .patch)
    test=${expected[$name]%%:*} rule=${expected[$name]#*:}
    said=$(./raftlab test "${test:-none}" --seeds $seeds \
        --impl "build/plain/mutants/kv/$name.so" 2>&1)
    if [ $? = 1 ] && grep -qE -- "$rule" <<<"$said"; then
        passed=$((passed + 1))
        echo "$name: $(tail -n 1 <<<"$said"): $test"
    else
        failed=$((failed + 1))
        echo "$name: not caught by $test for \"$rule\""
        tail -n 20 <<<"$said"
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed != 0 ]
