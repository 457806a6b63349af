#!/usr/bin/env bash
# make docs: writes into documents what their commands print. A block is
#
#     <!-- docs: ./raftlab list 2A -->
#     ```console
#     (its old content)
#     ```
#     <!-- docs: end -->
#
# Several "docs:" lines before one fence are run in their order. In a console
# fence each command is shown before its output; in any other one, or without a
# fence, the output alone. "=> filter" at the end of the line shortens the
# output and is not shown.
#
# The commands of one document run in one scratch directory that looks like the
# root. A block is written anew only when something in it has changed beside
# real times, which differ from run to run, and numbers of lines.
#
# tools/docs.sh --check writes nothing; it shows which blocks are stale, prints
# "N passed, N failed" (in blocks), and exits 1 if any is. Paths after the
# options choose documents.
set -u
cd "$(dirname "$0")/.." || exit 2
check=
[ "${1:-}" != --check ] || { check=yes && shift; }
root=$PWD
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
export NO_COLOR=1 LC_ALL=C TERM=dumb

if [ $# != 0 ]; then
    documents=("$@")
else
    mapfile -t documents < <(grep -rl --include='*.md' --exclude-dir=build \
        --exclude-dir=.git '^<!-- docs: ' . | sed 's|^\./||' | LC_ALL=C sort)
fi

# Leave out what does not make a block stale.
mask() {
    sed -E -e 's/\.([ch]):[0-9]+/.\1:N/g' \
        -e 's/^((pass|fail|not|crash|exit|timeout|deadlock|livelock) .* [0-9.]+ s) +[0-9.]+ s /\1 - s /' \
        -e 's/, [0-9.]+ s; report in/, - s; report in/'
}

# A directory that looks like the root, in which commands may write.
new_tree() {
    tree=$scratch/tree
    rm -rf "$tree"
    mkdir "$tree"
    ln -s "$root"/* "$tree/"
    rm -f "$tree"/*.so "$tree"/report.json
}

# run <command line of a block>: its output as shown, without the command.
run() {
    local command=${1%% => *} filter=cat status
    [[ $1 != *' => '* ]] || filter=${1#* => }
    (cd "$tree" && bash -c "$command" </dev/null) >"$scratch/said" 2>&1
    status=$?
    if [ $status -gt 1 ]; then # a usage error, or no such command
        complaint="status $status of: $command"
    fi
    sed -e "s|$tree/||g" -e "s|$root|/path/to/raftlab|g" "$scratch/said" |
        bash -c "$filter" | sed 's/[ \t]*$//'
}

# Without gdb its blocks stay as they are.
can_run() {
    case $1 in
    *'raftlab debug'*) gdb --batch -ex 'python 1' >/dev/null 2>&1 ;;
    esac
}

# Close the block that began at line $begun: its old text is in $scratch/old;
# commands and fence are known. Writes the block that belongs there.
close_block() {
    local command shown differs=
    {
        [ -z "$fence" ] && echo || echo "$fence"
        for command in "${commands[@]}"; do
            shown=${command%% => *}
            [[ $fence != *console ]] || echo "\$ $shown"
            run "$command"
        done
        [ -z "$fence" ] && echo || echo "${fence%%[a-z]*}"
    } >"$scratch/new"
    diff <(mask <"$scratch/old") <(mask <"$scratch/new") >"$scratch/diff" ||
        differs=yes
    if [ -z "$differs$complaint" ]; then
        passed=$((passed + 1))
        cat "$scratch/old"
    else
        failed=$((failed + 1))
        {
            echo "$document:$begun: stale: run make docs"
            [ -z "$complaint" ] || echo "    $complaint"
            sed -n 's/^[<>]/    &/p' "$scratch/diff"
        } >>"$scratch/stale"
        cat "$scratch/new"
    fi
}

# render <document>: with fresh blocks, into $scratch/document.
render() {
    local document=$1 line number=0 inside='' fence complaint begun
    local -a commands=()
    new_tree
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        if [ "$line" = '<!-- docs: end -->' ]; then
            if can_run "${commands[*]}"; then
                close_block
            else
                cat "$scratch/old"
            fi
            inside='' commands=()
            echo "$line"
        elif [[ $line =~ ^'<!-- docs: '(.*)' -->'$ ]]; then
            [ -n "$inside" ] || begun=$number
            inside=yes fence='' complaint=
            commands+=("${BASH_REMATCH[1]}")
            : >"$scratch/old"
            echo "$line"
        elif [ -n "$inside" ]; then
            if [ ! -s "$scratch/old" ] && [[ $line == '```'* ]]; then
                fence=$line
            fi
            echo "$line" >>"$scratch/old"
        else
            echo "$line"
        fi
    done <"$document" >"$scratch/document"
    if [ -n "$inside" ]; then
        echo "$document:$begun: no end of this block" | tee -a "$scratch/stale"
        return 1
    fi
}

for document in "${documents[@]}"; do
    : >"$scratch/stale"
    if ! render "$document"; then
        failed=$((failed + 1))
    elif [ -n "$check" ]; then
        cat "$scratch/stale"
    elif ! cmp -s "$scratch/document" "$document"; then
        cat "$scratch/document" >"$document"
        echo "$document: written"
        grep -A 1 '^    status' "$scratch/stale" && exit 1
    fi
done
[ -z "$check" ] && exit 0
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed != 0 ]
