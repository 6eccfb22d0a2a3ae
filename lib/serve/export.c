/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files that were exported: each is a session of one handle, 0, whose badge only the
 * capability has that was given away. That one may be anywhere by now, so nothing is counted but
 * by the session that exported: its end is the end of the export. A badge is not used again, by a
 * server that was started in our place neither: it begins elsewhere (serve_exports_begin()).
 */
#include <errno.h>
#include <fcntl.h>
#include <serve/session.h>
#include <string.h>
#include <unistd.h>

#define BADGE(index, which) (UNIX_BADGE_EXPORT | UNIX_BADGE(index, which))

static uint32_t generation; /* of the last one */

void serve_exports_begin(uint32_t from)
{
    generation = from;
}

static struct serve_export *export_of(uint64_t badge)
{
    unsigned index = UNIX_BADGE_NUMBER(badge);

    if ((badge & UNIX_BADGE_EXPORT) == 0 || index >= SERVE_EXPORTS_MAX ||
        serve_exports[index].session.badge != badge)
        return NULL;
    return &serve_exports[index];
}

struct serve_session *serve_export_find(uint64_t badge)
{
    struct serve_export *x = export_of(badge);

    return x != NULL ? &x->session : NULL;
}

int serve_access_limit(uint32_t flags, uint32_t rights, uint32_t *access)
{
    uint32_t now = flags & O_ACCMODE;
    uint32_t has = now == O_RDONLY   ? R_OK
                   : now == O_WRONLY ? W_OK
                   : now == O_RDWR   ? R_OK | W_OK
                                     : 0;

    if (rights == 0 || (rights & ~(uint32_t)(R_OK | W_OK)) != 0)
        return EINVAL;
    *access = rights == R_OK ? O_RDONLY : rights == W_OK ? O_WRONLY : O_RDWR;
    return (rights & ~has) != 0 ? EACCES : 0;
}

/* A place for one more of somebody's. @return 0; EMFILE: it has as many as it may; ENFILE */
static int place_find(uint64_t owner, struct serve_export **place)
{
    unsigned own = 0;

    *place = NULL;
    for (unsigned i = 0; i < SERVE_EXPORTS_MAX; i++) {
        struct serve_export *x = &serve_exports[i];
        if (x->session.badge == 0)
            *place = *place != NULL ? *place : x;
        else
            own += x->owner == owner;
    }
    return own >= SERVE_EXPORTS_OWN_MAX ? EMFILE : *place == NULL ? ENFILE : 0;
}

int serve_export(struct serve_table *table, struct serve_session *session, uint32_t handle,
                 uint32_t rights, uint64_t *badge)
{
    enum { NOBODY = 65534 };
    struct serve_file *file = serve_handle_find(session, handle), *limited;
    const struct serve_export *from = export_of(session->badge);
    uint64_t owner = from != NULL ? from->owner : session->badge;
    struct serve_export *x;

    if (file == NULL)
        return EBADF;
    if (table->limit == NULL)
        return ENOSYS;
    int e = place_find(owner, &x);
    if (e == 0)
        e = table->limit(file, rights, &limited);
    if (e != 0)
        return e;
    limited->users += 2; /* handle 0, and the root */
    x->owner = owner;
    generation = generation % UINT32_MAX + 1;
    x->slot = (struct serve_slot){ .file = limited };
    *badge = BADGE((unsigned)(x - serve_exports), generation);
    x->session = (struct serve_session){ .badge = *badge,
                                         .is_export = true,
                                         .uid = NOBODY,
                                         .gid = NOBODY,
                                         .bytes_max = session->bytes_max,
                                         .root = limited,
                                         .slot = &x->slot,
                                         .slots = 1,
                                         .open = 1 };
    return 0;
}

int serve_adopt(struct serve_session *session, uint64_t badge, uint32_t *handle)
{
    const struct serve_export *x = export_of(badge);

    if ((badge & UNIX_BADGE_EXPORT) == 0)
        return EINVAL;
    return x == NULL ? EBADF : serve_handle_new(session, x->slot.file, handle);
}

static void export_end(struct serve_table *table, struct serve_export *x)
{
    struct serve_file *file = x->slot.file;

    if (table->ending != NULL)
        table->ending(&x->session);
    x->session = (struct serve_session){ 0 };
    x->slot.file = NULL;
    file->users -= 2;
    if (file->users == 0)
        table->closed(file);
}

int serve_export_close(struct serve_table *table, const struct serve_session *session,
                       uint32_t handle)
{
    struct serve_export *x = export_of(session->badge);

    if (x == NULL || handle != 0)
        return EBADF;
    export_end(table, x);
    return 0;
}

void serve_exports_end(struct serve_table *table, uint64_t owner)
{
    for (unsigned i = 0; i < SERVE_EXPORTS_MAX; i++)
        if (serve_exports[i].session.badge != 0 && serve_exports[i].owner == owner)
            export_end(table, &serve_exports[i]);
}
