/* SPDX-License-Identifier: BSD-2-Clause */
#include "escrow.h"

#include <base/secret.h>
#include <errno.h>
#include <idl/file.h>
#include <idl/session.h>
#include <idl/socket.h>
#include <ipc/unix.h>
#include <serve/share.h>

#include "job.h"
#include "offers.h"
#include "procfs.h"

enum { TOKENS_MAX = UNIX_TOKENS_MAX, TOKENS_OWN_MAX = 64, SERVER_GONE = ~0u };

static struct token {
    uint64_t number; /* 0: free */
    uint64_t owner;  /* badge of the sender, to whom it counts, */
    unsigned job;    /* and whose share it is */
    uint32_t server, handle;
} tokens[TOKENS_MAX];

static struct token *token_find(uint64_t number)
{
    for (unsigned i = 0; i < TOKENS_MAX; i++)
        if (number != 0 && tokens[i].number == number)
            return &tokens[i];
    return NULL;
}

/* A free place; NULL: there is none, or the owner, or its job, have as many as they may. */
static struct token *token_place(uint64_t owner, unsigned job)
{
    struct token *free = NULL;
    unsigned own = 0, its = 1, all = 1;

    for (unsigned i = 0; i < TOKENS_MAX; i++) {
        if (tokens[i].number == 0) {
            free = &tokens[i];
            continue;
        }
        own += tokens[i].owner == owner;
        its += tokens[i].job == job;
        all += tokens[i].job != 0;
    }
    return own < TOKENS_OWN_MAX && serve_share_allows(job, its, all, TOKENS_MAX) ? free : NULL;
}

static uint64_t number_new(void)
{
    static uint64_t count;
    uint64_t number;

    do
        number = secret_of(process_info()->random, ++count);
    while (number == 0);
    return number;
}

/* Of the servers, and of ourselves: an open file of a process's is ours, too. */
static int handle_lend(const struct process *p, uint32_t server, uint32_t handle, uint32_t *ours)
{
    *ours = 0;
    if (server == UNIX_PROC)
        return procfs_lend(p->badge, handle, ours);
    if (server >= UNIX_SERVERS_MAX)
        return offer_is_there(p, server) ? 0 : EINVAL;
    return server_cap(server) != 0
               ? session_lend((struct session){ server_cap(server) }, p->badge, handle, ours)
               : EINVAL;
}

static int handle_give(struct process *p, const struct token *t, uint32_t *handle)
{
    if (t->server == UNIX_PROC)
        return procfs_give(p->badge, t->handle, handle);
    if (t->server == SERVER_GONE)
        return EIO;
    *handle = 0;
    if (t->server >= UNIX_SERVERS_MAX)
        return offer_session(p, t->server) ? 0 : ENOMEM;
    return session_give((struct session){ server_cap(t->server) }, p->badge, t->handle, handle);
}

static void handle_close(const struct token *t)
{
    if (t->server == UNIX_PROC)
        procfs_drop(t->handle);
    else if (t->server >= UNIX_SERVERS_MAX)
        offer_token_end(t->server, (unsigned)(t - tokens));
    else
        (void)file_close((struct file){ server_cap(t->server) }, t->handle);
}

int escrow_hold(struct call *c, uint32_t server, uint32_t handle, uint64_t *token, uint32_t *place)
{
    const struct process *p = process_of(c->badge);
    uint32_t ours;

    if (p == NULL)
        return ESRCH;
    unsigned job = job_outermost(p->job);
    struct token *t = token_place(p->badge, job);
    if (t == NULL)
        return ETOOMANYREFS;
    int e = handle_lend(p, server, handle, &ours);
    if (e != 0)
        return e > 0 ? e : EIO;
    *t = (struct token){ number_new(), p->badge, job, server, ours };
    *token = t->number;
    *place = server >= UNIX_SERVERS_MAX ? offer_token_new((unsigned)(t - tokens)) : 0;
    return 0;
}

static void token_end(struct token *t)
{
    handle_close(t);
    *t = (struct token){ 0 };
}

int escrow_redeem(struct call *c, uint64_t token, uint32_t *server, uint32_t *handle)
{
    struct process *p = process_of(c->badge);
    struct token *t = token_find(token);

    if (p == NULL)
        return ESRCH;
    if (t == NULL)
        return EBADF;
    *server = t->server;
    int e = handle_give(p, t, handle);
    if (e != 0 || t->server < UNIX_SERVERS_MAX)
        token_end(t); /* else it is good until the caller has taken the file, and says so */
    return e >= 0 ? e : EIO;
}

int escrow_release(struct call *c, uint64_t token)
{
    struct token *t = token_find(token);

    if (process_of(c->badge) == NULL)
        return ESRCH;
    if (t == NULL)
        return EBADF;
    token_end(t);
    return 0;
}

/* Sockets that are on their way, perhaps nowhere but in each other's queues. */
static void cycles_look(struct socket pipes)
{
    static uint64_t kept[TOKENS_MAX][2];
    size_t n = 0;

    for (unsigned i = 0; i < TOKENS_MAX; i++)
        if (tokens[i].number != 0 && tokens[i].server == UNIX_PIPE) {
            kept[n][0] = tokens[i].number;
            kept[n++][1] = tokens[i].handle;
        }
    if (n > 0) /* what is dropped then we are signalled of */
        (void)socket_cycles(pipes, kept, n * sizeof kept[0]);
}

void escrow_look(void)
{
    const struct socket pipes = { server_cap(UNIX_PIPE) };
    uint64_t dropped[64];
    size_t bytes;

    do {
        bytes = 0;
        if (socket_dropped(pipes, dropped, sizeof dropped, &bytes) != 0)
            return;
        for (size_t i = 0; i < bytes / sizeof dropped[0]; i++) {
            struct token *t = token_find(dropped[i]);
            if (t != NULL)
                token_end(t);
        }
    } while (bytes > 0); /* what ended may have had others in its queues */
    cycles_look(pipes);
}

void escrow_server_ends(uint32_t server)
{
    for (unsigned i = 0; i < TOKENS_MAX; i++)
        if (tokens[i].number != 0 && tokens[i].server == server)
            tokens[i].server = SERVER_GONE;
}

void escrow_ending(uint64_t badge)
{
    const struct socket pipes = { server_cap(UNIX_PIPE) };
    struct token *own[TOKENS_OWN_MAX];
    uint64_t numbers[TOKENS_OWN_MAX], known = 0;
    unsigned n = 0;

    for (unsigned i = 0; i < TOKENS_MAX && n < TOKENS_OWN_MAX; i++)
        if (tokens[i].number != 0 && tokens[i].owner == badge) {
            own[n] = &tokens[i];
            numbers[n++] = tokens[i].number;
        }
    if (n == 0 || socket_known(pipes, numbers, n * sizeof numbers[0], &known) != 0)
        return;
    for (unsigned i = 0; i < n; i++)
        if ((known >> i & 1) == 0)
            token_end(own[i]);
}
