# shellcheck shell=bash
# Stages: commands whose output goes into files and whose sums are added up.
# For tools/test.sh and tools/check.sh, which source it:
#
#   stages_begin <folder>         for the output
#   stage <name> <command...>     prints a line when it ends; may run in the
#                                 background
#   stages_end                    prints the output of what failed, and last
#                                 "N passed, N failed"; status 0: none failed
#
# A stage counts as its last line "N passed, N failed" says, and as one if it
# has no such line.

# Each simulated server maps its own copy of the same plug-in.
export ASAN_OPTIONS=detect_odr_violation=0 UBSAN_OPTIONS=print_stacktrace=1

stages_begin() {
    stages=$1
    rm -rf "$stages"
    mkdir -p "$stages" || exit 2
}

stage() {
    local name=$1 begun=$SECONDS status last word=FAIL
    shift
    "$@" >"$stages/$name" 2>&1 </dev/null
    status=$?
    last=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$stages/$name" | tail -n 1)
    if [ -z "$last" ] && [ $status = 0 ]; then
        last='1 passed, 0 failed'
    elif [ $status = 0 ] && [ "$last" = '0 passed, 0 failed' ] &&
        [ -z "${CK_INCLUDE_TAGS:-}" ]; then
        last='0 passed, 1 failed' # it has tested nothing
    elif [ $status != 0 ] && [[ $last != *' '[1-9]*' failed' ]]; then
        last='0 passed, 1 failed' # it has not come to its end
    fi
    echo "$name $last" >>"$stages/tally"
    [[ $last != *' 0 failed' ]] || word='ok  '
    printf '%s  %-16s %-26s %4d s\n' "$word" "$name" "$last" \
        $((SECONDS - begun))
}

stages_end() {
    local name failed
    while read -r name _ _ failed _; do
        if [ "$failed" != 0 ]; then
            printf '\n==== %s ====\n' "$name"
            cat "$stages/$name"
        fi
    done <"$stages/tally"
    # How to run the unit tests that failed, once more where it is found.
    echo
    awk '$3 != "" && $4 > 0 { print $1 }' "$stages/tally" |
        while read -r name; do
            grep '^again: ' "$stages/$name"
        done
    awk '{ passed += $2; failed += $4 }
         END { printf "%d passed, %d failed\n", passed, failed
               exit failed != 0 || passed == 0 }' "$stages/tally"
}
