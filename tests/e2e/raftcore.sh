#!/usr/bin/env bash
# raftcore from outside: scenario files (etcd's, where their folder is, and our
# own), the command that runs them, and the labs on top of it.
# Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/support/real_runs.sh
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
export NO_COLOR=1
export ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0
core=build/plain/raftcore.so

# expect <status> <pattern> <command...>
expect() {
    local status=$1 pattern=$2 got
    shift 2
    "$@" >"$scratch/said" 2>&1 </dev/null
    got=$?
    if [ $got = "$status" ] && grep -qE -- "$pattern" "$scratch/said"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$*: status $got, expected $status and \"$pattern\""
        tail -n 15 "$scratch/said"
    fi
}

# count <command...>: its last line says how many passed and failed.
count() {
    local last
    "$@" >"$scratch/said" 2>&1 </dev/null
    last=$(tail -n 1 "$scratch/said")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        [ "${BASH_REMATCH[2]}" = 0 ] || cat "$scratch/said"
    else
        failed=$((failed + 1))
        echo "$*: $last"
    fi
}

# ---- Scenario files --------------------------------------------------------

etcd=${RAFTLAB_TESTDATA:-../shared/testdata}/raftcore
for variant in plain clang asan; do
    if [ -d "$etcd" ]; then
        count "build/$variant/raftlab" datadriven "$etcd"/*/*.txt
    fi
    count "build/$variant/raftlab" datadriven tests/data/scenarios/*/*.txt
done
[ -d "$etcd" ] || echo "skipped: etcd's scenario files, $etcd is not there"

# ---- The command -----------------------------------------------------------

printf 'committed cfg=(1,2,3) idx=(5,6,7)\n----\nx\n' >"$scratch/wrong.txt"
expect 1 '^fail .*wrong.txt: 1 directives, 1 differ' \
    ./raftlab datadriven "$scratch/wrong.txt"
expect 1 '^    - x$' ./raftlab datadriven "$scratch/wrong.txt"
expect 1 '^    \+ 6$' ./raftlab datadriven "$scratch/wrong.txt"
expect 1 '^0 passed, 1 failed$' ./raftlab datadriven --quiet "$scratch/wrong.txt"
expect 0 '1 directives, 1 rewritten' \
    ./raftlab datadriven --rewrite "$scratch/wrong.txt"
expect 0 '^pass .*wrong.txt: 1 directives$' \
    ./raftlab datadriven "$scratch/wrong.txt"

# Written again, a file that passes stays what it was, to the byte.
for file in tests/data/scenarios/*/*.txt; do
    folder=$scratch/$(basename "$(dirname "$file")")
    mkdir -p "$folder"
    sed -e '/^----$/,/^$/{/^----$/!{/^$/!s/.*/?/}}' "$file" >"$folder/file.txt"
    ./raftlab datadriven --rewrite "$folder/file.txt" >"$scratch/said" 2>&1
    if cmp "$file" "$folder/file.txt"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done

# A file keeps its mode, and a link stays one; separators are seen, not guessed.
printf 'vote cfg=(1) votes=(y)\r\n----\r\n' >"$scratch/target.txt"
chmod 640 "$scratch/target.txt"
ln -s target.txt "$scratch/link.txt"
expect 0 'rewritten' ./raftlab datadriven --rewrite "$scratch/link.txt"
expect 0 '^1 passed' ./raftlab datadriven "$scratch/target.txt"
expect 0 'symbolic link' stat -c %F "$scratch/link.txt"
expect 0 '^640$' stat -c %a "$scratch/target.txt"
printf 'vote cfg=(1) votes=(y)\n ----' >"$scratch/blank.txt"
expect 0 'rewritten' ./raftlab datadriven --rewrite "$scratch/blank.txt"
expect 0 '^1 passed' ./raftlab datadriven "$scratch/blank.txt"

# Subtests bracket directives.
printf 'subtest a\n\nvote cfg=(1) votes=(y)\n----\nVoteWon\n\nsubtest end a\n' \
    >"$scratch/nested.txt"
expect 0 '1 directives' ./raftlab datadriven "$scratch/nested.txt"
printf 'subtest a\n' >"$scratch/unended.txt"
expect 2 'a subtest has no end' ./raftlab datadriven "$scratch/unended.txt"
printf 'subtest end\n' >"$scratch/unbegun.txt"
expect 2 'no subtest has begun' ./raftlab datadriven "$scratch/unbegun.txt"

printf 'add-nodes 1 voters=(1) index=2\n----\n\ndeliver-msgs drop\n----\n' \
    >"$scratch/drop.txt"
expect 1 'drop= needs the ids of nodes' ./raftlab datadriven "$scratch/drop.txt"

expect 2 'needs a file' ./raftlab datadriven
expect 2 'nowhere.txt: cannot be read' ./raftlab datadriven "$scratch/nowhere.txt"
expect 2 ': cannot be read: Is a directory' ./raftlab datadriven "$scratch"
printf 'frobnicate\n----\n' >"$scratch/unknown.txt"
expect 2 'unknown.txt:1: unknown command frobnicate' \
    ./raftlab datadriven "$scratch/unknown.txt"
printf 'committed cfg=(1\n----\n' >"$scratch/open.txt"
expect 2 'open.txt:1: no closing parenthesis' ./raftlab datadriven "$scratch/open.txt"
printf 'committed\0\n' >"$scratch/zero.txt"
expect 2 'not a text' ./raftlab datadriven "$scratch/zero.txt"
: >"$scratch/empty.txt"
expect 2 'no directive' ./raftlab datadriven "$scratch/empty.txt"
expect 2 '' ./raftlab datadriven --rewrite -

# A broken invariant ends the file, not the program.
mkdir -p "$scratch/interaction"
cat >"$scratch/interaction/broken.txt" <<'T'
add-nodes 1 voters=(1) index=2
----

compact 1 99
----
T
expect 1 'FATAL compact 99 is out of bound lastindex\(2\)' \
    ./raftlab datadriven "$scratch/interaction/broken.txt"

# ---- The program of the document -------------------------------------------

fence=$'\x60\x60\x60'
sed -n "/^${fence}c\$/,/^$fence\$/p" docs/raftcore.md | sed "/^$fence/d" \
    >"$scratch/first.c"
if "${CC:-gcc}" -std=c11 -D_GNU_SOURCE -I. -Ibuild/gen -Wall -Wextra -Werror \
    -o "$scratch/first" "$scratch/first.c" raftcore/*.c base/*.c \
    build/gen/raftcore/raftpb.pb-c.c -lprotobuf-c; then
    expect 0 '^3: hello$' "$scratch/first"
else
    failed=$((failed + 1))
    echo 'the program of docs/raftcore.md does not compile'
fi

# ---- Under the labs --------------------------------------------------------

count ./raftlab test 2 --impl $core --seeds 3
count ./raftlab test 2 --impl $core --policy pct
count ./raftlab test 3 rsm --impl $core

# With real threads, and under the thread sanitizer.
expect 0 '^[12] passed, 0 failed' real_runs ./raftlab \
    'TestBasicAgree2B TestSnapshotBasic2D' --impl $core
expect 0 '^[1-3] passed, 0 failed' real_runs build/tsan/raftlab \
    'TestBasicAgree2B TestSnapshotBasic2D TestOnePartition3A' \
    --impl build/tsan/raftcore.so

# hashes <variant of the program> <variant of the core> <test>
hashes() {
    rm -f "$scratch/report.json"
    "build/$1/raftlab" test "$3" --seeds 2 --impl "build/$2/raftcore.so" \
        --json "$scratch/report.json" >"$scratch/said" 2>&1 ||
        cat "$scratch/said"
    grep -oE '"hash": *"[0-9a-f]*"' "$scratch/report.json"
}

for test in TestFigure8Unreliable2C TestSnapshotInstallUnCrash2D; do
    expected=$(hashes plain plain $test)
    for pair in 'plain clang' 'clang O0' 'ucontext ucontext' 'asan asan'; do
        read -r program variant <<<"$pair"
        if [ "$(hashes "$program" "$variant" $test)" = "$expected" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "$test: other hashes with $pair"
        fi
    done
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
