/* junk.c - handlers and networks for tests of labrpc.
 * Layer: tests. */
#include "tests/support/junk.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/sim_helper.h"

void on_Parse(struct junk *junk, const struct junk_text *args,
              struct junk_number *reply)
{
    junk->parsed++;
    reply->number = atoi(args->text);
}

void on_Print(struct junk *junk, const struct junk_number *args,
              struct junk_text *reply)
{
    char text[32];
    junk->printed++;
    snprintf(text, sizeof(text), "handler2-%d", args->number);
    reply->text = lab_xstrdup(text);
}

void on_Slow(struct junk *junk, const struct junk_number *args,
             struct junk_number *reply)
{
    junk->call[args->number].runs++;
    sim_sleep(20 * SIM_SECOND);
    junk->call[args->number].ended = sim_now();
    reply->number = -args->number;
}

void on_Length(struct junk *junk, const struct junk_text *args,
               struct junk_number *reply)
{
    (void)junk;
    reply->number = (int)strlen(args->text);
}

void on_Letters(struct junk *junk, const struct junk_number *args,
                struct junk_text *reply)
{
    (void)junk;
    size_t size = (size_t)args->number;
    reply->text = lab_xmalloc(size + 1);
    memset(reply->text, 'y', size);
    reply->text[size] = '\0';
}

void on_Work(struct junk *junk, const struct junk_number *args,
             struct junk_number *reply)
{
    struct junk_call *call = &junk->call[args->number];
    call->runs++;
    call->started = sim_now();
    if (junk->work) {
        sim_sleep(junk->work);
    }
    call->ended = sim_now();
    reply->number = args->number + 1;
}

/* The pieces in the opposite order, and traces on the arguments. */
void on_Turn(struct junk *junk, const struct junk_pieces *args,
             struct junk_pieces *reply)
{
    junk->turned = args;
    sim_sleep(junk->work);
    size_t count = args->pieces_count;
    reply->pieces = lab_xcalloc(count, sizeof(reply->pieces[0]));
    reply->pieces_count = count;
    for (size_t i = 0; i < count; i++) {
        char *text = args->pieces[count - 1 - i].text;
        reply->pieces[i].text = lab_xstrdup(text);
        text[0] = '#';
    }
    reply->raw = bytes_copy(args->raw);
    memset(args->raw.data, '#', args->raw.size);
}

static const struct labrpc_method *const junk_methods[] = {
    &rpc_Parse,   &rpc_Print, &rpc_Slow, &rpc_Length,
    &rpc_Letters, &rpc_Work,  &rpc_Turn, NULL};

struct labrpc_server *world_server(struct world *w)
{
    struct labrpc_server *server = labrpc_server_new(w->node);
    labrpc_server_add(server, "Junk", w->junk, junk_methods);
    return server;
}

struct labrpc_end *world_end(struct world *w, const char *name,
                             const char *server)
{
    struct labrpc_end *end = labrpc_end_new(w->net, name);
    labrpc_connect(w->net, name, server);
    labrpc_enable(w->net, name, true);
    return end;
}

struct world *world_new(uint64_t seed, bool on_node)
{
    struct world *w = lab_xcalloc(1, sizeof(*w));
    w->junk = lab_xcalloc(1, sizeof(*w->junk));
    w->net = labrpc_new(seed);
    if (on_node) {
        w->node = sim_node_new("server", 0);
        sim_node_boot(w->node);
    }
    w->server = world_server(w);
    labrpc_add_server(w->net, "server", w->server);
    w->end = world_end(w, "end", "server");
    return w;
}

void world_free(struct world *w)
{
    labrpc_cleanup(w->net);
    labrpc_free(w->net);
    labrpc_server_free(w->server);
    if (w->node) {
        sim_node_free(w->node);
    }
    free(w->junk);
    free(w);
}

bool junk_print(struct labrpc_end *end, int number)
{
    struct junk_number args = {.number = number};
    struct junk_text reply = {0};
    if (!call_Print(end, &args, &reply)) {
        ck_assert_ptr_null(reply.text);
        return false;
    }
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "handler2-%d", number);
    ck_assert_str_eq(reply.text, wanted);
    FREE(junk_text, &reply);
    return true;
}

bool junk_work(struct labrpc_end *end, int number, sim_ns *returned)
{
    struct junk_number args = {.number = number};
    struct junk_number reply = {0};
    bool ok = call_Work(end, &args, &reply);
    *returned = sim_now();
    ck_assert_int_eq(reply.number, ok ? number + 1 : 0);
    return ok;
}

struct sample junk_sample(struct world *w, int number)
{
    struct sample s;
    struct junk_call *call = &w->junk->call[number % JUNK_CALLS];
    *call = (struct junk_call){.runs = 0};
    sim_ns before = sim_now(), returned;
    s.ok = junk_work(w->end, number % JUNK_CALLS, &returned);
    s.ran = call->runs == 1;
    s.there = call->started - before;
    s.work = call->ended - call->started;
    s.back = returned - call->ended;
    s.total = returned - before;
    return s;
}

void ask(void *argument)
{
    struct asked *asked = argument;
    asked->ok = junk_work(asked->w->end, asked->number, &asked->returned);
    asked->over = true;
}

sim_ns ask_and_see_started(struct asked *asked, struct world *w, int number)
{
    *asked = (struct asked){.w = w, .number = number};
    sim_spawn("asker", ask, asked);
    sim_sleep(SIM_MS);
    sim_ns started = w->junk->call[number].started;
    ck_assert_uint_gt(started, 0);
    return started;
}

void assert_within(uint64_t value, uint64_t least, uint64_t most)
{
    ck_assert_uint_ge(value, least);
    ck_assert_uint_le(value, most);
}

static void call_body(void *body)
{
    (*(void (**)(void))body)();
}

uint64_t in_sim(uint64_t seed, enum sim_policy policy, void (*body)(void))
{
    return sim_ok(seed, policy, call_body, &body);
}
