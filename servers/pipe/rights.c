/* SPDX-License-Identifier: BSD-2-Clause */
#include "rights.h"

#include "sock.h"

#include <errno.h>
#include <string.h>

enum { RIGHTS_MAX = 253, GIVEN_MAX = 64, DROPPED_MAX = 512 };

/* What was given last to a thread, until it receives others: it may end before it asks for them. */
static struct given {
    uint64_t badge; /* 0: free */
    uint32_t thread;
    struct rights *rights;
} given[GIVEN_MAX];

static uint64_t dropped[DROPPED_MAX];
static size_t dropped_count;
static seL4_CPtr manager;
static unsigned existing;

void rights_open(void)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++)
        if (info->caps[i].kind == PROCESS_CAP_NOTIFICATION && info->caps[i].a == UNIX_DROPPED_BIT &&
            strcmp(info->caps[i].name, "proc") == 0)
            manager = info->caps[i].slot;
}

void rights_free(struct rights *rights)
{
    if (rights == NULL)
        return;
    existing--;
    store_free(rights, sizeof *rights + rights->taken * sizeof rights->right[0], rights->owner);
}

bool rights_exist(void)
{
    return existing > 0;
}

int rights_take(struct call *c, const struct call_item *item, struct rights **rights)
{
    size_t count = item->count / sizeof(struct unix_right);

    *rights = NULL;
    if (item->count == 0)
        return 0;
    if (item->count % sizeof(struct unix_right) != 0)
        return EINVAL;
    if (count > RIGHTS_MAX)
        return ETOOMANYREFS;
    uint16_t owner = store_owner(c);
    struct rights *r = store_take(sizeof *r + item->count, owner);
    if (r == NULL)
        return ENOBUFS;
    existing++;
    r->count = r->taken = (uint32_t)count;
    r->owner = owner;
    int e = call_read(c, item, 0, r->right, item->count);
    if (e != 0) {
        rights_free(r);
        return e;
    }
    *rights = r;
    return 0;
}

void rights_tell(void)
{
    if (manager != SLOT_NULL)
        seL4_Signal(manager);
}

/* More than there is room for the manager finds when their sender ends. */
static void drop_from(const struct rights *rights, uint32_t first)
{
    for (uint32_t i = first; i < rights->count; i++)
        if (rights->right[i].token != 0 && dropped_count < DROPPED_MAX)
            dropped[dropped_count++] = rights->right[i].token;
    if (dropped_count > 0)
        rights_tell();
}

void rights_drop(struct rights *rights)
{
    if (rights == NULL)
        return;
    drop_from(rights, 0);
    rights_free(rights);
}

void rights_give(const struct call *c, struct rights *rights, uint32_t count)
{
    uint32_t thread = (uint32_t)(c->cancel >> 32);
    struct given *g = NULL;

    if (rights == NULL)
        return;
    drop_from(rights, count);
    rights->count = count;
    for (unsigned i = 0; i < GIVEN_MAX && g == NULL; i++)
        if (given[i].badge == c->badge && given[i].thread == thread)
            g = &given[i];
    for (unsigned i = 0; i < GIVEN_MAX && g == NULL; i++)
        if (given[i].badge == 0)
            g = &given[i];
    if (g == NULL)
        g = &given[rights->right[0].token % GIVEN_MAX]; /* who had those has asked long ago */
    rights_free(g->rights);
    *g = (struct given){ c->badge, thread, rights };
}

void rights_ending(uint64_t badge)
{
    for (unsigned i = 0; i < GIVEN_MAX; i++)
        if (given[i].badge == badge) {
            rights_drop(given[i].rights);
            given[i] = (struct given){ 0 };
        }
}

/* ---- what the manager asks ---- */

int rights_dropped(struct call *c, struct call_item *tokens)
{
    if (c->badge != UNIX_BADGE_MANAGER)
        return EPERM;
    size_t most = tokens->room / sizeof dropped[0], n = dropped_count < most ? dropped_count : most;
    int e = n > 0 ? call_write(c, tokens, 0, dropped, n * sizeof dropped[0]) : 0;

    if (e != 0)
        return e;
    tokens->count = n * sizeof dropped[0];
    dropped_count -= n;
    memmove(dropped, dropped + n, dropped_count * sizeof dropped[0]);
    return 0;
}

static bool has_token(const struct rights *rights, uint64_t token)
{
    for (uint32_t i = 0; rights != NULL && i < rights->count; i++)
        if (rights->right[i].token == token)
            return true;
    return false;
}

static bool is_known(uint64_t token)
{
    for (unsigned i = 0; i < GIVEN_MAX; i++)
        if (given[i].badge != 0 && has_token(given[i].rights, token))
            return true;
    for (const struct sock *s = socks; s != NULL; s = s->next)
        for (const struct message *m = s->first; m != NULL; m = m->next)
            if (has_token(m->rights, token))
                return true;
    return false;
}

int rights_known(struct call *c, const void *tokens, size_t bytes, uint64_t *known)
{
    if (c->badge != UNIX_BADGE_MANAGER)
        return EPERM;
    if (bytes % sizeof(uint64_t) != 0 || bytes > 64 * sizeof(uint64_t))
        return EINVAL;
    *known = 0;
    for (size_t i = 0; i < bytes / sizeof(uint64_t); i++) {
        uint64_t token;
        memcpy(&token, (const char *)tokens + i * sizeof token, sizeof token);
        *known |= (uint64_t)is_known(token) << i;
    }
    return 0;
}
