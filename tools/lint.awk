# lint.awk - the rules of the house that one file alone can show.
# Called by tools/lint.sh with -v name=<path from the root>. Prints
# "file:line: rule: what" per finding.

function report(line, rule, what)
{
    print name ":" line ": " rule ": " what
}

function fill(set, words,    n, i, list)
{
    n = split(words, list, " ")
    for (i = 1; i <= n; i++) {
        set[list[i]] = 1
    }
}

BEGIN {
    split(name, part, "/")
    folder = part[1]

    # Which folders each may include: docs/architecture.md.
    below["base"] = "base"
    below["sim"] = "base sim"
    below["labrpc"] = "base sim labrpc"
    below["persister"] = "base sim persister"
    below["raftapi"] = "base sim labrpc persister raftapi"
    below["raft"] = "base labrpc persister raftapi raft"
    below["kvraft"] = "base labrpc persister raftapi kvraft"
    below["examples"] = "base labrpc persister raftapi examples"
    below["lincheck"] = "base lincheck"
    below["raftcore"] = "base raftcore"
    below["hosts"] = "base labrpc persister raftapi raftcore hosts"
    below["datadriven"] = "base raftcore datadriven"
    below["tester"] = \
        "base sim labrpc persister raftapi kvraft lincheck datadriven tester"
    # Within these folders: which folders and single headers each may include.
    # "sim" is the files of sim/ itself, the engine: sim/sim.h says why.
    hooks = "sim/race/race.h sim/real/mode.h sim/real/libc.h"
    within["tester/cli"] = \
        "tester/run tester/harness tester/labs/registry.h"
    within["tester/run"] = "tester/harness"
    within["tester/labs"] = "tester/harness"
    within["tester/harness"] = ""
    within["sim/image"] = ""
    within["sim"] = "sim/image " hooks
    within["sim/race"] = "sim sim/image"
    within["sim/real"] = "sim sim/image"
    within["sim/calls"] = "sim sim/image " hooks
    below["tests"] = "*"
    below["tools"] = "*"
    # What a folder shows to the others. "raft" sees the lab headers only.
    fill(public, "base/assert.h base/bytes.h base/error.h base/random.h")
    fill(public, "base/record.h sim/sim.h sim/node.h sim/plugin.h")
    fill(public, "labrpc/labrpc.h labrpc/network.h labrpc/flow.h")
    fill(public, "persister/persister.h persister/store.h")
    fill(public, "raftapi/raftapi.h raftapi/log.h raftapi/service.h")
    fill(public, "lincheck/lincheck.h lincheck/read.h lincheck/explain.h")
    fill(public, "kvraft/kvraft.h kvraft/rsm.h datadriven/run.h")
    fill(public, "raftcore/conf_change.h raftcore/config.h raftcore/reconfigure.h")
    fill(public, "raftcore/describe.h raftcore/entry.h raftcore/error.h")
    fill(public, "raftcore/fatal.h raftcore/logger.h raftcore/message.h")
    fill(public, "raftcore/memory_storage.h raftcore/payload.h")
    fill(public, "raftcore/quorum.h raftcore/raftcore.h raftcore/rawnode.h raftcore/ready.h")
    fill(public, "raftcore/state.h raftcore/storage.h raftcore/text.h")
    fill(public, "raftcore/trace.h raftcore/tracker.h raftcore/wire.h")
    fill(lab, "base/assert.h base/bytes.h base/error.h base/record.h")
    fill(lab, "labrpc/labrpc.h persister/persister.h")
    fill(lab, "raftapi/raftapi.h raftapi/log.h")

    inner = name
    sub(/\/[^\/]*$/, "", inner)
    is_c = name ~ /\.[ch]$/
    # Put together here, so that this file does not find itself.
    marks = "TO" "DO|FIX" "ME|XX" "X"
    machine = "/(ho" "me|ro" "ot|wo" "rk|Us" "ers)/[a-z]"
}

# Which parts of its own folder a file may include.
function check_within(path,    target)
{
    target = path
    sub(/\/[^\/]*$/, "", target)
    if (target != inner &&
        index(" " within[inner] " ", " " target " ") == 0 &&
        index(" " within[inner] " ", " " path " ") == 0) {
        report(NR, "include", inner "/ may not include " path)
    }
}

function check_include(path,    target)
{
    if (path !~ /\//) {
        report(NR, "include", "\"" path "\": write it from the root")
        return
    }
    target = substr(path, 1, index(path, "/") - 1)
    if (below[folder] == "*") {
        return
    }
    if (target == folder && inner in within) {
        check_within(path)
    }
    # Objects under test are written like a student's: public headers only.
    if (index(" " below[folder] " ", " " target " ") == 0) {
        report(NR, "include", folder "/ may not include " path)
    } else if (target != folder && folder ~ /^(raft|kvraft|examples)$/ &&
               !(path in lab)) {
        report(NR, "include", folder "/ sees lab headers only, not " path)
    } else if (target != folder && !(path in public)) {
        report(NR, "include", path " is internal to " target "/")
    }
}

# The line without comments, strings and character constants.
function code_of(line,    out, c, two, i, n)
{
    out = ""
    n = length(line)
    for (i = 1; i <= n; i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (two == "/*") {
            in_comment = 1
            i++
        } else if (two == "//") {
            break
        } else if (c == "\"" || c == "'") {
            out = out c
            for (i++; i <= n && substr(line, i, 1) != c; i++) {
                if (substr(line, i, 1) == "\\") {
                    i++
                }
            }
            out = out c
        } else {
            out = out c
        }
    }
    return out
}

# Always braces: after the condition of if, for, while, and after else.
function check_braces(code,    keyword, rest, i, c)
{
    if (!depth && !expect) {
        keyword = "(^|[^A-Za-z0-9_])(if|for|while|switch|list_for_each|" \
            "HASH_ITER|DL_FOREACH) ?\\("
        if (code ~ /^ *#/) {
            return
        }
        if (code ~ /(^|[^A-Za-z0-9_])else *\\?$/ ||
            code ~ /(^|[^A-Za-z0-9_])else +[^{i ]/) {
            report(NR, "braces", "else without braces")
        }
        if (!match(code, keyword)) {
            return
        }
        after_do = code ~ /} while \(/
        code = substr(code, RSTART + RLENGTH)
        depth = 1
        started = NR
    }
    for (i = 1; i <= length(code) && depth; i++) {
        c = substr(code, i, 1)
        depth += (c == "(") - (c == ")")
    }
    if (depth) {
        return
    }
    rest = substr(code, i)
    gsub(/[ \\]/, "", rest)
    if (rest !~ /^\{/ && !(after_do && rest ~ /^;/)) {
        report(started, "braces", "no braces after the condition")
    }
}

{
    if (FNR == 1 && is_c && $0 !~ /^\/\* /) {
        report(1, "head", "the first line says what the file is")
    }
    if ($0 ~ /[ \t\r]$/) {
        report(NR, "blanks", "blank at the end of the line")
    }
    if (is_c && $0 ~ /\t/) {
        report(NR, "blanks", "tab")
    }
    if ($0 ~ "(^|[^A-Za-z])(" marks ")([^A-Za-z]|$)") {
        report(NR, "mark", "left-over mark")
    }
    if ($0 ~ "(^|[^A-Za-z.])" machine) {
        report(NR, "machine", "path of one machine")
    }
}

is_c && /^# *include +"/ {
    split($0, quoted, "\"")
    check_include(quoted[2])
}

is_c {
    if ($0 ~ /lint: function-length [a-z]/) {
        waived = 1
    }
    if ($0 ~ /lint: file-length [a-z]/) {
        long = 1
    }
    code = code_of($0)
    check_braces(code)
    if (code ~ /^\{/) {
        begun = NR
    } else if (code ~ /^}/) {
        if (begun && NR - begun - 1 > 70 && !waived) {
            report(begun, "function-length", NR - begun - 1 " lines")
        }
        begun = 0
        waived = 0
    }
}

END {
    if (is_c && NR > 600 && !long) {
        report(NR, "file-length", NR " lines")
    }
}
