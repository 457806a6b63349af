#!/usr/bin/env bash
# The command raftlab lincheck: verdicts, exit statuses, what it says of bad
# input. Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
right=tests/histories/edn-kv-ok.edn
wrong=tests/histories/jepsen-read-bad.log

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
expect 1 '--steps gives more' --steps 1 "$wrong"
expect 0 "$right: linearizable" --whole "$right"
expect 2 'raftlab: /no/such: No such file' /no/such "$right"
expect 2 "$right: linearizable" /no/such "$right"
expect 2 'stdin:1: there is nothing in it' -
expect 2 'lincheck needs a file'
expect 2 "there is no option '--depth'" --depth 3 "$right"
expect 2 "--steps 'many': must be a whole number" --steps many "$right"
expect 2 "--memory '0': must be a whole number" --memory 0 "$right"
expect 2 'option --seed does not belong to this command' --seed 1 "$right"
expect 0 'usage: raftlab lincheck FILE...' --help
printf '{:process 0, :type :ok, :f :get, :value ""}' >"$scratch/cut"
expect 2 "$scratch/cut:1: " "$scratch/cut"

# Quiet: the verdicts and nothing else.
if [ "$(./raftlab lincheck --quiet "$wrong")" = "$wrong: not-linearizable" ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo '--quiet says more'
fi

# JSON: one document, with an element for each file.
if ./raftlab lincheck --json "$wrong" "$right" >"$scratch/out.json"; [ $? = 1 ] &&
    [ "$(grep -c '"verdict"' "$scratch/out.json")" = 2 ] &&
    [ "$(head -c 1 "$scratch/out.json")" = '[' ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo '--json is not as expected'
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
