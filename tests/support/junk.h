/* junk.h - a server with handlers of all sorts, and a network around it.
 * Layer: tests. The handlers are those of the labs' own labrpc tests. */
#ifndef TESTS_SUPPORT_JUNK_H
#define TESTS_SUPPORT_JUNK_H

#include "labrpc/network.h"
#include "sim/sim.h"

RECORD(junk_text, TEXT(text));
RECORD(junk_number, INT(number));
RECORD(junk_pieces, LIST(junk_text, pieces) BYTES(raw));

enum { JUNK_CALLS = 4096 };

/* What happened to the call with this number. */
struct junk_call {
    int runs;
    sim_ns started, ended;
};

struct junk {
    int parsed, printed;              /* calls of Parse and Print */
    sim_ns work;                      /* that Work takes */
    const struct junk_pieces *turned; /* the arguments of Turn */
    struct junk_call call[JUNK_CALLS];
};

LABRPC_METHOD(junk, Junk, Parse, junk_text, junk_number);
LABRPC_METHOD(junk, Junk, Print, junk_number, junk_text);
LABRPC_METHOD(junk, Junk, Slow, junk_number, junk_number); /* 20 s */
LABRPC_METHOD(junk, Junk, Length, junk_text, junk_number);
LABRPC_METHOD(junk, Junk, Letters, junk_number, junk_text);
LABRPC_METHOD(junk, Junk, Work, junk_number, junk_number);
LABRPC_METHOD(junk, Junk, Turn, junk_pieces, junk_pieces);

/* One server "server" and one end "end" that leads to it. */
struct world {
    struct junk *junk;
    struct labrpc_network *net;
    struct sim_node *node; /* NULL: the tester */
    struct labrpc_server *server;
    struct labrpc_end *end;
};

/* Make one; on_node: with a node of its own, else on the tester. */
struct world *world_new(uint64_t seed, bool on_node);
void world_free(struct world *w);

/* An end of this name that leads to this server. */
struct labrpc_end *world_end(struct world *w, const char *name,
                             const char *server);

/* Another server object with the same handlers, bound to no name. */
struct labrpc_server *world_server(struct world *w);

/* Call Print, and check the reply if there is one. */
bool junk_print(struct labrpc_end *end, int number);

/* Call Work and say when it returned. */
bool junk_work(struct labrpc_end *end, int number, sim_ns *returned);

/* One call of Work, in times from its beginning. */
struct sample {
    bool ok, ran;
    sim_ns there, work, back, total;
};
struct sample junk_sample(struct world *w, int number);

/* A call of Work in a thread of its own: sim_spawn("asker", ask, &asked). */
struct asked {
    struct world *w;
    int number;
    bool over, ok;
    sim_ns returned;
};
void ask(void *asked);

/* Start one, and come back when the handler has; since when it runs. */
sim_ns ask_and_see_started(struct asked *asked, struct world *w, int number);

void assert_within(uint64_t value, uint64_t least, uint64_t most);

/* Run body as the tester, with this policy, and expect a good end. */
uint64_t in_sim(uint64_t seed, enum sim_policy policy, void (*body)(void));

#endif
