#!/usr/bin/env bash
# Reports on code under test: each kind of mistake, planted once in a plug-in
# (tests/plugins/bad), is named with the right words, thread, server, file and
# line. One line for each fact; last line "N passed, N failed".
# Usage: tests/e2e/diagnosis.sh [directory of the program]
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$(realpath "${1:-build/plain}") || exit 2
lab=$build/raftlab
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
export NO_COLOR=1
out=$scratch/out
passed=0 failed=0

# fact <what> <status>: count a fact that a command has just found out.
fact() {
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
        echo "ok $((passed + failed)) - $1"
        return
    fi
    failed=$((failed + 1))
    echo "not ok $((passed + failed)) - $1"
    head -n 40 "$out" | cut -c 1-400 | sed 's/^/#   /'
}

# at <plug-in> <text>: "bad/<plug-in>.c:<line>" of the first line there
# that has this text.
at() {
    echo "bad/$1.c:$(grep -nF -- "$2" "tests/plugins/bad/$1.c" | head -n 1 |
        cut -d : -f 1)"
}

# says <regular expression>...: each is in the output.
says() {
    local wanted
    for wanted in "$@"; do
        grep -qE -- "$wanted" "$out"
        fact "$plugin: $wanted" $?
    done
}

# report <plug-in> <verdict> <regular expression>...
report() {
    plugin=$1
    "$lab" test TestManyElections2A --impl "$build/plugins/$1.so" \
        >"$out" 2>&1 </dev/null
    grep -q "^$2 " "$out"
    fact "$1: verdict $2" $?
    says "${@:3}"
}

make='in thread server0/raft_make, in misbehave'
held='holding a mutex taken in'

report diag_deadlock deadlock \
    '^  every thread waits, and no timer is left that could wake one$' \
    "^    server0/raft_make waits for a condition variable, in misbehave \($(
        at diag_deadlock '/* here */')\), from raft_make " \
    '^    tester waits for a call on a server to return, in '
report lock_order deadlock \
    'deadlock: server0/.* waits for a mutex held by server0/.*, which waits for a mutex held by server0/' \
    "^    server0/raft_make .*, in take \($(
        at lock_order 'pthread_mutex_lock(second)')\).*, $held take \($(
        at lock_order 'pthread_mutex_lock(first)')\)" \
    "^    server0/take_two_one .*, in take \($(
        at lock_order 'pthread_mutex_lock(second)')\).*, $held take \($(
        at lock_order 'pthread_mutex_lock(first)')\)"
report diag_lost_wakeup deadlock \
    "^    server[0-6]/raft_make waits for a condition variable \(its last signal found no waiter: a lost wake-up\?\), in misbehave \($(
        at diag_lost_wakeup '/* here */')\)"
report unlock misuse \
    'thread server0/raft_make unlocks a mutex that it does not hold \(no thread does\)$' \
    "$make \($(at unlock 'pthread_mutex_unlock(')\)"
report relock deadlock \
    'deadlock: thread server0/raft_make locks a mutex that it holds already$' \
    "^    server0/raft_make is running, in misbehave .*, $held misbehave \($(
        at relock 'pthread_mutex_lock(')\)"
report diag_destroyed_mutex misuse \
    'thread server0/raft_make locks a mutex that was destroyed: destroy it only when no thread will use it any more$' \
    "in thread server0/raft_make, in lock \($(
        at diag_destroyed_mutex '/* here */')\), from misbehave \($(
        at diag_destroyed_mutex '    lock(rf)')\)"
report diag_destroyed_cond misuse \
    'thread server0/raft_make signals a condition variable that was destroyed: destroy it only' \
    "$make \($(at diag_destroyed_cond '/* here */')\)"
report diag_copied_mutex misuse \
    'thread server0/raft_make locks a mutex that is a copy of another' \
    "$make \($(at diag_copied_mutex '/* here */')\)"
report busy_loop livelock \
    'thread server0/raft_make alone took 100 million: it polls in a loop' \
    "$make \($(at busy_loop 'sched_yield()')\)"
report endless_loop livelock \
    'endless loop: 5 s of CPU time without a call' \
    "$make \(bad/endless_loop.c:[0-9]+\)"
report stack_overflow crash \
    'stack overflow \(8 MiB\) .* in thread server0/raft_make' \
    'in thread server0/raft_make, in descend \(bad/stack_overflow.c:[0-9]+\)'
report segfault crash \
    'segmentation fault through a null pointer' \
    "$make \(bad/segfault.c:[0-9]+\)"
report diag_jump crash \
    'segmentation fault through a null pointer' \
    "$make \($(at diag_jump '/* here */')\)"
report aborts crash 'abort' "$make \($(at aborts '    abort()')\)"

# Advice, beside a failure that has other reasons.
report diag_held fail \
    'this breaks no rule' \
    "^    server0/raft_make waited for a sleep to end, in misbehave \($(
        at diag_held '/* sleep */')\), from raft_make .*, $held misbehave \($(
        at diag_held '/* for the sleep */')\)$" \
    "^    server0/hold_over_call waited for the reply to Raft.Forward, in call_Forward .*, from hold_over_call \($(
        at diag_held '/* the call */')\), $held hold_over_call \($(
        at diag_held '/* for the call */')\)$"
[ "$(grep -c ' waited for a sleep ' "$out")" = 1 ]
fact "advice: once for each place, on whichever servers" $?

held_so=$build/plugins/diag_held.so
"$lab" replay TestBasicAgree2B --seed 1 --impl "$held_so" >"$out" 2>&1
fact "advice fails no test" $?
says "^    server[12]/.*Forward waited for the service to take a message \(apply_put\), .*, $held on_Forward \(bad/fixed.h:[0-9]+\)$"
"$lab" test TestBasicAgree2B --impl "$held_so" --json "$scratch/report.json" \
    >"$out" 2>&1
! grep -q 'waited for' "$out"
fact "advice is not printed for what passes" $?
grep -q '"advice_count": 1,' "$scratch/report.json"
fact "but counted in the report" $?
"$lab" test TestManyElections2A --impl "$build/plugins/relock.so" \
    --json "$scratch/report.json" >"$out" 2>&1
grep -q "\"where\": \"misbehave ($(at relock 'lock(&rf->mu)' | sed 's/:.*//'):" \
    "$scratch/report.json"
fact "the report has the place" $?

# A plug-in without debugging information: names of functions are left.
cp "$build/plugins/diag_destroyed_mutex.so" "$scratch/bare.so"
strip -g "$scratch/bare.so"
"$lab" test TestManyElections2A --impl "$scratch/bare.so" >"$out" 2>&1
plugin='without -g'
says 'in thread server0/raft_make, in [a-z_]+$'

# ---- What it prints ----------------------------------------------------------

plugin=diag_prints
"$lab" replay TestManyElections2A --seed 1 \
    --impl "$build/plugins/diag_prints.so" >"$out" 2>&1
says '^\[  0\.00000[0-9]\] server0: begun by 0, ended later$' \
    '^\[  0\.00000[0-9]\] server0: an error$' \
    '^\[  0\.50[0-9]{4}\] server0: one$' \
    '^\[  0\.50[0-9]{4}\] server0: two$' \
    '^raw$' \
    '^\[  1\.00[0-9]{4}\] server1: half a line$'

# ---- gdb ---------------------------------------------------------------------

wrong=$build/plugins/lock_order.so
PATH=/nowhere "$lab" debug TestManyElections2A --seed 1 --impl "$wrong" \
    >"$out" 2>&1
[ $? = 2 ] && grep -q '^raftlab: gdb is not installed' "$out"
fact "without gdb debug says so" $?
"$lab" debug TestManyElections2A --impl "$wrong" >"$out" 2>&1
[ $? = 2 ] && grep -q '^raftlab: debug needs a test and a seed' "$out"
fact "debug needs a seed" $?

debug() {
    "$lab" debug "$@" >"$out" 2>&1
}

if gdb --batch -ex 'python print("has python")' 2>&1 | grep -q '^has python'; then
    plugin='gdb at a failure'
    printf '%s\n' fibers 'servers 0' 'fiber 3' 'info locals' fiber continue |
        debug TestManyElections2A --seed 1 --impl "$wrong"
    says '^The run ends: deadlock: server0/' \
        'server0/raft_make +(running|waits    a mutex held by fiber)' \
        'server0/take_two_one +(running|waits    a mutex held by fiber)' \
        "in take \\(.*$(at lock_order 'pthread_mutex_lock(second)')\\)" \
        '^\(gdb\) first = 0x[0-9a-f]+ <(one|two)>$|^\(gdb\) __func__|^\(gdb\) No locals' \
        '^#[0-9]+ .* in take \(' \
        '^deadlock, hash '
    hash=$(sed -n 's/^deadlock, hash //p' "$out")
    "$lab" test TestManyElections2A --seed 1 --impl "$wrong" >"$out" 2>&1
    grep -q "^deadlock .* $hash\$" "$out"
    fact "gdb: the same run as outside of it" $?
    plugin='gdb with the switch of libc'
    lab=$(dirname "$build")/ucontext/raftlab
    if [ -x "$lab" ]; then
        printf '%s\n' 'servers 0' 'fiber 3' fiber continue |
            debug TestManyElections2A --seed 1 --impl "$wrong"
        says "in take_two_one \\(.*$(at lock_order 'take(&two')\\)" \
            "in misbehave \\(.*$(at lock_order 'take(&one')\\)" \
            '^#[0-9]+ .* in take \(' \
            "^deadlock, hash $hash\$"
    else
        echo "# no build/ucontext: it is not tried"
    fi
    lab=$build/raftlab
    plugin='gdb without a failure'
    printf '%s\n' 'servers 1' 'break on_AppendEntries' run 'fiber 1' delete \
        continue continue continue | debug TestInitialElection2A --seed 1
    says '^The test has passed; raft_kill comes next' \
        '^          in wait_until \(raft/thread.c:[0-9]+\)$' \
        '^Breakpoint [0-9.]+, on_AppendEntries \(' \
        '^#[0-9]+ .* body_TestInitialElection2A ' \
        '^pass, hash '
else
    echo "# no gdb with Python: it is not tried"
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
