/* labrpc.h - calls between servers over a network that loses and delays.
 * Layer: labrpc; public to labs. The network itself: network.h.
 *
 * One client end leads to one server. A call sends packed arguments and
 * waits; true: *reply holds the answer; false: no answer came, and the
 * handler may or may not have run. Calls may be lost, delayed and reordered;
 * they are never delivered twice. A call always returns, unless the handler
 * never does; to a server that cannot be reached it may take up to 7 s (0.1 s
 * in the tests of services, whose clerks look for the leader). So one call at a
 * time to each server is not enough: a peer that was cut off hears nothing
 * while an old call still waits. Many threads may call on one end at once. */
#ifndef LABRPC_LABRPC_H
#define LABRPC_LABRPC_H

#include "base/record.h"

struct labrpc_end; /* opaque: one client's way to one server */

/* A method that a service offers: its name, its records, its handler. */
struct labrpc_method {
    const char *name; /* without the service's name */
    struct record_type *args, *reply;
    void (*handle)(void *receiver, const void *args, void *reply);
};

/* Send one request and wait for its reply.
 * method  "Service.Method"; borrowed until return. The server looks it up
 *         by this name; an unknown one ends the run with a message.
 * args    record of args_type; packed before the first wait.
 * reply   record of reply_type, empty on entry; after true the caller owns
 *         what it holds: record_free() it. Untouched after false.
 * Waits   until the reply or the loss is known (up to 7 s if nobody can be
 *         reached); there is no other limit.
 * Threads any thread; hold no mutex that a handler takes.
 * Never retries by itself. */
bool labrpc_call(struct labrpc_end *end, const char *method,
                 struct record_type *args_type, const void *args,
                 struct record_type *reply_type, void *reply);

/* LABRPC_METHOD(raft, Raft, RequestVote, vote_args, vote_reply); gives
 *   call_RequestVote(end, &args, &reply)   the typed call, and
 *   rpc_RequestVote                        for the list of methods,
 * and wants, somewhere in the same plug-in,
 *   void on_RequestVote(struct raft *, const struct vote_args *,
 *                       struct vote_reply *);
 * The handler runs in a thread of its own. Its arguments are its to read
 * until it returns, and are overwritten then; what it puts into *reply is
 * packed and freed after it has returned. */
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
