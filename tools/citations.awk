# citations.awk - what comments and documents cite exists.
# Called once by tools/lint.sh, in LC_ALL=C: first a file that lists all files
# of the tree, then pass=1 and the documents, then pass=2 and all texts. Prints
# "file:line: rule: what" per finding.
#
#   document   a document of docs/ is there
#   section    a § is a numbered heading of the document that it belongs to, or
#              a section of the Raft paper (extended version) or of Ongaro's
#              thesis. It belongs to the document, "paper" or "thesis" named
#              before it in the sentence or bracket; else to the first document
#              with numbered headings that the head of the file names (in a
#              document with numbered headings: to itself); else to the paper.
#   link       a relative link of a document leads to a file, folder, heading
#   path       a path that begins with a folder of the root is there; names
#              that stand for others are x or end in _x
#   forbidden  no document is meant that readers do not have; sections of paper
#              and thesis are written with §
#
# Comments and paragraphs are looked at as a whole, so lines may be broken
# anywhere.

function report(line, rule, what)
{
    print file ":" line ": " rule ": " what
}

function fill(set, words,    n, i, list)
{
    n = split(words, list, " ")
    for (i = 1; i <= n; i++) {
        set[list[i]] = 1
    }
}

BEGIN {
    par = "\302\247" # the sign of a section, in UTF-8

    fill(of_paper, "1 2 3 4 5 5.1 5.2 5.3 5.4 5.4.1 5.4.2 5.4.3 5.5 5.6 6 7")
    fill(of_paper, "8 9 9.1 9.2 9.3 10 11 12")
    fill(of_thesis, "1 2 2.1 2.2 2.3 3 3.1 3.2 3.3 3.4 3.5 3.6 3.6.1 3.6.2")
    fill(of_thesis, "3.6.3 3.7 3.8 3.9 3.10 3.11 4 4.1 4.2 4.2.1 4.2.2 4.2.3")
    fill(of_thesis, "4.2.4 4.3 4.4 4.5 5 5.1 5.1.1 5.1.2 5.1.3 5.2 5.3 5.3.1")
    fill(of_thesis, "5.3.2 5.3.3 5.4 5.4.1 5.4.2 5.5 6 6.1 6.2 6.3 6.4 6.4.1")
    fill(of_thesis, "6.5 7 8 8.1 8.2 8.3 8.4 9 9.1 9.2 9.3 9.4 9.5 9.6 9.7")
    fill(of_thesis, "10 10.1 10.1.1 10.2 10.2.1 10.2.2 10.3 10.4 11 12")

    # Put together here, so that this file does not find itself.
    forbidden = "[Ss]pecification( of raftcore)?,? sec" "tions? [0-9]|" \
        "[Ss]pecification of raft" "core|[Ll]ab docu" "ment|" \
        "(^|[^a-z])[Ss]pec [0-9]|architecture, sec" "tion|" \
        "(^|[^a-z])shar" "ed/[a-z]|([Pp]aper|[Tt]hesis):? [0-9]"
    path_end = "\\.(c|h|S|def|awk|sh|md|list|proto|patch|txt|jsonl|json)$"
}

# ---- What there is -----------------------------------------------------------

FNR == NR {
    there[$0] = 1
    for (folder = $0; sub("/[^/]*$", "", folder);) {
        there[folder] = 1
    }
    if (split($0, part, "/") > 1) {
        root[part[1]] = 1
    }
    next
}

# GitHub's anchor of a heading.
function anchor_of(text)
{
    gsub(/[^A-Za-z0-9 _\200-\377-]/, "", text)
    gsub(par, "", text)
    gsub(/ /, "-", text)
    return tolower(text)
}

FNR == 1 {
    flush()
    file = FILENAME
    fenced = 0
}

END {
    flush()
}

/^ *```/ {
    fenced = !fenced
}

pass == 1 {
    if (!fenced && match($0, /^#+ +/)) {
        title = substr($0, RLENGTH + 1)
        anchor[file "#" anchor_of(title)] = 1
        if (match(title, /^[0-9]+(\.[0-9]+)*[. ]/)) {
            number = substr(title, 1, RLENGTH - 1)
            section[file " " number] = 1
            has_numbers[file] = 1
        }
    }
    next
}

# ---- A comment or a paragraph ------------------------------------------------

function flush()
{
    if (chunk != "") {
        look_at(chunk)
    }
    chunk = ""
    count = 0
}

function add(text)
{
    sub(/^[ \t]+/, "", text)
    count++
    begin_at[count] = length(chunk) + 1
    line_at[count] = FNR
    chunk = chunk text " "
}

function line_of(at,    i)
{
    for (i = count; i > 1 && begin_at[i] > at; i--) {
    }
    return line_at[i]
}

function look_at(text,    rest, at)
{
    if (file !~ /\.md$/ && !head_seen) {
        head_seen = 1
        first = first_numbered(text)
    }
    rest = text
    at = 0
    while (match(rest, forbidden)) {
        report(line_of(at + RSTART), "forbidden", \
               "\"" substr(rest, RSTART, RLENGTH) "\" is no citation that a reader can follow")
        at += RSTART + RLENGTH - 1
        rest = substr(rest, RSTART + RLENGTH)
    }
    look_at_words(text)
}

# The first document with numbered headings that a text names; "" none.
function first_numbered(text,    name)
{
    while (match(text, /docs\/[A-Za-z0-9_.-]+\.md/)) {
        name = substr(text, RSTART, RLENGTH)
        if (name in has_numbers) {
            return name
        }
        text = substr(text, RSTART + RLENGTH)
    }
    return ""
}

# Word by word: documents, sections, paths; brackets and ends of sentences.
function look_at_words(text,    at, word, size)
{
    current = first
    depth = 0
    for (at = 1; match(substr(text, at), /[^ ]+/); at += size) {
        at += RSTART - 1
        size = RLENGTH
        word = substr(text, at, size)
        look_at_word(word, line_of(at))
        if (word ~ /[.!?|]$/ && word !~ /^[0-9]\.$/ || word == "|") {
            current = first
        }
    }
}

function look_at_word(word, line,    i, c, name)
{
    for (i = 1; i <= length(word); i++) {
        c = substr(word, i, 1)
        if (c == "(") {
            depth++
        } else if (c == ")" && --depth < depth_of) {
            current = first
        } else if (c == "]" && substr(word, i + 1, 1) == "(") {
            i += index(substr(word, i), ")") - 1 # check_links() follows it
        } else if (c == "\302" && substr(word, i, 2) == par) {
            check_section(substr(word, i + 2), line)
        } else if (c ~ /[A-Za-z0-9_.]/) {
            match(substr(word, i), /^[A-Za-z0-9_.\/*<>-]+/)
            name = substr(word, i, RLENGTH)
            look_at_name(name, line)
            i += RLENGTH - 1
        }
    }
}

function begin(document)
{
    current = document
    depth_of = depth
}

function look_at_name(name, line)
{
    sub(/[.]+$/, "", name)
    if (name ~ /^[Pp]aper$/) {
        begin("paper")
    } else if (name ~ /^[Tt]hesis$/) {
        begin("thesis")
    } else if (name ~ /^docs\/[A-Za-z0-9_.-]+\.md$/) {
        if (!(name in there)) {
            report(line, "document", name " is not there")
        }
        begin(name)
    } else if (file ~ /^docs\// && ("docs/" name) in has_numbers) {
        begin("docs/" name)
    } else {
        check_path(name, line)
    }
}

function check_section(text, line,    number)
{
    if (!match(text, /^[0-9]+(\.[0-9]+)*/)) {
        return
    }
    number = substr(text, 1, RLENGTH)
    if (current == "" || current == "paper") {
        if (!(number in of_paper)) {
            report(line, "section", "the paper has no " par number)
        }
    } else if (current == "thesis") {
        if (!(number in of_thesis)) {
            report(line, "section", "the thesis has no " par number)
        }
    } else if (!((current " " number) in section)) {
        report(line, "section", current " has no " par number)
    }
}

function check_path(name, line,    folder, base)
{
    folder = name
    sub("/.*", "", folder)
    base = name
    sub(".*/", "", base)
    sub("\\..*", "", base)
    if (name ~ /\// && (folder in root) && name ~ path_end &&
        name !~ /[*<>]/ && base !~ /(^|_)x$/ && !(name in there)) {
        report(line, "path", name " is not there")
    }
}

# ---- Links -------------------------------------------------------------------

# "a/b/../c" without the "..".
function resolved(path)
{
    while (sub("(^|/)[^/.][^/]*/\\.\\.(/|$)", "/", path)) {
        sub("^/", "", path)
    }
    sub("^\\./", "", path)
    sub("/$", "", path)
    return path
}

function check_link(target,    path, to)
{
    if (target ~ /^[a-z]+:/) {
        return
    }
    path = target
    sub("#.*", "", path)
    to = file
    if (path != "") {
        sub("[^/]*$", "", to)
        to = resolved(to path)
    }
    if (to != "" && !(to in there)) {
        report(FNR, "link", target " leads to " to ", which is not there")
    } else if (target ~ /#/ && target !~ /#L[0-9]/) {
        sub(".*#", "", target)
        if (!((to "#" target) in anchor)) {
            report(FNR, "link", to " has no heading #" target)
        }
    }
}

function check_links(text)
{
    gsub(/`[^`]*`/, "", text)
    while (match(text, /\]\([^) ]+\)/)) {
        check_link(substr(text, RSTART + 2, RLENGTH - 3))
        text = substr(text, RSTART + RLENGTH)
    }
}

# ---- Files -------------------------------------------------------------------

FNR == 1 {
    first = file in has_numbers ? file : ""
    head_seen = 0
    in_comment = 0
    is_document = file ~ /\.md$/
    has_c = file ~ /\.(c|h|S|def)$/
}

is_document {
    if (first == "" && !fenced) {
        text = $0
        gsub(/\]\(/, "](docs/", text)
        first = first_numbered(text)
    }
    if (/^[ \t]*$/ || /^ *```/) {
        flush()
        next
    }
    if (/^#/ || /^\|/ || /^ *[-*] / || /^ *[0-9]+\. /) {
        flush()
    }
    if (!fenced) {
        check_links($0)
    }
    add($0)
}

# What is in /* */; a quote before it: it is in a string.
has_c {
    rest = $0
    while (rest != "") {
        if (!in_comment) {
            if (!(at = index(rest, "/*"))) {
                break
            }
            before = substr(rest, 1, at - 1)
            rest = substr(rest, at + 2)
            if (gsub(/"/, "", before) % 2) {
                break
            }
            in_comment = 1
        }
        end = index(rest, "*/")
        comment = end ? substr(rest, 1, end - 1) : rest
        sub(/^ *\*/, "", comment)
        add(comment)
        rest = end ? substr(rest, end + 2) : ""
        if (end) {
            in_comment = 0
            flush()
        }
    }
}

!is_document && !has_c {
    if (match($0, /^[ \t]*#+/)) {
        add(substr($0, RLENGTH + 1))
    } else {
        flush()
    }
}
