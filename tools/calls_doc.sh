#!/usr/bin/env bash
# The lists of docs/determinism.md, made of sim/calls.def. Usage:
# tools/calls_doc.sh writes them into the document; tools/calls_doc.sh --check
# says whether they are there as they should be, and exits 1 if not.
set -u
cd "$(dirname "$0")/.." || exit 2
document=docs/determinism.md

# Names by group, in the order of the table; refused ones with the reason.
lists() {
    awk '
        /^CALL\(/ {
            line = $0
            sub(/^CALL\(/, "", line)
            sub(/\)$/, "", line)
            split(line, part, ", ")
            name = part[1]
            group = substr(line, length(part[1] part[2]) + 5)
            gsub(/"/, "", group)
            key = part[2] SUBSEP group
            if (!(key in names)) {
                order[++count] = key
            }
            names[key] = names[key] (names[key] ? ", " : "") "`" name "`"
        }
        function show(class,    i, at) {
            for (i = 1; i <= count; i++) {
                split(order[i], at, SUBSEP)
                if (at[1] == class) {
                    printf "- **%s**: %s.\n", at[2], names[order[i]]
                }
            }
        }
        END {
            print "Simulated:\n"
            show("SIMULATED")
            print "\nRefused, with what the message says:\n"
            show("REFUSED")
        }' sim/calls.def | fold -s -w 80 |
        sed -e 's/ *$//' -e '/^[^-SR]/s/^/  /'
}

new=$(mktemp) || exit 2
trap 'rm -f "$new"' EXIT
{
    sed '/<!-- calls: begin -->/q' "$document"
    echo
    lists
    echo
    sed -n '/<!-- calls: end -->/,$p' "$document"
} >"$new"

if [ "${1:-}" = --check ]; then
    cmp -s "$new" "$document" && exit 0
    echo "$document: out of date: run tools/calls_doc.sh"
    exit 1
fi
cat "$new" >"$document"
