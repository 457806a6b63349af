#!/usr/bin/env bash
# Output shown in documents is what the commands print now, and tools/docs.sh
# finds it out when it is not. Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# judge <what> <status of the check> <text in what it says> <text of a document>
judge() {
    local said status
    printf '%s\n' "$4" >"$scratch/document.md"
    said=$(tools/docs.sh --check "$scratch/document.md")
    status=$?
    if [ $status = "$2" ] && [[ $said == *"$3"* ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $1: status $status: $said"
    fi
}

fence=$'\x60\x60\x60'
# block <command> <output shown>
block() {
    printf '%s\n' "<!-- docs: $1 -->" "${fence}console" "\$ $1" "$2" "$fence" \
        '<!-- docs: end -->'
}

judge 'fresh output passes' 0 '1 passed, 0 failed' "$(block 'echo one' one)"
judge 'stale output is named' 1 'document.md:1: stale: run make docs' \
    "$(block 'echo one' two)"
judge 'real times do not count' 0 '1 passed' "$(block \
    'echo "pass     TestX2A   3.532 s  0.002 s     3"' \
    'pass     TestX2A   3.532 s  0.017 s     3')"
judge 'virtual times do' 1 'stale' "$(block \
    'echo "pass     TestX2A   3.532 s  0.002 s     3"' \
    'pass     TestX2A   3.533 s  0.002 s     3')"
judge 'a command that is wrong' 1 'status 2 of: ./raftlab nonsense' \
    "$(block './raftlab nonsense' '')"
judge 'a block without an end' 1 'no end of this block' '<!-- docs: echo one -->'

tools/docs.sh --check >"$scratch/said"
sed '$d' "$scratch/said"
read -r more _ wrong _ <<<"$(tail -n 1 "$scratch/said")"
echo "$((passed + more)) passed, $((failed + wrong)) failed"
[ $((failed + wrong)) = 0 ]
