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

# tree <path> <text> ...: a tree with these files.
tree() {
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree"
    cp .clang-format "$scratch/tree/"
    while [ $# -ge 2 ]; do
        mkdir -p "$scratch/tree/$(dirname "$1")"
        printf '%s\n' "$2" >"$scratch/tree/$1"
        shift 2
    done
}

# plant <path> <expected report> <text of the file> [<path> <text> ...]: in a
# tree with these files. An empty report: it is clean.
plant() {
    tree "$1" "${@:3}"
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
plant sim/x.c '' "$head
#include \"sim/image/elf.h\"
#include \"sim/race/race.h\"
#include \"sim/real/libc.h\"
#include \"sim/real/mode.h\"
#include \"sim/sched.h\""
plant sim/x.c 'include: sim/ may not include sim/calls/mutex.h' "$head
#include \"sim/calls/mutex.h\""
plant sim/x.c 'include: sim/ may not include sim/race/state.h' "$head
#include \"sim/race/state.h\""
plant sim/image/x.c 'include: sim/image/ may not include sim/sim.h' "$head
#include \"sim/sim.h\""
plant sim/real/x.c 'include: sim/real/ may not include sim/race/race.h' "$head
#include \"sim/race/race.h\""
plant sim/calls/x.c '' "$head
#include \"sim/calls/mutex.h\"
#include \"sim/race/race.h\"
#include \"sim/sched.h\""
plant raft/x.c 'include: raft/ may not include sim/sim.h' "$head
#include \"sim/sim.h\""
plant raft/x.c 'include: raft/ sees lab headers only' "$head
#include \"raftapi/service.h\""
plant tester/cli/x.c '' "$head
#include \"tester/cli/options.h\"
#include \"tester/harness/cluster.h\"
#include \"tester/labs/registry.h\""
plant tester/cli/x.c 'include: tester/cli/ may not include tester/labs/strict.h' \
    "$head
#include \"tester/labs/strict.h\""
plant tester/harness/x.c 'include: tester/harness/ may not include tester/run/' \
    "$head
#include \"tester/run/runner.h\""
plant tester/labs/x.c 'include: tester/labs/ may not include tester/run/' "$head
#include \"tester/run/runner.h\""
plant examples/x.c 'include: examples/ sees lab headers only' "$head
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

# ---- Citations -------------------------------------------------------------

rules='# Rules

See [this](#51-some), [that](../base/x.c), [its folder](../base/) and §5.1.

## 5 All

- [Some](rules.md#51-some)

### 5.1 Some

(paper §5.4.2, §8) and §5 of this.'

# cite <expected report> <comment after the head>: beside the rules, in a file
# whose head names them.
cite() {
    plant base/x.c "$1" "/* x.c - a file.
 * Layer: base. docs/rules.md §5, §5.1; thesis §4.2.3. Paper: §8. */
/* $2 */" docs/rules.md "$rules"
}

# document <expected report> <text>: in a document beside the rules.
document() {
    plant docs/notes.md "$1" "$2" docs/rules.md "$rules" base/x.c "$head"
}

cite '' '§5.1 (2): see base/x.c, raft/x.c and base/*.c; Figure 8; thesis §3.10'
cite 'base/x.c:3: document: docs/none.md is not there' 'See docs/none.md.'
cite 'docs/rules.md has no §5.2' 'docs/rules.md §5.2'
cite 'docs/rules.md has no §6' 'docs/rules.md §5 and §6'
cite 'base/x.c:4: section: docs/rules.md has no §5.10' 'By
 * §5.10: so.'
cite 'docs/rules.md has no §9.6' 'As asked (thesis §9.6), §9.6.'
cite 'the paper has no §5.7' 'paper §5.4.2, §5.7'
cite 'the thesis has no §6.6' 'Thesis §6.6: so.'
cite 'base/x.c:3: path: base/none.c is not there' 'See base/none.c.'
for old in 'Specification, section 5.1' 'Specification of raftcore, sections 1.3' \
    'Spec 5.3: so' $'as in the lab\n * document' 'architecture, section 1' \
    '../shared/spec/x' 'Paper: 5.3' 'thesis 4.2'; do
    cite 'forbidden: ' "$old"
done
plant base/x.c 'the paper has no §12.1' '/* x.c - §12.1 */'
plant tools/x.sh 'docs/rules.md has no §7' \
    $'#!/bin/sh\n# docs/rules.md §7' docs/rules.md "$rules"
document '' "# Notes

[Rules](rules.md) §5.1, \`docs/rules.md\` §5. \`[no link](none.md)\`

\`\`\`c
[no link](none.md)
\`\`\`"
document 'docs/notes.md:3: link: none.md leads to docs/none.md' '# Notes

[None](none.md)'
document 'link: docs/rules.md has no heading #52-none' '[None](rules.md#52-none)'
document 'link: ../sim/ leads to sim, which' '[None](../sim/)'
document 'docs/rules.md has no §6' '[Rules](rules.md): §6'
plant docs/rules.md 'docs/rules.md has no §6' '## 5 All

By §6.'

# With --changed: only files that differ from the commit.
tree=$scratch/changed
commit=(-c user.name=x -c user.email=x commit -q -m x)
mkdir -p "$tree/base" && cp -r tools .clang-format "$tree"
for file in committed edited; do
    printf '%s\nint x; \n' "$head" >"$tree/base/$file.c"
done
git -C "$tree" init -q && git -C "$tree" add -A && git -C "$tree" "${commit[@]}"
for file in edited new; do
    printf '%s\nint y; \n' "$head" >"$tree/base/$file.c"
done
said=$("$tree/tools/lint.sh" --changed 2>&1)
if [ $? = 1 ] && [[ $said == *base/edited.c:2:*base/new.c:2:* ]] &&
    [[ $said != *committed* ]]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "--changed says: $said"
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
