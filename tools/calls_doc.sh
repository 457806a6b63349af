#!/usr/bin/env bash
# Prints the lists of simulated and refused calls, made of sim/calls.def, for
# docs/determinism.md; tools/docs.sh puts them there.
set -u
cd "$(dirname "$0")/.." || exit 2
# Names by group, in the order of the table; refused ones with the reason.
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
