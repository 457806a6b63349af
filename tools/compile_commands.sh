#!/bin/sh
# Turns the commands of "make -nB V=1", read from standard input, into a
# compilation database for clangd and others.
awk -v folder="$PWD" '
    match($0, / -c [^ ]+\.c -o /) {
        file = substr($0, RSTART + 4, RLENGTH - 8)
        gsub(/[\\"]/, "\\\\&")
        printf "%s{\"directory\": \"%s\", \"file\": \"%s\", \"command\": \"%s\"}",
            (n++ ? ",\n " : "[\n "), folder, file, $0
    }
    END { print "\n]" }'
