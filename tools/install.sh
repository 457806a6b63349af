#!/usr/bin/env bash
# make install, make uninstall: puts what is built below $DESTDIR$PREFIX, or
# removes just that.
#
#   bin/raftlab           a link to lib/raftlab/raftlab
#   lib/raftlab/          the program, the reference plug-ins beside it, the
#                         headers of the labs, the script for gdb
#   lib/libraftcore.*     raftcore; lib/pkgconfig/raftcore.pc
#   include/raftcore/     its headers
set -eu
cd "$(dirname "$0")/.."
inner='core format pb raftlog rawnode_state read_queue unstable'
labs='base/assert.h base/bytes.h base/error.h base/record.h labrpc/labrpc.h
      persister/persister.h raftapi/raftapi.h raftapi/log.h kvraft/kvraft.h
      kvraft/rsm.h'
root=$DESTDIR$PREFIX

fail() {
    echo "make ${1}" >&2
    exit 1
}

# Each line: mode, where to, what.
files() {
    local name
    echo "755 lib/raftlab/raftlab build/plain/raftlab"
    for name in raft raft-race kvraft kvraft-race raftcore; do
        echo "755 lib/raftlab/$name.so build/plain/$name.so"
    done
    for name in $labs tools/gdb/raftlab.py; do
        echo "644 lib/raftlab/$name $name"
    done
    echo "644 lib/libraftcore.a build/lib/libraftcore.a"
    echo "755 lib/$SONAME build/lib/libraftcore.so"
    for name in raftcore/*.h; do
        name=${name#raftcore/}
        [[ " $inner " == *" ${name%.h} "* ]] ||
            echo "644 include/raftcore/$name raftcore/$name"
    done
}

# Each line: where to, what it points to.
links() {
    echo "bin/raftlab ../lib/raftlab/raftlab"
    echo "lib/libraftcore.so $SONAME"
}

pkgconfig() {
    local version
    version=$(sed -n 's/#define RAFTLAB_VERSION "\(.*\)"/\1/p' \
        tester/cli/options.h)
    cat <<T
prefix=$PREFIX
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: raftcore
Description: Raft as a state machine without threads, clocks and I/O
Version: $version
Libs: -L\${libdir} -lraftcore
Libs.private: -lprotobuf-c
Cflags: -I\${includedir}
T
}

install_all() {
    local mode to what
    if ! mkdir -p "$root" 2>/dev/null || [ ! -w "$root" ]; then
        fail "install: cannot write to $root; choose another PREFIX or DESTDIR"
    fi
    while read -r mode to what; do
        install -D -m "$mode" "$what" "$root/$to"
    done < <(files)
    while read -r to what; do
        mkdir -p "$root/$(dirname "$to")"
        ln -sfn "$what" "$root/$to"
    done < <(links)
    mkdir -p "$root/lib/pkgconfig"
    pkgconfig >"$root/lib/pkgconfig/raftcore.pc"
    echo "installed below $root"
}

uninstall_all() {
    local to path
    while read -r to; do
        path=$root/$to
        rm -f "$path" || fail "uninstall: cannot remove $path"
        # Folders that are left empty, up to the prefix.
        while path=$(dirname "$path") && [ "$path" != "$root" ]; do
            rmdir "$path" 2>/dev/null || break
        done
    done < <(files | cut -d' ' -f2; links | cut -d' ' -f1
        echo lib/pkgconfig/raftcore.pc)
    echo "removed from $root"
}

case $PREFIX in
    /*) "$1_all" ;;
    *) fail "$1: PREFIX has to begin with /, not $PREFIX" ;;
esac
