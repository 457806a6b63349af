#!/usr/bin/env bash
# make install, as a packager and a user see it: what is installed works without
# the sources, shows no names but its own, and is removed again.
# Last line: "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
export NO_COLOR=1
unset MAKEFLAGS MAKELEVEL
prefix=$scratch/prefix
sources=$PWD

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

# silent <command...>: it succeeds, with nothing to say.
silent() {
    if "$@" >"$scratch/said" 2>&1 </dev/null && [ ! -s "$scratch/said" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$*: failed, or said something"
        tail -n 15 "$scratch/said"
    fi
}

# nothing <what> <command...>: it prints nothing.
nothing() {
    local what=$1 found
    shift
    found=$("$@" 2>&1)
    if [ -z "$found" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$what: $found"
    fi
}

listing() {
    (cd "$1" && find . | sort)
}

# ---- Where to ---------------------------------------------------------------

expect 0 "^installed below $prefix$" make -s install PREFIX="$prefix"
expect 0 '^installed below' make -s install PREFIX=/opt/r DESTDIR="$scratch/dest"
nothing 'DESTDIR and PREFIX differ' diff \
    <(listing "$prefix") <(listing "$scratch/dest/opt/r")
expect 0 '^prefix=/opt/r$' cat "$scratch/dest/opt/r/lib/pkgconfig/raftcore.pc"
expect 2 '^make install: cannot write to /dev/null/x; choose another PREFIX' \
    make -s install PREFIX=/dev/null/x
expect 2 '^make install: PREFIX has to begin with /, not here' \
    make -s install PREFIX=here

# ---- The library --------------------------------------------------------------

cd "$scratch" || exit 2
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export LD_LIBRARY_PATH=$prefix/lib
# The program of the document.
fence=$'\x60\x60\x60'
sed -n "/^${fence}c\$/,/^$fence\$/p" "$sources/docs/raftcore.md" |
    sed "/^$fence/d" >first.c
read -ra flags < <(pkg-config --cflags raftcore)
read -ra libs < <(pkg-config --libs raftcore)
strict=(-std=c11 -pedantic -Wall -Wextra -Wshadow -Werror)
for cc in gcc clang; do
    silent "$cc" "${strict[@]}" "${flags[@]}" -o "first-$cc" first.c \
        "${libs[@]}"
    expect 0 '^3: hello$' "./first-$cc"
    # Each header alone.
    for header in "$prefix"/include/raftcore/*.h; do
        echo "#include \"raftcore/${header##*/}\"" >header.c
        silent "$cc" "${strict[@]}" "${flags[@]}" -fsyntax-only header.c
    done
done
read -ra libs < <(pkg-config --libs --static raftcore)
silent gcc "${strict[@]}" "${flags[@]}" -o first-static first.c \
    "$prefix/lib/libraftcore.a" "${libs[@]: -1}"
expect 0 '^3: hello$' env -u LD_LIBRARY_PATH ./first-static

cat >program.cc <<'T'
#include "raftcore/raftcore.h"
int main()
{
    return rc_error_text(RC_OK)[0] == 'o' ? 0 : 1;
}
T
for cc in g++ clang++; do
    command -v $cc >/dev/null || continue
    silent $cc -Wall -Wextra -Werror "${flags[@]}" -o program program.cc \
        -L"$prefix/lib" -lraftcore
    silent ./program
done

nothing 'libraftcore.so shows' sh -c \
    "nm -D --defined-only '$prefix/lib/libraftcore.so' | grep -v ' rc_'"
nothing 'libraftcore.a shows' sh -c \
    "nm -g --defined-only '$prefix/lib/libraftcore.a' | grep ' [A-Z] ' |
     grep -v ' rc_'"
nothing 'headers declare' grep -nE \
    '^(struct|enum|union|typedef)( [a-z]+)* (|\*)([a-qs-z]|r[^c])[a-z_]* ?[{;]' \
    -r "$prefix/include"
nothing 'headers define' sh -c "grep -rhoE '^ *# *define [A-Za-z_]+' \
    '$prefix/include' | grep -vE 'define (RC_|RAFTCORE_)'"
nothing 'headers include' sh -c "grep -rhE '#include \"' '$prefix/include' |
    grep -v '\"raftcore/'"

# ---- The program ---------------------------------------------------------------

lab=$prefix/bin/raftlab
expect 0 '^1 passed, 0 failed' "$lab" test TestInitialElection2A
expect 0 '^1 passed, 0 failed' "$lab" test TestInitialElection2A \
    --impl "$prefix/lib/raftlab/raftcore.so"
expect 0 '^1 passed, 0 failed' "$lab" test TestInitialElection2A --race
expect 0 '^1 passed, 0 failed' "$lab" test TestSpeed3A
expect 0 "-I$prefix/lib/raftlab$" "$lab" flags
# A student's Raft, here the reference, by the installed headers alone.
mkdir -p mine
cp -r "$sources/raft" mine/
# shellcheck disable=SC2046 # a list of words
silent gcc $("$lab" flags) -Imine -o mine.so mine/raft/*.c
expect 0 '^1 passed, 0 failed' "$lab" test TestBasicAgree2B --impl ./mine.so
cp -r "$sources/kvraft" mine/
# shellcheck disable=SC2046 # a list of words
silent gcc $("$lab" flags) -Imine -o kv.so mine/kvraft/*.c
expect 0 '^1 passed, 0 failed' "$lab" test TestSpeed3A --impl ./kv.so
if command -v gdb >/dev/null; then
    silent test -r "$prefix/lib/raftlab/tools/gdb/raftlab.py"
fi

# ---- And away --------------------------------------------------------------------

touch "$prefix/lib/of-somebody-else"
expect 0 '^removed from ' make -s -C "$sources" uninstall PREFIX="$prefix"
nothing 'uninstall leaves' diff <(printf '.\n./lib\n./lib/of-somebody-else\n') \
    <(listing "$prefix")

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
