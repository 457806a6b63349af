#!/usr/bin/env bash
# The context switch on this machine and on aarch64 (by qemu-user), each in
# assembly and by ucontext: all must print the same hash. Usage:
# tests/switch.sh; "make aarch64" builds the programs. What cannot be built or
# run here is left out, with a line that says so. Last line: "N passed, N
# failed".
set -u
cd "$(dirname "$0")/.." || exit 2
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

echo "$passed passed, $failed failed"
[ $failed = 0 ]
