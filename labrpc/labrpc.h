/* labrpc.h - calls between servers over a network that loses and delays.
 * Layer: labrpc; public to labs. The tester's side: network.h.
 *
 *     RECORD(vote_args, U64(term) INT(candidate_id));     record.h
 *     RECORD(vote_reply, U64(term) BOOL(vote_granted));
 *     RPC(RequestVote, vote_args, vote_reply);            raftapi.h
 *
 * The caller:
 *
 *     struct vote_args args = {.term = term, .candidate_id = rf->me};
 *     struct vote_reply reply = {0};
 *     if (call_RequestVote(rf->peers[2], &args, &reply)) {
 *         ... use reply, then FREE(vote_reply, &reply); ...
 *     }
 *
 * The server, in a thread of its own for each request:
 *
 *     void on_RequestVote(struct raft *rf, const struct vote_args *args,
 *                         struct vote_reply *reply)
 *     {
 *         ... read *args, fill in *reply ...
 *     }
 *
 * A call returns true if the handler ran and its reply arrived, and false if
 * no reply arrived: the request or the reply was lost, or the server has
 * crashed or cannot be reached. After false the handler may or may not have
 * run, or may still be running. A call is never sent again by itself.
 *
 * Each request is delivered at most once. Messages may overtake each other:
 * of several calls in progress, the server may get a later one first, and a
 * reply may arrive when the caller has moved on to another term.
 *
 * A call always returns, unless its handler never does. It has no other time
 * limit, and takes up to 7 s when the server cannot be reached (0.1 s in the
 * tests of services, whose clerks search for the leader). So call each peer
 * from a thread of its own, and begin new calls while an old one waits: else
 * a peer that was cut off gets nothing until the old call fails.
 *
 * Caller and server share no memory: arguments and replies travel as bytes. */
#ifndef LABRPC_LABRPC_H
#define LABRPC_LABRPC_H

#include "base/record.h"

struct labrpc_end; /* opaque: a client's connection to one server */

/* A method that a service offers. Made by LABRPC_METHOD(). */
struct labrpc_method {
    const char *name; /* without the name of the service */
    struct record_type *args, *reply;
    void (*handle)(void *receiver, const void *args, void *reply);
};

/* Send one request and wait for its reply.
 * method   "Service.Method"; borrowed until return.
 * args     record of args_type; packed before the first wait.
 * reply    record of reply_type, empty on entry. After true the caller owns
 *          what it holds, see record_free(). Untouched after false.
 * Waits    until the reply has arrived or the call has failed, see above.
 * Threads  any, and many on one end at once. Hold no mutex that a handler
 *          locks: two servers that call each other would wait for ever.
 * Errors   a method that the server does not offer, or records that differ
 *          from those of its handler, end the run with a message. */
bool labrpc_call(struct labrpc_end *end, const char *method,
                 struct record_type *args_type, const void *args,
                 struct record_type *reply_type, void *reply);

/* LABRPC_METHOD(raft, Raft, RequestVote, vote_args, vote_reply); defines
 *
 *     call_RequestVote(end, &args, &reply)   labrpc_call() with types
 *     rpc_RequestVote                        for the list of methods
 *
 * and declares the handler, to be defined once in the same plug-in:
 *
 *     void on_RequestVote(struct raft *, const struct vote_args *,
 *                         struct vote_reply *);
 *
 * The handler may read its arguments until it returns; then they are
 * overwritten and freed. *reply is empty when it starts; what it puts there
 * is packed, and then freed, after it has returned. */
#define LABRPC_METHOD(receiver, service, method, args_record, reply_record)    \
    void on_##method(struct receiver *, const struct args_record *,            \
                     struct reply_record *);                                   \
    static inline __attribute__((unused)) bool call_##method(                  \
        struct labrpc_end *end, const struct args_record *args,                \
        struct reply_record *reply)                                            \
    {                                                                          \
        return labrpc_call(end, #service "." #method, &record_##args_record,   \
                           args, &record_##reply_record, reply);               \
    }                                                                          \
    static inline void handle_##method(void *to, const void *args,             \
                                       void *reply)                            \
    {                                                                          \
        on_##method((struct receiver *)to, (const struct args_record *)args,   \
                    (struct reply_record *)reply);                             \
    }                                                                          \
    static const struct labrpc_method rpc_##method                             \
        __attribute__((unused)) = {#method, &record_##args_record,             \
                                   &record_##reply_record, handle_##method};   \
    struct receiver /* swallows the semicolon */

#endif
