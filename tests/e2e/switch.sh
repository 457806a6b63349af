#!/usr/bin/env bash
# The context switch on this machine and on aarch64 (by qemu-user), each in
# assembly and by ucontext: all must print the same hash, and gdb must see the
# frames of a parked fiber. Usage:
# tests/e2e/switch.sh; "make aarch64" builds the programs. What cannot be built or
# run here is left out, with a line that says so. Last line: "N passed, N
# failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0 expected=

# try <name> <command...>
try() {
    local name=$1 got
    shift
    got=$("$@" 2>&1)
    expected=${expected:-$got}
    if [ "$got" = "$expected" ] && [[ $got =~ ^[0-9a-f]{16}$ ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$name: says '$got', expected '$expected'"
    fi
}

for kind in asm ucontext; do
    try "$(uname -m), $kind" "build/switch/native-$kind"
done
for kind in asm ucontext; do
    program=build/switch/aarch64-$kind
    if [ -x "$program" ] && command -v qemu-aarch64 >/dev/null; then
        try "aarch64, $kind" qemu-aarch64 "$program"
    else
        echo "skipped: aarch64, $kind: needs aarch64-linux-gnu-gcc and" \
            "qemu-aarch64 (Debian: gcc-aarch64-linux-gnu qemu-user)"
    fi
done

# What tools/gdb/raftlab.py makes of a parked fiber: all of its frames.
parked=$(mktemp -d) || exit 2
trap 'rm -rf "$parked"' EXIT
cat >"$parked/look" <<'END'
set confirm off
break leave
ignore $bpnum 300
python gdb.execute("continue")
python n = int(value("running == workers ? 1 : 0"))
python set_registers(parked_registers(value("workers[%d].sp" % n)))
backtrace -6
kill
END

# look <name> <program> <gdb...>
look() {
    local name=$1 program=$2
    shift 2
    "$@" --batch -nx -iex 'set auto-load no' -ex 'source tools/gdb/raftlab.py' \
        -x "$parked/look" "$program" >"$parked/out" 2>&1
    if [ "$(grep -cE '^#[0-9]+ .* (work|body) \(' "$parked/out")" -ge 2 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "gdb, $name: no frames of a parked fiber"
        tail -n 20 "$parked/out"
    fi
}

if gdb --batch -ex 'python print("has python")' 2>&1 | grep -q '^has python'; then
    for kind in asm ucontext; do
        look "$kind" "build/switch/native-$kind" gdb -ex 'starti'
    done
else
    echo "skipped: fibers in gdb: needs gdb with Python"
fi
if [ -x build/switch/aarch64-asm ] && command -v gdb-multiarch >/dev/null; then
    qemu-aarch64 -g "$parked/qemu" build/switch/aarch64-asm >/dev/null 2>&1 &
    qemu=$!
    while [ ! -S "$parked/qemu" ] && kill -0 $qemu 2>/dev/null; do
        sleep 0.1
    done
    look "aarch64, asm" build/switch/aarch64-asm timeout 600 gdb-multiarch \
        -ex "target remote $parked/qemu"
    kill $qemu 2>/dev/null
else
    echo "skipped: fibers of aarch64 in gdb: needs gdb-multiarch and the above"
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
