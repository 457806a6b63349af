#!/bin/sh
# Installs the Debian packages that are missing, if apt-get may be used (root,
# or sudo without a password); else prints the command to type and stops. Says
# nothing when all is there.
# Usage: tools/deps.sh          what the build and the unit tests need
#        tools/deps.sh check    also what "make check" needs
set -u

packages='gcc make libc6-dev binutils patch pkg-config clang libclang-rt-dev
clang-format libjansson-dev check libsubunit-dev libmimalloc-dev libxxhash-dev
uthash-dev libdw-dev libprotobuf-c-dev protobuf-c-compiler'
[ "${1:-}" != check ] || packages="$packages gdb git procps shellcheck"

# Where there is no dpkg, the compiler's own complaints have to do.
command -v dpkg-query >/dev/null 2>&1 || exit 0

missing=
# shellcheck disable=SC2086 # a list of words
have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages 2>/dev/null)
for package in $packages; do
    case "
$have
" in
    *"
$package installed
"*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root="env"
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root='sudo -n env'
else
    echo "Some packages are missing. Please install them, then run make again:"
    echo "    sudo apt-get install$missing"
    exit 1
fi >&2

install() {
    # shellcheck disable=SC2086 # both are lists of words
    $as_root DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends $missing
}

echo "installing:$missing"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
# A fresh machine has no package lists, and old lists name files that are gone.
if ! install >"$log" 2>&1; then
    # shellcheck disable=SC2086 # a command with its words
    if ! { $as_root apt-get update -q && install; } >"$log" 2>&1; then
        cat "$log"
        echo "Could not install:$missing"
        exit 1
    fi
fi
