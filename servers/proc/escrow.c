/* SPDX-License-Identifier: BSD-2-Clause */
#include "escrow.h"

#include <base/secret.h>
#include <errno.h>
#include <idl/file.h>
#include <idl/session.h>
#include <idl/socket.h>
#include <ipc/unix.h>

#include "process.h"

enum { TOKENS_MAX = 256, TOKENS_OWN_MAX = 64 };

static struct token {
    uint64_t number; /* 0: free */
    uint64_t owner;  /* badge of the sender, to whom it counts */
    uint32_t server, handle;
} tokens[TOKENS_MAX];

static struct token *token_find(uint64_t number)
{
    for (unsigned i = 0; i < TOKENS_MAX; i++)
        if (number != 0 && tokens[i].number == number)
            return &tokens[i];
    return NULL;
}

/* A free place; NULL: there is none, or the owner has as many as it may. */
static struct token *token_place(uint64_t owner)
{
    struct token *free = NULL;
    unsigned own = 0;

    for (unsigned i = 0; i < TOKENS_MAX; i++) {
        own += tokens[i].number != 0 && tokens[i].owner == owner;
        if (tokens[i].number == 0)
            free = &tokens[i];
    }
    return own < TOKENS_OWN_MAX ? free : NULL;
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

static bool serves(uint32_t server)
{
    return server > UNIX_PROC && server < UNIX_SERVERS_MAX && server_cap(server) != 0;
}

int escrow_hold(struct call *c, uint32_t server, uint32_t handle, uint64_t *token)
{
    const struct process *p = process_of(c->badge);
    uint32_t ours;

    if (p == NULL)
        return ESRCH;
    if (!serves(server))
        return EINVAL;
    struct token *t = token_place(p->badge);
    if (t == NULL)
        return ETOOMANYREFS;
    int e = session_lend((struct session){ server_cap(server) }, p->badge, handle, &ours);
    if (e != 0)
        return e > 0 ? e : EIO;
    *t = (struct token){ number_new(), p->badge, server, ours };
    *token = t->number;
    return 0;
}

static void token_end(struct token *t)
{
    (void)file_close((struct file){ server_cap(t->server) }, t->handle);
    *t = (struct token){ 0 };
}

int escrow_redeem(struct call *c, uint64_t token, uint32_t *server, uint32_t *handle)
{
    struct token *t = token_find(token);

    if (process_of(c->badge) == NULL)
        return ESRCH;
    if (t == NULL)
        return EBADF;
    *server = t->server;
    int e = session_give((struct session){ server_cap(t->server) }, c->badge, t->handle, handle);
    token_end(t);
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
