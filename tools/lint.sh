#!/usr/bin/env bash
# Checks the rules of the house: direction of includes, formatting, braces,
# length of functions (70) and files (600), left-over marks, blanks, paths of
# one machine, shell scripts. Usage: tools/lint.sh [root]. Exit 1 if anything
# was found. A comment "lint: function-length <reason>" in the function, or
# "lint: file-length <reason>" in the file, waives that rule.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}" || exit 2

# What is or would be in the repository; everything where there is none.
files() {
    if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$PWD" ]; then
        git ls-files -co --exclude-standard
    else
        find . -path ./build -prune -o -path ./.git -prune -o -type f -print |
            sed 's|^\./||'
    fi | LC_ALL=C sort
}

mapfile -t all < <(files | while read -r file; do
    [ -f "$file" ] && echo "$file"
done)
code=() scripts=() documents=() text=()
for file in "${all[@]}"; do
    case $file in
    *.c | *.h) code+=("$file") text+=("$file") ;;
    *.sh | .ci/run) scripts+=("$file") text+=("$file") ;;
    *.md) documents+=("$file") text+=("$file") ;;
    *.S | *.def | *.awk | *.list | Makefile) text+=("$file") ;;
    esac
done

found=$(
    for file in "${text[@]}"; do
        LC_ALL=C awk -v name="$file" -f "$here/lint.awk" "$file"
    done
    LC_ALL=C awk -f "$here/citations.awk" <(printf '%s\n' "${all[@]}") \
        pass=1 "${documents[@]}" pass=2 "${text[@]}"
    # Other versions format otherwise.
    if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
        # shellcheck disable=SC2016 # $1 is the inner shell's
        [ ${#code[@]} = 0 ] || printf '%s\0' "${code[@]}" |
            xargs -0 -n 8 -P 2 clang-format --dry-run -Werror 2>&1 |
            grep 'error:' | sed 's/:.*/: format: run make format/' | sort -u
    else
        echo "formatting not checked: no clang-format 14" >&2
    fi
    if [ ${#scripts[@]} != 0 ] && command -v shellcheck >/dev/null; then
        shellcheck -f gcc "${scripts[@]}"
    fi
)
[ -n "$found" ] || exit 0
printf '%s\n' "$found"
exit 1
