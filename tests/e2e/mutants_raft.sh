#!/usr/bin/env bash
# The suite is tested too: each wrong variant of the reference (a patch in
# tests/mutants/raft, built by make) must fail it. Prints which test killed it, at
# which seed, by which verdict. Those that only a directed test finds are run
# with these, and die at the first seed, by the right rule. Last line: "N
# passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
seeds=20
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
# Variants for the directed tests, by number, and the rule that they break.
declare -A rules=([06]='state machine safety' [07]='election safety'
    [13]='election safety')
export NO_COLOR=1

# killers: the tests of the report that failed most, with verdict and rule (its
# keys are sorted: name, rule, verdict).
killers() {
    grep -oE '"(name|rule|verdict)": *"[^"]*"' "$scratch/report.json" |
        awk -F '"' '
            $2 == "name" { name = $4 }
            $2 == "rule" { rule = ": " $4 }
            $2 == "verdict" {
                if ($4 !~ /^(pass|not .*)$/) {
                    print name " (" $4 rule ")"
                }
                rule = ""
            }' | sort | uniq -c | sort -k1,1nr -k2 | head -3 |
        sed 's/^ *\([0-9]*\) \(.*\)/\2 x\1/' | paste -sd ';' | sed 's/;/; /g'
}

for patch in tests/mutants/*/*.patch; do
    name=$(basename "$patch" .patch)
    if ! grep -q "^| $name |" tests/mutants/README.md; then
        failed=$((failed + 1))
        echo "$name: has no row in tests/mutants/README.md"
    fi
done

for patch in tests/mutants/raft/*.patch; do
    name=$(basename "$patch" .patch)
    rule=${rules[${name%%-*}]-}
    parts=(2A 2B 2C 2D) counts=(2 "$seeds")
    [ -z "$rule" ] || { parts=(strict) && counts=(1); }
    for count in "${counts[@]}"; do
        ./raftlab test "${parts[@]}" --impl "build/plain/mutants/raft/$name.so" \
            --seeds "$count" --json "$scratch/report.json" \
            >"$scratch/said" 2>&1
        status=$?
        [ "$status" = 0 ] || break
    done
    if [ "$status" = 1 ] && by=$(killers) && [ -n "$by" ] &&
        [[ $by != *'(internal'* && $by == *"$rule"* ]]; then
        passed=$((passed + 1))
        echo "$name: $(tail -n 1 "$scratch/said"): $by"
    else
        failed=$((failed + 1))
        echo "$name: exit status $status after $count seeds, not caught"
        [ "$status" = 0 ] || tail -n 20 "$scratch/said"
    fi
done

echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed != 0 ]
