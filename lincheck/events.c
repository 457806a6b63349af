/* events.c - histories given as a sequence of events of processes.
 * Layer: lincheck. */
#include "lincheck/events.h"

#include <stdlib.h>

#include "base/assert.h"
#include "lincheck/model.h"

/* ---- Words ---------------------------------------------------------------*/

static const char *const type_names[] = {
    [EVENT_INVOKE] = "invoke",
    [EVENT_OK] = "ok",
    [EVENT_FAIL] = "fail",
    [EVENT_INFO] = "info",
};

bool event_type_named(struct bytes name, enum event_type *type)
{
    for (enum event_type t = EVENT_INVOKE; t <= EVENT_INFO; t++) {
        if (bytes_equal(name, bytes_of_text(type_names[t]))) {
            *type = t;
            return true;
        }
    }
    return false;
}

bool event_process_named(struct bytes digits, uint32_t *process)
{
    uint64_t number = 0; /* cannot overflow: it stops above 32 bits */
    for (size_t i = 0; i < digits.size && number <= UINT32_MAX; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return false;
        }
        number = number * 10 + (digits.data[i] - '0');
    }
    *process = (uint32_t)number;
    return digits.size > 0 && number <= UINT32_MAX;
}

void event_release(struct event *event)
{
    free(event->key.scratch.data);
    free(event->value.scratch.data);
    free(event->pair[0].scratch.data);
    free(event->pair[1].scratch.data);
}

/* ---- Processes -----------------------------------------------------------*/

void events_init(struct events *events, struct reader *reader,
                 bool has_mismatches)
{
    *events = (struct events){
        .reader = reader,
        .has_mismatches = has_mismatches,
        .capacity = 64,
        .processes = lab_xcalloc(64, sizeof(*events->processes)),
    };
}

void events_release(struct events *events)
{
    free(events->processes);
}

static struct process *slot_of(struct events *events, uint32_t id)
{
    uint64_t hash = id * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(hash >> 32) & (events->capacity - 1);
    while (events->processes[i].is_used && events->processes[i].id != id) {
        i = (i + 1) & (events->capacity - 1);
    }
    return &events->processes[i];
}

static void grow(struct events *events)
{
    struct process *old = events->processes;
    size_t capacity = events->capacity;
    events->capacity *= 2;
    events->processes =
        lab_xcalloc(events->capacity, sizeof(*events->processes));
    for (size_t i = 0; i < capacity; i++) {
        if (old[i].is_used) {
            *slot_of(events, old[i].id) = old[i];
        }
    }
    free(old);
}

static struct process *process_of(struct events *events, uint32_t id)
{
    LAB_ASSERT(events->count <= events->capacity / 2);
    struct process *process = slot_of(events, id);
    if (!process->is_used) {
        if (events->count == events->capacity / 2) {
            grow(events);
            process = slot_of(events, id);
        }
        *process = (struct process){.id = id, .is_used = true};
        events->count++;
    }
    return process;
}

/* ---- Calls ---------------------------------------------------------------*/

/* Return a value for a message. */
static struct shown described(const struct edn *value)
{
    if (value->kind == EDN_KEYWORD) { /* with its colon */
        return shown(bytes_of(value->bytes.data - 1, value->bytes.size + 1));
    }
    return shown(value->bytes);
}

/* Fail with a message about the event's :value. */
static bool wrong_value(struct reader *reader, const struct event *event,
                        const char *does, const char *wanted)
{
    const struct edn *value = &event->value;
    if (value->kind == EDN_NONE) {
        return reader_fail(reader, event->line, ":%s without a :value",
                           shown(event->function).text);
    }
    const char *why = value->kind == EDN_RANGE ? " (more than 64 bits)" : "";
    return reader_fail(reader, event->line, ":%s %s %s, not %s%s",
                       shown(event->function).text, does, wanted,
                       described(value).text, why);
}

/* nil is NULL. */
static const struct bytes *content_of(const struct edn *value)
{
    return value->kind == EDN_NIL ? NULL : &value->bytes;
}

static bool take_key(struct reader *reader, const struct event *event,
                     struct bytes *key)
{
    *key = bytes_of(NULL, 0);
    if (event->key.kind == EDN_NONE) {
        return reader->history->model == &lin_register ||
               reader_fail(reader, event->line, ":%s without a :key",
                           shown(event->function).text);
    }
    if (event->key.kind != EDN_TEXT && event->key.kind != EDN_NUMBER) {
        return reader_fail(reader, event->line,
                           "a :key is a string or a whole number, not %s",
                           described(&event->key).text);
    }
    *key = event->key.bytes;
    return true;
}

static bool take_values(struct reader *reader, const struct event *event,
                        struct lin_request *request)
{
    if (request->function == LIN_CAS) {
        if (event->value.kind != EDN_PAIR) {
            return wrong_value(reader, event, "takes", "[expected new]");
        }
        request->expected = content_of(&event->pair[0]);
        request->value = content_of(&event->pair[1]);
    } else if (request->function != LIN_READ) {
        if (!edn_is_plain(&event->value)) {
            return wrong_value(reader, event, "takes",
                               "a string, a whole number or nil");
        }
        request->value = content_of(&event->value);
    }
    return true;
}

/* :invoke: the process calls an operation. */
static bool begin(struct events *events, const struct event *event,
                  enum lin_function function, struct process *process)
{
    struct reader *reader = events->reader;
    LAB_ASSERT(event->type == EVENT_INVOKE);
    if (process->pending > 0) {
        return reader_fail(
            reader, event->line,
            "process %u invokes :%s, but its operation of line %u has not "
            "returned",
            event->process, shown(event->function).text,
            reader->history->ops[process->pending - 1].line);
    }
    struct lin_request request = {
        .at = events->at,
        .client = event->process,
        .line = event->line,
        .function = function,
    };
    size_t op;
    if (!take_key(reader, event, &request.key) ||
        !take_values(reader, event, &request) ||
        !reader_call(reader, &request, &op)) {
        return false;
    }
    process->pending = op + 1;
    return true;
}

/* ---- Returns -------------------------------------------------------------*/

static bool has_number(struct lin_history *history, uint32_t number,
                       const struct edn *value)
{
    const struct bytes *content = content_of(value);
    return number == (content ? values_intern(history->values, *content)
                              : history->model->nil);
}

/* Is the value absent, nil or that of the call? */
static bool repeats_values(struct lin_history *history, const struct lin_op *op,
                           const struct event *event)
{
    switch (event->value.kind) {
    case EDN_NONE:
    case EDN_NIL:
        return true;
    case EDN_TEXT:
    case EDN_NUMBER:
        return op->function != LIN_CAS &&
               has_number(history, op->value, &event->value);
    case EDN_PAIR:
        return op->function == LIN_CAS &&
               has_number(history, op->expected, &event->pair[0]) &&
               has_number(history, op->value, &event->pair[1]);
    default:
        return false;
    }
}

/* Check that the event belongs to this operation. */
static bool fits(struct events *events, const struct event *event,
                 enum lin_function function, const struct lin_op *op)
{
    struct reader *reader = events->reader;
    if (op->function != function) {
        return reader_fail(reader, event->line,
                           "process %u returns from :%s, but line %u invoked "
                           ":%s",
                           event->process, shown(event->function).text,
                           op->line,
                           function_name(reader->history->model, op->function));
    }
    struct bytes key;
    if (event->key.kind != EDN_NONE) {
        if (!take_key(reader, event, &key)) {
            return false;
        }
        if (values_intern(reader->history->values, key) != op->key) {
            return reader_fail(reader, event->line,
                               ":key differs from that of line %u", op->line);
        }
    }
    return true;
}

/* The operation has a response. */
static bool succeed(struct events *events, const struct event *event,
                    enum lin_outcome outcome, size_t number)
{
    struct reader *reader = events->reader;
    const struct lin_op *op = &reader->history->ops[number];
    struct lin_response response = {
        .at = events->at, .line = event->line, .outcome = outcome};
    if (op->function == LIN_READ) {
        if (!edn_is_plain(&event->value)) {
            return wrong_value(reader, event, "returns",
                               "a string, a whole number or nil");
        }
        response.value = content_of(&event->value);
    } else if (!repeats_values(reader->history, op, event)) {
        return reader_fail(reader, event->line,
                           ":value differs from that of line %u: %s", op->line,
                           described(&event->value).text);
    }
    lin_return(reader->history, number, &response);
    return true;
}

/* :ok, :fail or :info: the process is free for its next operation. */
static bool finish(struct events *events, const struct event *event,
                   enum lin_function function, struct process *process)
{
    struct lin_history *history = events->reader->history;
    if (process->pending == 0) {
        return reader_fail(events->reader, event->line,
                           "process %u returns from :%s without having "
                           "invoked it",
                           event->process, shown(event->function).text);
    }
    size_t number = process->pending - 1;
    LAB_ASSERT(number < history->count);
    LAB_ASSERT(history->ops[number].client == event->process);
    if (!fits(events, event, function, &history->ops[number])) {
        return false;
    }
    process->pending = 0;
    switch (event->type) {
    case EVENT_OK:
        return succeed(events, event, LIN_OK, number);
    case EVENT_FAIL:
        if (events->has_mismatches && function == LIN_CAS &&
            event->value.kind == EDN_PAIR) {
            return succeed(events, event, LIN_MISMATCH, number);
        }
        lin_withdraw(history, number);
        return true;
    default: /* EVENT_INFO: the operation stays open */
        return true;
    }
}

/* ---- Events --------------------------------------------------------------*/

/* Find the function; the first event selects the model that has it. */
static bool take_function(struct reader *reader, const struct event *event,
                          enum lin_function *function)
{
    static const struct lin_model *const models[] = {&lin_register, &lin_kv};
    for (size_t i = 0; i < 2; i++) {
        if (!function_named(models[i], event->function, function)) {
            continue;
        }
        if (!reader->history) {
            reader->history = lin_history_new(models[i]);
        }
        return models[i] == reader->history->model ||
               reader_fail(reader, event->line,
                           ":%s does not belong to the model of earlier "
                           "operations (%s)",
                           shown(event->function).text,
                           lin_model_name(reader->history->model));
    }
    return reader_fail(reader, event->line,
                       "unknown :f :%s (known: read, write, cas; get, put, "
                       "append)",
                       shown(event->function).text);
}

bool events_add(struct events *events, const struct event *event)
{
    enum lin_function function;
    if (!take_function(events->reader, event, &function)) {
        return false;
    }
    struct process *process = process_of(events, event->process);
    events->at++; /* later than the event before, even in the same line */
    if (events->at < event->line) {
        events->at = event->line;
    }
    return event->type == EVENT_INVOKE
               ? begin(events, event, function, process)
               : finish(events, event, function, process);
}
