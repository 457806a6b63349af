/* record_layout.c - computes the layout of a record from its field list.
 * Layer: base. Layouts are never freed. They lie in memory of the framework,
 * because a server's thread may be the first to use a type, and a crash
 * destroys the heap of that server.
 *
 * The field list is the text that RECORD() got: "U64(term) BYTES(command)".
 * Offsets follow from it by the rules of C for structs. The total is compared
 * with sizeof, which finds members that the list does not have. */
#include "base/record_layout.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/random.h"

/* Nesting of LISTs. A record that contains itself exceeds it, too. */
enum { DEPTH_MAX = 64 };

static const struct {
    const char *word;
    enum record_kind kind;
    size_t size, align;
    uint32_t wire;
} kinds[] = {
    {"U64", RECORD_U64, sizeof(uint64_t), _Alignof(uint64_t), WIRE_VARINT},
    {"I64", RECORD_I64, sizeof(int64_t), _Alignof(int64_t), WIRE_VARINT},
    {"INT", RECORD_INT, sizeof(int), _Alignof(int), WIRE_VARINT},
    {"BOOL", RECORD_BOOL, sizeof(bool), _Alignof(bool), WIRE_VARINT},
    {"TEXT", RECORD_TEXT, sizeof(char *), _Alignof(char *), WIRE_DELIMITED},
    {"BYTES", RECORD_BYTES, sizeof(struct bytes), _Alignof(struct bytes),
     WIRE_DELIMITED},
    {"LIST", RECORD_LIST, sizeof(void *), _Alignof(void *), WIRE_DELIMITED},
};
enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

/* ---- Scanning the text ---------------------------------------------------*/

struct scanner {
    const struct record_type *type; /* for messages */
    const char *at;
};

struct word {
    const char *start;
    size_t size;
};

static void skip_blanks(struct scanner *in)
{
    while (isspace((unsigned char)*in->at)) {
        in->at++;
    }
}

static _Noreturn void syntax_error(const struct scanner *in,
                                   const char *expected)
{
    LAB_BUG("RECORD(%s): expected %s at \"%.40s\" in the field list \"%s\"",
            in->type->name, expected, in->at, in->type->fields);
}

static struct word scan_word(struct scanner *in)
{
    skip_blanks(in);
    struct word word = {in->at, 0};
    while (isalnum((unsigned char)*in->at) || *in->at == '_') {
        in->at++;
    }
    word.size = (size_t)(in->at - word.start);
    if (word.size == 0) {
        syntax_error(in, "a name");
    }
    return word;
}

static void scan_char(struct scanner *in, char wanted)
{
    skip_blanks(in);
    if (*in->at != wanted) {
        char text[] = {'\'', wanted, '\'', '\0'};
        syntax_error(in, text);
    }
    in->at++;
}

static bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.size &&
           memcmp(word.start, text, word.size) == 0;
}

/* A field as the list declares it. */
struct declared {
    size_t kind; /* index into kinds */
    struct word element, name;
};

/* Scan the next field. False: the list ends. */
static bool scan_field(struct scanner *in, struct declared *field)
{
    skip_blanks(in);
    if (*in->at == '\0') {
        return false;
    }
    const char *start = in->at;
    struct word kind = scan_word(in);
    field->kind = 0;
    while (!word_is(kind, kinds[field->kind].word)) {
        if (++field->kind == KIND_COUNT) {
            in->at = start; /* for the message */
            syntax_error(in, "U64, I64, INT, BOOL, TEXT, BYTES or LIST");
        }
    }
    scan_char(in, '(');
    if (kinds[field->kind].kind == RECORD_LIST) {
        field->element = scan_word(in);
        scan_char(in, ',');
    }
    field->name = scan_word(in);
    scan_char(in, ')');
    return true;
}

/* ---- The layout ----------------------------------------------------------*/

static size_t align_up(size_t offset, size_t align)
{
    LAB_ASSERT(align > 0);
    return (offset + align - 1) / align * align;
}

/* Find the RECORD of that name in the same translation unit: other units may
 * use the name for another record. A sanitizer pads the section, so entries
 * may be NULL. */
static struct record_type *find_element(const struct record_type *type,
                                        struct word name)
{
    for (struct record_type *const *at = type->first; at < type->last; at++) {
        if (*at && (*at)->unit == type->unit && word_is(name, (*at)->name)) {
            return *at;
        }
    }
    LAB_BUG("RECORD(%s): LIST(%.*s, ...) needs a RECORD(%.*s, ...) before it, "
            "in the same file",
            type->name, (int)name.size, name.start, (int)name.size, name.start);
}

/* Count the fields, and the bytes of their names with a final zero each: what
 * the layout needs in memory. */
static size_t count_fields(const struct record_type *type, size_t *name_bytes)
{
    struct scanner in = {type, type->fields};
    struct declared field;
    size_t count = 0;
    *name_bytes = 0;
    while (scan_field(&in, &field)) {
        count++;
        *name_bytes += field.name.size + 1;
    }
    return count;
}

/* Place the members as a C compiler does: each at the next multiple of its
 * alignment, the size a multiple of the largest one. */
static void fill_layout(struct record_type *type, struct record_layout *layout,
                        char *names)
{
    struct scanner in = {type, type->fields};
    struct declared declared;
    size_t end = 0, align = 1;
    for (uint32_t i = 0; scan_field(&in, &declared); i++) {
        LAB_ASSERT(i < layout->count); /* both passes see the same fields */
        struct record_field *field = &layout->field[i];
        field->kind = kinds[declared.kind].kind;
        field->tag = (i + 1) << 3 | kinds[declared.kind].wire;
        field->name = names;
        memcpy(names, declared.name.start, declared.name.size);
        names[declared.name.size] = '\0';
        names += declared.name.size + 1;

        field->offset = align_up(end, kinds[declared.kind].align);
        end = field->offset + kinds[declared.kind].size;
        if (align < kinds[declared.kind].align) {
            align = kinds[declared.kind].align;
        }
        if (field->kind == RECORD_LIST) {
            field->count_offset = align_up(end, _Alignof(size_t));
            end = field->count_offset + sizeof(size_t);
            field->element_type = find_element(type, declared.element);
        }
        layout->owns |= kinds[declared.kind].wire == WIRE_DELIMITED;
    }
    layout->size = align_up(end, align);
    if (layout->size != type->size) {
        LAB_BUG(
            "RECORD(%s): the fields \"%s\" take %zu bytes, but the struct "
            "has %zu; declare members with U64, I64, INT, BOOL, TEXT, BYTES "
            "and LIST only",
            type->name, type->fields, layout->size, type->size);
    }
}

static const struct record_layout *make_at_depth(struct record_type *type,
                                                 int level);

/* Compute what depends on the elements of LISTs: depth and digest. */
static void fill_elements(struct record_type *type,
                          struct record_layout *layout, int level)
{
    layout->depth = 1;
    layout->digest = random_key_text(0, type->name);
    for (size_t i = 0; i < layout->count; i++) {
        struct record_field *field = &layout->field[i];
        layout->digest = random_key(layout->digest, (uint64_t)field->kind);
        layout->digest = random_key_text(layout->digest, field->name);
        if (field->kind == RECORD_LIST) {
            LAB_ASSERT(field->element_type);
            field->element = make_at_depth(field->element_type, level + 1);
            layout->digest = random_key(layout->digest, field->element->digest);
            if (layout->depth <= field->element->depth) {
                layout->depth = field->element->depth + 1;
            }
        }
    }
}

static const struct record_layout *make_at_depth(struct record_type *type,
                                                 int level)
{
    struct record_layout *layout =
        __atomic_load_n(&type->layout, __ATOMIC_ACQUIRE);
    if (layout) {
        return layout;
    }
    LAB_ASSERT(level > 0);
    if (level > DEPTH_MAX) {
        LAB_BUG("RECORD(%s): its LISTs are nested more than %d deep; a record "
                "must not contain itself",
                type->name, DEPTH_MAX);
    }
    /* One block: the layout, its fields, the text of their names. */
    size_t name_bytes;
    size_t count = count_fields(type, &name_bytes);
    size_t fields_bytes = count * sizeof(layout->field[0]);
    size_t size = sizeof(*layout) + fields_bytes + name_bytes;
    layout = lab_framework_alloc(size);
    if (!layout) {
        LAB_BUG("out of memory: cannot allocate %zu bytes", size);
    }
    memset(layout, 0, size);
    layout->count = count;
    fill_layout(type, layout, (char *)layout + sizeof(*layout) + fields_bytes);
    fill_elements(type, layout, level);

    /* Two threads may have computed it at once: the first to publish wins. */
    struct record_layout *present = NULL;
    if (!__atomic_compare_exchange_n(&type->layout, &present, layout, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        free(layout);
        return present;
    }
    return layout;
}

const struct record_layout *record_layout_make(struct record_type *type)
{
    return make_at_depth(type, 1);
}

void record_prepare(struct record_type *type)
{
    (void)record_layout_of(type);
}

void record_prepare_all(struct record_type *any)
{
    LAB_ASSERT(any->first <= any->last);
    for (struct record_type *const *at = any->first; at < any->last; at++) {
        if (*at) { /* sanitizers pad the section: find_element() */
            record_prepare(*at);
        }
    }
}

bool record_same(struct record_type *a, struct record_type *b)
{
    return a == b || record_layout_of(a)->digest == record_layout_of(b)->digest;
}
