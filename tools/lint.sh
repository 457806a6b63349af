#!/usr/bin/env bash
# Checks the rules of the house: direction of includes, formatting, braces,
# length of functions (70) and files (600), left-over marks, blanks, paths of
# one machine, citations, shell scripts. Exit 1 if anything was found. A comment
# "lint: function-length <reason>" in the function, or "lint: file-length
# <reason>" in the file, waives that rule.
# Usage: tools/lint.sh [ROOT]              all files
#        tools/lint.sh --changed [BASE]    files that differ from BASE (HEAD)
set -u
here=$(cd "$(dirname "$0")" && pwd)
base=
if [ "${1:-}" = --changed ]; then
    base=${2:-HEAD}
    shift $#
fi
cd "${1:-$here/..}" || exit 2
[ -z "$base" ] || git rev-parse -q --verify "$base^{commit}" >/dev/null || {
    echo "lint: '$base' is no commit of this repository" >&2
    exit 2
}
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT

# What is or would be in the repository; everything where there is none.
files() {
    if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$PWD" ]; then
        git ls-files -co --exclude-standard
    else
        find . -path ./build -prune -o -path ./.git -prune -o -type f -print |
            sed 's|^\./||'
    fi | LC_ALL=C sort
}

# Of these, the ones to look at.
chosen() {
    if [ -n "$base" ]; then
        { git diff --name-only "$base" && git ls-files -o --exclude-standard; } |
            LC_ALL=C sort -u
    else
        printf '%s\n' "${all[@]}"
    fi
}

# existing: the names on standard input that are files.
existing() {
    local file
    while read -r file; do
        [ ! -f "$file" ] || echo "$file"
    done
}

mapfile -t all < <(files | existing)
mapfile -t documents < <(printf '%s\n' "${all[@]}" | grep '\.md$')
code=() scripts=() text=()
while read -r file; do
    case $file in
    *.c | *.h) code+=("$file") text+=("$file") ;;
    *.sh | .ci/run | tools/pre-commit) scripts+=("$file") text+=("$file") ;;
    *.S | *.def | *.awk | *.list | *.md | Makefile) text+=("$file") ;;
    esac
done < <(chosen | existing)

rules() {
    local file
    for file in "${text[@]}"; do
        LC_ALL=C awk -v name="$file" -f "$here/lint.awk" "$file"
    done
    [ ${#text[@]} = 0 ] || LC_ALL=C awk -f "$here/citations.awk" \
        <(printf '%s\n' "${all[@]}") pass=1 "${documents[@]}" pass=2 "${text[@]}"
}

# By version 14 only: others format otherwise.
format() {
    if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
        echo "formatting not checked: no clang-format 14" >&2
    elif [ ${#code[@]} != 0 ]; then
        printf '%s\0' "${code[@]}" |
            xargs -0 -n 8 -P "$(nproc)" clang-format --dry-run -Werror 2>&1 |
            grep 'error:' | sed 's/:.*/: format: run make format/' | sort -u
    fi
}

shell_scripts() {
    if ! command -v shellcheck >/dev/null; then
        echo "shell scripts not checked: no shellcheck" >&2
    elif [ ${#scripts[@]} != 0 ]; then
        shellcheck -x -f gcc "${scripts[@]}"
    fi
}

for check in rules format shell_scripts; do
    $check >"$scratch/$check" &
done
wait
cat "$scratch"/{rules,format,shell_scripts} >"$scratch/found"
cat "$scratch/found"
[ ! -s "$scratch/found" ]
