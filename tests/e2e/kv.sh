#!/usr/bin/env bash
# The key/value labs with all kinds of plug-ins: a service with its own Raft, a
# service alone, a Raft alone, wrong ones; replays, proofs of determinism, data
# races, real threads. Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/support/real_runs.sh
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
export NO_COLOR=1
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -g -fPIC -shared -pthread -I.)

# expect <status> <pattern> <command...>
expect() {
    local status=$1 pattern=$2 got
    shift 2
    "$@" >"$scratch/said" 2>&1 </dev/null
    got=$?
    if [ $got = "$status" ] && grep -qE -- "$pattern" "$scratch/said"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$*: status $got, expected $status and \"$pattern\""
        tail -n 15 "$scratch/said"
    fi
}

# all_but <pattern>: the sources of kvraft/ whose names do not match.
all_but() {
    find kvraft -name '*.c' ! -name "$1" | LC_ALL=C sort
}

quick=(TestSpeed3A TestUnreliableOneKey3A TestSnapshotRPC3B TestRestartReplayRSM)

# Both in one plug-in: its own Raft, with a bug, is what serves below.
gcc "${flags[@]}" -O1 -o "$scratch/both.so" raft/*.c kvraft/*.c
gcc "${flags[@]}" -w -Ibuild/plain/mutants/raft/05-snapshot-not-saved \
    -o "$scratch/both-wrong.so" build/plain/mutants/raft/05-snapshot-not-saved/raft/*.c \
    kvraft/*.c
expect 0 '^4 passed, 0 failed' ./raftlab test "${quick[@]}" --impl "$scratch/both.so"
expect 1 '^fail ' ./raftlab test TestSnapshotRecover3B TestSnapshotRSM \
    --impl "$scratch/both-wrong.so"

# One of them alone: the reference is the other.
expect 0 '^4 passed, 0 failed' ./raftlab test "${quick[@]}" --impl build/plain/kvraft.so
expect 0 '^4 passed, 0 failed' ./raftlab test "${quick[@]}" --impl build/plain/raft.so
expect 0 '^1 passed, 0 failed' ./raftlab test TestBasicAgree2B --impl build/plain/kvraft.so
expect 1 '(leader completeness|state machine safety|election safety|apply order|every append|a get)' \
    ./raftlab test TestPersistPartitionUnreliable3A --seeds 3 \
    --impl build/plain/mutants/raft/02-new-entries-not-saved.so

# A clerk that waits for each call: in these tests calls to nobody end soon.
mapfile -t servers < <(all_but 'clerk*')
gcc "${flags[@]}" -O1 -o "$scratch/blocking.so" "${servers[@]}" \
    tests/plugins/clerks/blocking.c
gcc "${flags[@]}" -O1 -Drsm_make=own_make -Drsm_kill=own_kill \
    -Drsm_submit=own_submit -o "$scratch/kv-only.so" kvraft/*.c
expect 0 '^20 passed, 0 failed' ./raftlab test TestOnePartition3A --seeds 20 \
    --impl "$scratch/blocking.so"
expect 0 '^15 passed, 0 failed' ./raftlab test TestUnreliable3A \
    TestPersistPartitionUnreliable3A TestSnapshotRPC3B --seeds 5 \
    --impl "$scratch/blocking.so"
# What it lacks is said, and the reference does not step in.
expect 2 'TestBasicRSM needs an rsm \(kvraft/rsm.h\), which the plug-in does' \
    ./raftlab test TestBasicRSM --impl "$scratch/kv-only.so"

# Not whole.
cat >"$scratch/half.c" <<'C'
#include "kvraft/kvraft.h"
struct kv_server *kv_make(const struct kv_config *config)
{
    (void)config;
    return NULL;
}
C
gcc "${flags[@]}" -o "$scratch/half.so" "$scratch/half.c"
expect 2 'half.so: does not define kv_kill, kv_rpcs, clerk_make, clerk_free, clerk_get, clerk_put, clerk_append' \
    ./raftlab test 3A --impl "$scratch/half.so"

# A server that is none, and one without a Raft.
sed -e 's/rsm_make(&below)/NULL/' -e 's/rsm_kill(kv->rsm);//' kvraft/server.c \
    >"$scratch/no_raft.c"
mapfile -t others < <(all_but server.c)
gcc "${flags[@]}" -w -o "$scratch/no_raft.so" "$scratch/no_raft.c" \
    "${others[@]}"
expect 1 'kv_make returned on server 0 without having called raft_make' \
    ./raftlab test TestSpeed3A --impl "$scratch/no_raft.so"

# Clerks that return what is no value.
mapfile -t others < <(all_but clerk.c)
for value in '.size = (size_t)-1, .data = (void *)"a"' '.size = 28'; do
    sed "/^struct bytes clerk_get/,/^}/s/return .*/return (struct bytes){$value};/" \
        kvraft/clerk.c >"$scratch/no_value.c"
    gcc "${flags[@]}" -w -o "$scratch/no_value.so" "$scratch/no_value.c" \
        "${others[@]}"
    expect 1 'clerk_get returned (18446744073709551615 bytes|28 bytes at a null pointer)' \
        ./raftlab test TestBasic3A --impl "$scratch/no_value.so"
done

# A clerk that keeps all itself, and never asks a server.
sed 's/^    while (!op->done) {/    while (false) {/' kvraft/clerk.c >"$scratch/alone.c"
gcc "${flags[@]}" -w -o "$scratch/alone.so" "$scratch/alone.c" \
    "${others[@]}"
expect 1 'clerk_(put|append) returned, but no server has applied an entry' \
    ./raftlab test TestBasic3A --impl "$scratch/alone.so"

# A violation is shown with what happened around it, the same each time.
wrong=build/plain/mutants/kv/07-reads-of-a-leaders-state.so
linearizable=TestPersistPartitionUnreliableLinearizable3A
expect 1 'events around it, in virtual time' ./raftlab replay $linearizable --seed 1 --impl $wrong
grep -v ' s  *[0-9.]* s  *7 ' "$scratch/said" >"$scratch/first"
expect 1 '(calls|returns) .*client [0-9]+  get' ./raftlab replay $linearizable --seed 1 --impl $wrong
grep -v ' s  *[0-9.]* s  *7 ' "$scratch/said" >"$scratch/second"
expect 0 identical diff -s "$scratch/first" "$scratch/second"
expect 0 'partition [0-9 |]+|all servers crash' cat "$scratch/first"
expect 0 '<-- no linearization point' cat "$scratch/first"

# Same seed, same run; also by another compiler; no data races.
expect 0 '^4 passed, 0 failed' ./raftlab test "${quick[@]}" --verify
./raftlab test "${quick[@]}" | awk '{ print $NF }' >"$scratch/gcc"
build/clang/raftlab test "${quick[@]}" | awk '{ print $NF }' >"$scratch/clang"
expect 0 identical diff -s "$scratch/gcc" "$scratch/clang"
expect 0 '^4 passed, 0 failed' ./raftlab test "${quick[@]}" --race

# On real threads.
expect 0 '^[12] passed, 0 failed' real_runs ./raftlab \
    'TestUnreliableOneKey3A TestSnapshotRPC3B'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
