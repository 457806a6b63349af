# shellcheck shell=bash
# Lab tests on real threads, for the scripts in tests/e2e. No slow machine may
# fail them, so tests that fail for want of progress are run again, alone.
# What a slow machine cannot cause (a report of the sanitizer, a crash, a broken
# rule of safety) is a failure at once.

# Rules of the oracle and of tests that no delay can break.
real_safety='election safety|terms never go back|leader append-only'
real_safety+='|indexes start at 1|state machine safety|commands are kept'
real_safety+='|apply order|snapshot content|commit never goes back'
real_safety+='|commit within the log|apply after commit|role change'
real_safety+='|leader completeness|no commit without a majority|no committed command is lost'
real_safety+='|no progress in the minority|a get returns|linearizability'
real_safety+='|every append once and in order|results are those of the machine'

# lacks_progress <file>: is that all that went wrong there?
lacks_progress() {
    ! grep -qE "^  ($real_safety): " "$1" &&
        ! grep -E '^[0-9]+ passed, |^[a-z ]+ Test' "$1" |
        grep -vqE '^(pass|fail|timeout) |^[0-9]'
}

# real_runs <program> <tests, as one word> <options...>: does each test pass, in
# one of at most five runs?
real_runs() {
    local program=$1 tests=$2 jobs=4 run said status=0
    shift 2
    said=$(mktemp) || return 2
    for run in {1..5}; do
        # shellcheck disable=SC2086 # names of tests
        "$program" test $tests --real -j $jobs "$@" >"$said" 2>&1
        status=$?
        cat "$said"
        tests=$(awk '/^(fail|timeout) / { print $2 }' "$said" | paste -sd ' ')
        if [ $status != 1 ] || [ -z "$tests" ] || ! lacks_progress "$said"; then
            rm -f "$said"
            return $status
        fi
        echo "no progress in run $run: $tests"
        jobs=1
    done
    rm -f "$said"
    echo "The fifth run was the last resort: this Raft hangs, or the machine" \
        "is too slow for tests in real time."
    return 1
}
