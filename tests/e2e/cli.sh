#!/usr/bin/env bash
# The command line: wrong usage, bad plug-ins (tests/plugins/bad), reports,
# interruption. One line for each fact; last line "N passed, N failed".
# Usage: tests/e2e/cli.sh [directory of the program]
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$(realpath "${1:-build/plain}") || exit 2
lab=$build/raftlab
bait=$build/plugins
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch/tmp # whatever the program leaves there, we see
mkdir "$TMPDIR" || exit 2
unset NO_COLOR
out=$scratch/out err=$scratch/err
passed=0 failed=0 status=0

# fact <what> <status>: count a fact that a command has just found out.
fact() {
    if [ "$2" = 0 ]; then
        passed=$((passed + 1))
        echo "ok $((passed + failed)) - $1"
        return
    fi
    failed=$((failed + 1))
    echo "not ok $((passed + failed)) - $1 (exit status $status)"
    sed 's/^/#   /' "$out" "$err" | head -n 60
}

run() {
    "$@" >"$out" 2>"$err" </dev/null
    status=$?
}

# usage <regular expression> <arguments...>: exit status 2, nothing on
# standard output, one line on standard error that matches.
usage() {
    local wanted=$1
    shift
    run "$lab" "$@"
    [ $status = 2 ] &&
        [ ! -s "$out" ] &&
        [ "$(wc -l <"$err")" = 1 ] &&
        grep -q "^raftlab: " "$err" &&
        grep -qE -- "$wanted" "$err"
    fact "wrong: raftlab $*" $?
}

# shows <status> <regular expression> <arguments...>
shows() {
    local wanted_status=$1 wanted=$2
    shift 2
    run "$lab" "$@"
    [ $status = "$wanted_status" ] &&
        grep -qE -- "$wanted" "$out"
    fact "raftlab $* shows '$wanted'" $?
}

last_line() {
    tail -n 1 "$out"
}

# ---- Names, numbers, options ------------------------------------------------

usage 'a command is needed'
usage "no command 'tset'; nearest: test" tset
usage "no command 'x'" help x
usage "nearest: TestBackup2B" test TestBakup2B
usage "nearest:.*TestFigure8" test Figure8
usage "no part '5A'; parts: 2A 2B 2C 2D 3A 3B RSM S" test 5A
usage "no part '3C'.*2024" test 3C
usage "no part '2E'" list 2E
usage "no test matches 'TestX\*'" test 'TestX*'
usage "nearest: TestReElection2A" list TestReElecton2A
usage "no option '--sed'; nearest: --seed" test 2A --sed 3
usage "no option '-x'" test 2A -x
usage "does not belong to this command" list --impl x.so
usage "does not belong to this command" replay TestBackup2B --seeds 3
usage "'--help' lists|--json takes no value" list --json=yes
usage "option --seed needs a value" test 2A --seed
usage "option --impl needs a value" test 2A --impl --seed 1
for option in --seed --seeds -j --time-limit; do
    for value in x -1 1.5 1e3 '' ' 1' 0x10 99999999999999999999999; do
        usage "^raftlab: $option '$value': must be a whole number from" \
            test 2A "$option" "$value"
    done
done
for option in --seeds -j --time-limit; do
    usage "$option '0': must be a whole number from 1 to" test 2A "$option" 0
done
usage "from 1 to 100000$" grade --seeds 100001
usage "from 1 to 512$" test 2A -j 513
usage "the last seed would exceed" \
    test 2A --seed 18446744073709551615 --seeds 2
usage "--policy 'lifo': must be random, fifo or pct" test 2A --policy lifo
usage "needs the seed" replay TestBackup2B
usage "needs the name of one test" replay --seed 1
usage "needs the name of one test" replay TestBackup2B TestCount2B --seed 1
usage "selects [0-9]+ tests" replay 2A --seed 1
usage "nearest: TestBackup2B" grade TestBakup2B
usage "takes no names" flags 2A
usage "exactly one test" test 2A --trace "$scratch/trace"

# ---- The shell's limits ------------------------------------------------------

# limited <regular expression> <ulimit's arguments...>: this limit is named,
# before anything runs.
limited() {
    local wanted=$1
    shift
    (ulimit "$@" && exec "$lab" test TestInitialElection2A -j 2) \
        2>&1 >"$out" </dev/null | cat >"$err" # it may not write to files
    status=${PIPESTATUS[0]}
    [ "$status" = 2 ] && [ ! -s "$out" ] && grep -qE -- "$wanted" "$err"
    fact "ulimit $* is named" $?
}

case $build in
*/plain | */clang | */O0)
    limited 'address space is limited \(ulimit -v\)' -v 1000000
    ;;
esac
limited 'too few files may be open \(ulimit -n\): -j 2 needs [0-9]+' -n 8
limited 'too few files may be open \(ulimit -n\): -j 2 needs [0-9]+' -n 16
limited 'size of files is limited .*\(ulimit -f\)' -f 0
run bash -c 'ulimit -Sn 16 && exec "$0" test TestInitialElection2A' "$lab"
fact "a soft limit is raised to the hard one" $status
(ulimit -f 0 && exec "$lab" list) >"$scratch/full" 2>&1 </dev/null
status=$?
[ $status = 2 ]
fact "SIGXFSZ does not end the program" $?

# ---- Reports and traces that cannot be written ------------------------------

usage "cannot write a report to $scratch: Is a directory" \
    test TestInitialElection2A --json "$scratch"
usage "cannot write a report to /no/such/report.json: No such file" \
    grade --report /no/such/report.json
usage "cannot write a report to /proc/report.json" \
    grade --report /proc/report.json
usage "No such file" test TestInitialElection2A --trace /no/such/trace
for command in test 'replay --seed 1'; do
    # shellcheck disable=SC2086 # words
    run "$lab" $command TestInitialElection2A --trace /dev/full
    [ $status = 2 ] &&
        grep -q "^raftlab: --trace /dev/full: No space left" "$err"
    fact "$command: a trace that cannot be written is told" $?
done
"$lab" test TestInitialElection2A 2>"$err" >&-
status=$?
[ $status = 2 ] && grep -q "standard output is closed" "$err"
fact "closed standard output is told" $?

# ---- Plug-ins that cannot be used -------------------------------------------

reference=$build/raft.so
head -c 1000 "$reference" >"$scratch/cut.so"
head -c 40 "$reference" >"$scratch/short.so"
: >"$scratch/empty.so"
echo 'int x;' >"$scratch/text.so"
cp "$reference" "$scratch/foreign.so"
printf '\002' | dd of="$scratch/foreign.so" bs=1 seek=18 conv=notrunc 2>"$err"
cp "$reference" "$scratch/unreadable.so"
chmod 000 "$scratch/unreadable.so"
mkfifo "$scratch/fifo.so"

usage "no/such.so: .*No such file" test 2A --impl no/such.so
usage "not a regular file" test 2A --impl "$scratch"
usage "not a regular file" test 2A --impl "$scratch/fifo.so"
[ -r "$scratch/unreadable.so" ] || usage "Permission denied" \
    test 2A --impl "$scratch/unreadable.so"
for kind in cut short empty text foreign; do
    usage "$scratch/$kind.so: " test 2A --impl "$scratch/$kind.so"
done
usage "machine|architecture" test 2A --impl "$scratch/foreign.so"
usage "program|executable" test 2A --impl "$lab"
usage "raft_snapshot, raft_kill" test 2A --impl "$bait/missing.so"
usage "fork.*socket|socket.*fork" test 2A --impl "$bait/refused.so"
usage "undefined: (nobody_defines_this, nor_this|nor_this, nobody_defines_this)$" \
    test 2A --impl "$bait/unresolved.so"
# shellcheck disable=SC2086 # flags are words
{
    flags=$("$lab" flags)
    echo 'int library(void);' >"$scratch/library.c"
    cc -shared -o "$scratch/liblibrary.so" -x c "$scratch/library.c"
    cc $flags -Wl,--no-as-needed -o "$scratch/needs.so" tests/plugins/bad/decent.c \
        -L"$scratch" -llibrary
}
usage "needs the library liblibrary.so, .* link it into the plug-in" \
    test 2A --impl "$scratch/needs.so"
case $build in
*/plain | */clang | */O0)
    for cc in gcc clang; do
        # shellcheck disable=SC2086 # flags are words
        $cc $flags -fsanitize=address -o "$scratch/asan.so" \
            tests/plugins/bad/decent.c
        usage "compiled with -fsanitize=address.*without.*--race" \
            test 2A --impl "$scratch/asan.so"
    done
    # shellcheck disable=SC2086 # flags are words
    clang $flags -fsanitize=undefined -o "$scratch/ubsan.so" \
        tests/plugins/bad/decent.c
    usage "__ubsan_handle.*; compile without -fsanitize=undefined$" \
        test 2A --impl "$scratch/ubsan.so"
    ;;
esac
cp "$lab" "$scratch/alone"
run "$scratch/alone" test 2A
[ $status = 2 ] &&
    grep -q "^raftlab: the reference Raft is not beside .*--impl FILE.so$" "$err"
fact "a copied program asks for --impl" $?
usage "loading it failed: .*(abort|SIGABRT)" \
    grade --impl "$bait/bad_constructor.so" --report "$scratch/r.json"
[ ! -e "$scratch/r.json" ]
fact "no report is begun for a plug-in that cannot be loaded" $?

# ---- Plug-ins that misbehave ------------------------------------------------

# verdicts: verdict, name, virtual time and hash of each run.
verdicts() {
    awk '$2 ~ /^Test/ && $NF ~ /^[0-9a-f]+$/ { print $1, $2, $3, $NF }' "$out"
}

# bad <plug-in> <verdict> <regular expression>: it gets this verdict in
# TestManyElections2A, with this text; the next test is not disturbed.
bad() {
    local alone both
    run "$lab" test TestBasicAgree2B --impl "$bait/$1.so"
    alone=$(verdicts)
    [ $status = 0 ]
    fact "$1: behaves in other tests" $?
    run "$lab" test TestManyElections2A TestBasicAgree2B \
        --impl "$bait/$1.so" -j 1
    both=$(verdicts)
    [ $status = 1 ] &&
        [[ $both == "$2 TestManyElections2A "* ]]
    fact "$1: verdict $2" $?
    grep -qE -- "$3" "$out"
    fact "$1: says '$3'" $?
    [ "${both#*$'\n'}" = "$alone" ] &&
        [ "$(last_line)" = "1 passed, 1 failed" ]
    fact "$1: the next test is not disturbed" $?
    [ ! -s "$err" ]
    fact "$1: nothing on standard error" $?
    grep -qF "replay: $lab replay TestManyElections2A --seed 1 --impl $bait/$1.so" \
        "$out"
    fact "$1: the command that repeats it" $?
}

bad lock_order deadlock 'lock'
bad relock deadlock 'mutex|lock'
bad unlock misuse 'unlock|not held|nobody holds'
bad endless_loop livelock 'calls? anything|loop|without'
bad busy_loop livelock 'sched_yield|steps'
bad segfault crash 'segmentation fault'
bad stack_overflow crash 'stack'
bad exit_serving exit 'exit\(0\)|exit'
bad exit_at_once exit '_exit|exit'
bad aborts crash 'abort'
bad failed_assert crash 'rf->count < BAD_COUNT'
bad bad_record crash 'segmentation fault .* at code of raftlab itself in thread server0/raft_make'
bad sleeps_in_make timeout 'raft_make of server 0 was called at 0.000000 s and has not returned by 120.000'
grep -q '^    server 0: starting, ' "$out" &&
    grep -q '^    server 6: not started, ' "$out"
fact "servers in raft_make are called starting, others not started" $?
bad ends_thread misuse 'pthread_exit\(\) ended the thread server0/raft_make'
bad memory_hog memory 'memory'
bad closes_all fail 'leader'
bad chatty fail 'server [0-9] says line 49999 \?\[31m. with an escape'
grep -q '^    server 6: up, connected, not leader, in term 1,' "$out"
fact "chatty: a server that does not lead is not called a leader" $?
! grep -q $'\033' "$out"
fact "chatty: its escape sequences do not reach the terminal" $?
[ "$(wc -c <"$out")" -lt 20000 ]
fact "chatty: only the end of its output is shown" $?

run "$lab" test TestManyElections2A --impl "$bait/chatty.so" \
    --json "$scratch/chatty.json"
[ $status = 1 ] &&
    grep -q "\"output_cut\": true" "$scratch/chatty.json" &&
    grep -q "says line 49999" "$scratch/chatty.json"
fact "chatty: the report has the end of its output" $?

# What breaks no rule but is hardly meant.
dirty=$bait/dirty_record.so
warning='record_unpack: forward_reply.taken already holds a value'
run "$lab" test TestBasicAgree2B --impl "$dirty" --json "$scratch/dirty.json"
[ $status = 0 ] &&
    [ "$(grep -c "^  warning: $warning" "$out")" = 1 ] &&
    grep -q "\"notes\": \"$warning" "$scratch/dirty.json"
fact "a pass with a note has a warning" $?
run "$lab" test TestBasicAgree2B --impl "$dirty" --seeds 3
[ $status = 0 ] &&
    grep -q "^ *3 with warnings; seed 1: $warning" "$out"
fact "with many seeds they are counted" $?
run "$lab" replay TestBasicAgree2B --impl "$dirty" --seed 2
grep -q "^  warning: $warning" "$out"
fact "replay shows them" $?

# The call that used what is not determined is the first event that differs.
for plugin in by_address uninitialised uninitialised_local; do
    run "$lab" test TestManyElections2A --impl "$bait/$plugin.so" --seeds 4 \
        --verify
    wait='thread server0/raft_make: wait for="a sleep to end" until=[0-9]+'
    [ $status = 1 ] &&
        grep -q "(nondeterministic)" "$out" &&
        grep -qE "two runs of this seed differ: .* they diverge after [0-9]+ equal events: in one process at 0\.[0-9]+ s, $wait; in the other at 0\.[0-9]+ s, $wait;" "$out"
    fact "--verify finds $plugin at the right event" $?
done

# ---- What works -------------------------------------------------------------

shows 0 '^TestFigure8Unreliable2C +2C +5 ' list
shows 0 '^2[0-9]+ tests|^28 tests' list 2
shows 0 '^7 tests' list 'TestSnapshot*2D'
shows 0 '^TestBackup2B ' list TestBackup3B
shows 0 '^TestStrictFigure8 +S ' list
shows 0 '^3 tests, 0 points' list strict
shows 0 '^28 passed, 0 failed' test 2
shows 0 '^pass +TestSpeed3A ' test TestSpeed4A
shows 0 '^9 tests' list 4B
shows 0 '^8 tests' list rsm
shows 0 '"name": "TestBackup2B"' list --json
shows 0 '^raftlab [0-9]' --version
shows 0 'usage: raftlab COMMAND' --help
shows 0 'usage: raftlab COMMAND' help
for command in list test replay grade debug flags; do
    shows 0 "^usage: raftlab $command" "$command" --help
    shows 0 "^usage: raftlab $command" help "$command"
done

run "$lab" flags
flags=$(cat "$out")
# shellcheck disable=SC2086 # flags are words
run cc $flags -o "$scratch/mine.so" tests/plugins/bad/decent.c
fact "raftlab flags makes a plug-in" $status
(cd "$scratch" && "$lab" test TestInitialElection2A TestBasicAgree2B \
    --impl mine.so --json mine.json --verify) >"$out" 2>"$err"
status=$?
[ $status = 0 ] &&
    [ "$(last_line)" = "2 passed, 0 failed" ]
fact "it passes two tests, twice, from another directory" $?

run "$lab" test TestInitialElection2A --seed 18446744073709551615
[ $status = 0 ] &&
    [ "$(last_line)" = "1 passed, 0 failed" ] &&
    grep -q " 18446744073709551615 " "$out"
fact "the largest seed" $?

run "$lab" test TestInitialElection2A --seed 5
first=$(verdicts)
run "$lab" replay TestInitialElection2A --seed 5 --log all \
    --trace "$scratch/trace"
[ $status = 0 ] &&
    [ -n "$first" ] &&
    [ "$(verdicts)" = "$first" ] &&
    grep -qE "^\[ +[0-9]+\.[0-9]{6}\] S[0-2] " "$out" &&
    [ "$(verdicts)" = "$(last_line | awk "{ print \$1, \$2, \$3, \$NF }")" ]
fact "replay is the same run, with its log" $?
[ -s "$scratch/trace" ] &&
    ! grep -qv "^{.*}$" "$scratch/trace"
fact "a trace is lines of JSON" $?

run "$lab" test TestInitialElection2A --policy fifo --time-limit 1
[ $status = 1 ] &&
    grep -q "^timeout " "$out" &&
    grep -q -- "--seed 1 --policy fifo --time-limit 1" "$out"
fact "--time-limit, and the replay command repeats options" $?

run "$lab" test TestInitialElection2A TestBasicAgree2B --seeds 5 -j 2 \
    --json "$scratch/five.json"
[ $status = 0 ] &&
    [ "$(last_line)" = "10 passed, 0 failed" ] &&
    grep -qE "^pass +TestBasicAgree2B +5/5 " "$out" &&
    [ ! -s "$err" ] &&
    grep -q "\"version\": 1" "$scratch/five.json"
fact "many seeds" $?

echo old >"$scratch/grade.json"
run "$lab" grade 2 --seeds 1 --report "$scratch/grade.json"
[ $status = 0 ] &&
    [ "$(last_line)" = "28 passed, 0 failed" ] &&
    grep -qE "^total +([0-9]+) of +\1 points" "$out" &&
    grep -q "\"command\": \"grade\"" "$scratch/grade.json"
fact "grade" $?

# ---- Terminals, pipes, interruption -----------------------------------------

"$lab" list | head -n 1 >"$out" 2>"$err"
status=${PIPESTATUS[0]}
[ ! -s "$err" ]
fact "a reader that leaves early is no reason to complain" $?
"$lab" list >/dev/full 2>"$err"
status=$?
[ $status = 2 ] &&
    grep -q "cannot write to standard output" "$err"
fact "a full disk is" $?

on_terminal() {
    script -qefc "stty cols $1; $2" /dev/null >"$out" 2>"$err" </dev/null
    status=$?
}
test="$lab test TestInitialElection2A --seeds 800"
on_terminal 80 "$test"
grep -q "\[=.*/800  0 failed" "$out" &&
    grep -q $'\033\[32mpass' "$out"
fact "a terminal has a bar and colours" $?
on_terminal 80 "NO_COLOR=1 $test"
! grep -q $'\033\[3' "$out"
fact "NO_COLOR" $?
on_terminal 80 "$test --no-color"
! grep -q $'\033\[3' "$out"
fact "--no-color" $?
on_terminal 80 "$lab test 2 --no-color"
[ "$(tr '\r' '\n' <"$out" | sed 's/\x1b\[K//g' | awk '{ print length }' |
    sort -n | tail -n 1)" -le 80 ]
fact "80 columns are enough" $?

on_terminal 160 "$lab replay TestBasicAgree2B --seed 2 --log all"
grep -qE "^ +server 0 +\| server 1 +\| server 2" "$out"
fact "a wide terminal has a column for each server" $?

TMPDIR=/no/such/directory run "$lab" test TestInitialElection2A
fact "TMPDIR may be wrong" $status

# wait_for_runs <pid>: until runs that are over have used half a second of CPU
# time (fields 16 and 17, in hundredths), however long that takes.
wait_for_runs() {
    while kill -0 "$1" 2>/dev/null &&
        awk '{ exit $16 + $17 >= 50 }' "/proc/$1/stat"; do
        sleep 0.05
    done
}

# In the background a shell ignores SIGINT; the program must not.
"$lab" test 2A 2B 2C 2D --seeds 5000 -j 2 --json "$scratch/never.json" \
    >"$out" 2>"$err" &
pid=$!
wait_for_runs $pid
kill -INT $pid
wait $pid
status=$?
[ $status = 130 ] &&
    [ ! -e "$scratch/never.json" ] &&
    grep -qE "^raftlab: interrupted: [0-9]+ of 140000 runs" "$err" &&
    [[ $(last_line) =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]
fact "interrupted: what is done is said, no report" $?
grep -qE "^(stopped|pass) .* [1-9][0-9]*/5000 " "$out" &&
    ! grep -q "^not run" "$out"
fact "interrupted: a test that did run is not called not run" $?
(
    ulimit -c 0
    exec "$lab" test TestFigure8Unreliable2C --seeds 5000 -j 2
) >"$out" 2>"$err" &
pid=$!
wait_for_runs $pid
kill -QUIT $pid
wait $pid 2>"$err"
status=$?
[ $status = 131 ]
fact "SIGQUIT ends it" $?
[ -z "$(find "$TMPDIR" -mindepth 1)" ]
fact "no temporary files are left behind" $?
[ -z "$(find "$scratch" -maxdepth 1 -name '*.json.*')" ]
fact "no half-written reports either" $?

echo "$passed passed, $failed failed"
[ $failed = 0 ]
