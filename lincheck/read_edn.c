/* read_edn.c - histories as EDN maps.
 * Layer: lincheck. One map after the other, or one vector or list of them. */
#include <string.h>

#include "lincheck/events.h"

/* The keys that describe an operation. */
enum map_key { PROCESS, TYPE, F, KEY, VALUE, MAP_KEY_COUNT };

static const char *const map_keys[MAP_KEY_COUNT] = {"process", "type", "f",
                                                    "key", "value"};

/* A map while it is parsed. */
struct map {
    uint32_t line;
    bool has[MAP_KEY_COUNT];
    bool is_nemesis; /* an event of the fault injector, not of a client */
    struct event event;
};

/* ---- One map -------------------------------------------------------------*/

static enum map_key map_key_named(struct bytes name)
{
    enum map_key key = PROCESS;
    while (key < MAP_KEY_COUNT &&
           !bytes_equal(name, bytes_of_text(map_keys[key]))) {
        key++;
    }
    return key;
}

/* :process is a number, or a keyword for processes that are not clients. */
static bool take_process(struct reader *reader, struct map *map,
                         const struct edn *value)
{
    map->is_nemesis = value->kind == EDN_KEYWORD;
    return map->is_nemesis ||
           (value->kind == EDN_NUMBER &&
            event_process_named(value->bytes, &map->event.process)) ||
           reader_fail(reader, reader->line,
                       ":process is a keyword or a number below 2^32, not %s",
                       shown(value->bytes).text);
}

static bool take_type(struct reader *reader, struct map *map,
                      const struct edn *value)
{
    return (value->kind == EDN_KEYWORD &&
            event_type_named(value->bytes, &map->event.type)) ||
           reader_fail(reader, reader->line,
                       ":type is :invoke, :ok, :fail or :info, not %s%s",
                       value->kind == EDN_KEYWORD ? ":" : "",
                       shown(value->bytes).text);
}

static bool take_f(struct reader *reader, struct map *map,
                   const struct edn *value)
{
    map->event.function = value->bytes;
    return value->kind == EDN_KEYWORD ||
           reader_fail(reader, reader->line, ":f is a keyword, not %s",
                       shown(value->bytes).text);
}

/* Parse the value of a key that describes the operation. */
static bool read_entry(struct reader *reader, struct map *map, enum map_key key)
{
    struct event *event = &map->event;
    struct edn value = {.kind = EDN_NONE};
    if (map->has[key]) {
        return reader_fail(reader, reader->line, "duplicate :%s in a map",
                           map_keys[key]);
    }
    map->has[key] = true;
    if (key == KEY || key == VALUE) {
        return edn_read(reader, key == KEY ? &event->key : &event->value,
                        event->pair);
    }
    if (edn_next(reader) && *reader->at == '"') {
        return reader_fail(reader, reader->line, ":%s may not be a string",
                           map_keys[key]);
    }
    return edn_read(reader, &value, event->pair) &&
           (key == PROCESS ? take_process(reader, map, &value)
            : key == TYPE  ? take_type(reader, map, &value)
                           : take_f(reader, map, &value));
}

static bool read_entries(struct reader *reader, struct map *map)
{
    while (edn_next(reader) && *reader->at != '}') {
        struct edn name = {.kind = EDN_NONE};
        if (*reader->at != ':') {
            return reader_fail(reader, reader->line,
                               "map keys must be keywords, not '%s'",
                               shown(bytes_of(reader->at, 1)).text);
        }
        if (!edn_read(reader, &name, map->event.pair)) {
            return false;
        }
        enum map_key key = map_key_named(name.bytes);
        if (key == MAP_KEY_COUNT ? !edn_skip(reader)
                                 : !read_entry(reader, map, key)) {
            return false;
        }
    }
    if (reader->at == reader->end) {
        return reader_fail(reader, map->line, "unterminated map");
    }
    reader->at++;
    return true;
}

/* Parse a map, and add its event. The buffers of the map before are reused. */
static bool read_map(struct reader *reader, struct events *events,
                     struct map *map)
{
    map->line = map->event.line = reader->line;
    map->is_nemesis = false;
    memset(map->has, 0, sizeof(map->has));
    map->event.key.kind = EDN_NONE;
    map->event.value.kind = EDN_NONE;
    reader->at++;
    if (!read_entries(reader, map)) {
        return false;
    }
    for (enum map_key key = PROCESS; key <= F; key++) {
        if (!map->has[key]) {
            return reader_fail(reader, map->line, "a map without :%s",
                               map_keys[key]);
        }
    }
    return map->is_nemesis || events_add(events, &map->event);
}

/* ---- All maps ------------------------------------------------------------*/

/* Jepsen may tag its maps: #jepsen.history.Op{...}. */
static void skip_tag(struct reader *reader)
{
    while (reader->at < reader->end && !strchr("{ \n", *reader->at)) {
        reader->at++;
    }
}

/* Parse maps, alone or inside one vector or list. */
static bool read_maps(struct reader *reader, struct events *events,
                      struct map *map)
{
    uint32_t line = reader->line;
    uint8_t end = 0; /* closing bracket of the vector or list; 0: none */
    if (edn_next(reader) && (*reader->at == '[' || *reader->at == '(')) {
        line = reader->line;
        end = *reader->at++ == '[' ? ']' : ')';
    }
    while (edn_next(reader) && (end == 0 || *reader->at != end)) {
        if (*reader->at == '#') {
            skip_tag(reader);
        }
        if (!edn_next(reader) || *reader->at != '{') {
            return reader_fail(reader, reader->line, "expected a map");
        }
        if (!read_map(reader, events, map)) {
            return false;
        }
    }
    if (end != 0 && reader->at == reader->end) {
        return reader_fail(reader, line, "the '%c' in this line is not closed",
                           end == ']' ? '[' : '(');
    }
    reader->at += end != 0;
    if (edn_next(reader)) {
        return reader_fail(reader, reader->line,
                           "unexpected text after the end");
    }
    return reader->history ||
           reader_fail(reader, reader->line, "no operations found");
}

bool read_edn(struct reader *reader)
{
    struct events events;
    struct map map = {.line = 0};
    events_init(&events, reader, false);
    bool good = read_maps(reader, &events, &map);
    events_release(&events);
    event_release(&map.event);
    return good;
}
