#!/usr/bin/env bash
# The command raftlab lincheck: verdicts, exit statuses, explanations, messages
# for bad input. Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
right=tests/data/histories/edn-kv-ok.edn
wrong=tests/data/histories/jepsen-read-bad.log

# expect <status> <words of the output> <arguments...>
expect() {
    local status=$1 words=$2 said got
    shift 2
    said=$(./raftlab lincheck "$@" 2>&1 </dev/null)
    got=$?
    if [ $got = "$status" ] && grep -qF -- "$words" <<<"$said"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'lincheck %s: status %s, expected %s and "%s":\n%s\n' \
            "$*" $got "$status" "$words" "$said"
    fi
}

expect 0 "$right: linearizable" "$right"
expect 1 "$wrong: not-linearizable" "$wrong"
expect 1 "$right: linearizable" "$wrong" "$right"
expect 1 'client 1  read -> "3"' "$wrong"
expect 1 "$wrong: unknown" --steps 1 "$wrong"
expect 1 'raise --steps' --steps 1 "$wrong"
expect 0 "$right: linearizable" --whole "$right"
expect 2 'raftlab: /no/such: No such file' /no/such "$right"
expect 2 "$right: linearizable" /no/such "$right"
expect 2 'stdin:1: the input is empty' -
expect 2 'lincheck needs a file'
expect 2 "there is no option '--depth'" --depth 3 "$right"
expect 2 "--steps 'many': must be a whole number" --steps many "$right"
expect 2 "--memory '0': must be a whole number" --memory 0 "$right"
expect 2 'option --seed does not belong to this command' --seed 1 "$right"
expect 0 'usage: raftlab lincheck FILE...' --help
printf '{:process 0, :type :ok, :f :get, :value ""}' >"$scratch/cut"
expect 2 "$scratch/cut:1: " "$scratch/cut"

# Only the nemesis may have a name that is no number.
for process in x1 +1 -5; do
    printf 'INFO  jepsen.util - %s\t:invoke\t:read\tnil\n' "$process" \
        >"$scratch/log"
    expect 2 "$scratch/log:1: a process is a number below 2^32" "$scratch/log"
done
{
    printf '\xef\xbb\xbf'
    cat "$right"
} >"$scratch/marked.edn"
expect 0 "$scratch/marked.edn: linearizable" "$scratch/marked.edn"

# Two texts with equal hashes: a put is no source of a value that it did not
# begin.
awk 'BEGIN {
    for (i = 0; i < 2048; i++) {
        bits = 0
        for (n = i; n > 0; n = int(n / 2)) { bits += n % 2 }
        a = a substr("ab", 1 + bits % 2, 1)
        b = b substr("ab", 2 - bits % 2, 1)
    }
    form = "{:process 0, :type :%s, :f :%s, :key \"k\", :value \"%s\"}\n"
    printf form, "invoke", "put", a
    printf form, "ok", "put", a
    printf form, "invoke", "get", ""
    printf form, "ok", "get", b
}' >"$scratch/collision.edn"
expect 1 'no operation of the history can produce that value' \
    "$scratch/collision.edn"

# The message names the budget that was used up: thirty concurrent appends, then
# a value that nobody wrote, after a put that hides it from look-ahead.
hard=$scratch/hard.edn
event() {
    echo "{:process $1, :type :$2, :f :$3, :key \"k\", :value \"$4\"}"
}
for type in invoke ok; do
    for process in {0..29}; do
        event "$process" $type append "$process "
    done
    event 99 $type put ''
done >"$hard"
event 99 invoke get '' >>"$hard"
event 99 ok get nobody >>"$hard"
mixed=$scratch/mixed.edn
{
    cat "$hard"
    echo '{:process 98, :type :invoke, :f :get, :key "b", :value ""}'
    echo '{:process 98, :type :ok, :f :get, :key "b", :value "q"}'
} >"$mixed"
expect 1 'key "k": unknown' --steps 10000 "$mixed"
expect 1 'the budget of steps was used up' --steps 10000 "$mixed"
expect 1 'key "b": not linearizable' --steps 10000 "$mixed"
expect 1 'the memory budget was used up: raise --memory' --memory 16 "$hard"
expect 1 'the time limit was reached: raise --time-limit' --time-limit 1 "$hard"

# Interrupts, also while it waits for input.
mkfifo "$scratch/fifo"
for file in "$hard" "$scratch/fifo"; do
    rm -f "$scratch/out"
    ./raftlab lincheck "$right" "$file" >"$scratch/out" 2>"$scratch/err" &
    pid=$!
    while [ ! -s "$scratch/out" ] && kill -0 $pid; do
        sleep 0.05
    done
    kill -INT $pid
    wait $pid
    if [ $? = 130 ] && grep -q "^$right: linearizable$" "$scratch/out" &&
        [ "$(cat "$scratch/err")" = \
            'raftlab: interrupted: 1 of 2 files were checked' ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "interrupted at $file:"
        cat "$scratch/out" "$scratch/err"
    fi
done

# On a terminal: colours, and a progress line while a check takes long.
script -qefc "./raftlab lincheck --time-limit 1 $right $hard" /dev/null \
    >"$scratch/out" </dev/null
if grep -q $'linearizable\033\[0m' "$scratch/out" &&
    grep -q "2/2  . s  $hard" "$scratch/out"; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo 'no colours or no progress on a terminal'
fi

# Quiet: the verdicts and nothing else.
if [ "$(./raftlab lincheck --quiet "$wrong")" = "$wrong: not-linearizable" ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo '--quiet says more'
fi

# JSON: one document, with an element for each file.
# Names of files need not be UTF-8, but JSON has to be.
cp "$right" "$scratch/"$'\xff'
if ./raftlab lincheck --json "$wrong" "$right" "$scratch/"$'\xff' \
    >"$scratch/out.json"; [ $? = 1 ] &&
    [ "$(grep -c '^  "verdict"' "$scratch/out.json")" = 3 ] &&
    grep -qF "\"file\": \"$scratch/?\"" "$scratch/out.json" &&
    [ "$(head -c 1 "$scratch/out.json")" = '[' ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo '--json is not as expected'
fi

# The model in the document compiles.
fence=$'\x60\x60\x60'
sed -n "/^${fence}c\$/,/^$fence\$/p" docs/lincheck.md | sed "/^$fence/d" \
    >"$scratch/model_max.c"
if "${CC:-gcc}" -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror \
    -fsyntax-only "$scratch/model_max.c" && [ -s "$scratch/model_max.c" ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo 'the model of docs/lincheck.md does not compile'
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
