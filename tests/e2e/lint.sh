#!/usr/bin/env bash
# tools/lint.sh finds what it is there for: plants one violation of each rule
# and looks for its report; then the same files without them are clean.
# Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
lint=$PWD/tools/lint.sh
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# plant <path> <expected report> <text of the file>: alone in a tree.
plant() {
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree/$(dirname "$1")"
    cp .clang-format "$scratch/tree/"
    printf '%s\n' "$3" >"$scratch/tree/$1"
    local said
    said=$("$lint" "$scratch/tree" 2>&1)
    local status=$?
    if [ -z "$2" ] && [ $status = 0 ]; then
        passed=$((passed + 1))
    elif [ -n "$2" ] && [ $status = 1 ] && [[ $said == *"$2"* ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "planted in $1: expected \"$2\", got ($status): $said"
    fi
}

head='/* x.c - a file. */'
long=$(printf '    x++;\n%.0s' {1..71})
mark=TO
mark+=DO
path=/ho
path+=me/somebody

plant base/x.c '' "$head
#include \"base/bytes.h\"
int x;"
plant base/x.c 'include: base/ may not include sim/sim.h' "$head
#include \"sim/sim.h\""
plant labrpc/x.c 'include: sim/sched.h is internal to sim/' "$head
#include \"sim/sched.h\""
plant raft/x.c 'include: raft/ may not include sim/sim.h' "$head
#include \"sim/sim.h\""
plant raft/x.c 'include: raft/ sees lab headers only' "$head
#include \"raftapi/service.h\""
plant raft/x.c 'write it from the root' "$head
#include \"raft.h\""
plant tests/x.c '' "$head
#include \"sim/sched.h\""
plant base/x.c 'base/x.c:4: function-length: 71 lines' "$head
static int x;
void f(void)
{
$long
}"
plant base/x.c '' "$head
static int x;
void f(void)
{
    /* lint: function-length one table, read at a glance */
$long
}"
plant base/x.c 'file-length: 601 lines' "$head
$(printf 'int x;\n%.0s' {1..600})"
plant base/x.c '' "$head
/* lint: file-length one table */
$(printf 'int x;\n%.0s' {1..600})"
plant base/x.c 'base/x.c:5: braces: no braces' "$head
static int x;
void f(void)
{
    if (x)
        x = 1;
}"
plant base/x.c 'base/x.c:7: braces: else without braces' "$head
static int x;
void f(void)
{
    if (x) {
        x = 1;
    } else
        x = 2;
}"
plant base/x.c '' "$head
static int x;
void f(void)
{
    do {
        x++;
    } while (x < 3);
    for (int i = 0; i < (3); i++) {
        x = \")\"[0] == ')' /* if (x) */;
    }
}"
plant base/x.c 'mark: left-over mark' "$head
/* $mark: this */"
plant base/x.c 'machine: path of one machine' "$head
static const char *x = \"$path\";"
plant base/x.c 'blanks: blank at the end' "$head
int x; "
plant base/x.c 'blanks: tab' "$head
int	x;"
plant base/x.c 'head: the first line' 'int x;'
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
    plant base/x.c 'base/x.c: format' "$head
int  x;"
fi
if command -v shellcheck >/dev/null; then
    plant tools/x.sh 'SC2086' "#!/bin/sh
echo \$1"
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
