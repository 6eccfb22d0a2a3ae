/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What takes two paths: rename and link. Both have to be of the same server. The server says which
 * of them leads on elsewhere; the last name of each is never followed.
 */
#include "look.h"
#include "path.h"

enum { EXDEV_ = 18, AT_SYMLINK_FOLLOW = 0x400, AT_EMPTY_PATH = 0x1000 };

struct pair {
    struct path from, to;
    bool link;
    uint32_t flags;
};

static int pair_ask(const struct pair *p, struct file_left *out, struct path_left *left)
{
    struct file server = path_server(p->from.server);
    size_t room = 600;

    if (p->link)
        return file_link(server, p->from.directory, p->to.directory, p->flags, path_text(&p->from),
                         path_bytes(&p->from), path_text(&p->to), path_bytes(&p->to), out,
                         left->link, room, &left->link_bytes);
    return file_rename(server, p->from.directory, p->to.directory, p->flags, path_text(&p->from),
                       path_bytes(&p->from), path_text(&p->to), path_bytes(&p->to), out, left->link,
                       room, &left->link_bytes);
}

static long pair_do(struct pair *p)
{
    struct path_left left;

    for (;;) {
        struct file_left out = { 0 };
        int e;
        if (path_is_mount(&p->to) || (path_is_mount(&p->from) && !p->link))
            return p->link ? -LINUX_EEXIST : -LINUX_EBUSY;
        if (p->from.server != p->to.server) {
            /* A link on the way may lead to the other one's: /proc/self/fd does. */
            bool follow = p->link && (p->flags & AT_SYMLINK_FOLLOW) != 0;
            long e1 = look_resolve(&p->from, follow),
                 e2 = e1 == 0 ? look_resolve(&p->to, false) : 0;
            if (e1 != 0 || e2 != 0)
                return e1 != 0 ? e1 : e2;
            if (p->from.server != p->to.server)
                return -EXDEV_;
        }
        left.link_bytes = 0;
        CALL_SURELY(e, pair_ask(p, &out, &left));
        if (e != 0)
            return call_result(e);
        if (out.left == FILE_LEFT_NOTHING)
            return 0;
        left.done = out.done;
        left.at = out.at;
        left.left = out.left;
        long error = path_go_on(out.which == 0 ? &p->from : &p->to, &left);
        if (error != 0)
            return error;
    }
}

static long pair_take(struct pair *p, int from_dir, uaddr_t from, int to_dir, uaddr_t to,
                      bool may_be_empty)
{
    long error = path_take(&p->from, from_dir, from, may_be_empty);

    return error != 0 ? error : path_take(&p->to, to_dir, to, false);
}

long linux_renameat2(int from_dir, uaddr_t from, int to_dir, uaddr_t to, unsigned flags)
{
    enum { NOREPLACE = 1, EXCHANGE = 2 };
    struct pair p; /* large: filled in, not zeroed */

    p.link = false;
    p.flags = flags;
    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & ~(unsigned)(NOREPLACE | EXCHANGE)) != 0 || flags == (NOREPLACE | EXCHANGE))
        return -LINUX_EINVAL;
    long error = pair_take(&p, from_dir, from, to_dir, to, false);
    return error != 0 ? error : pair_do(&p);
}

long linux_renameat(int from_dir, uaddr_t from, int to_dir, uaddr_t to)
{
    return linux_renameat2(from_dir, from, to_dir, to, 0);
}

long linux_rename(uaddr_t from, uaddr_t to)
{
    return linux_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long linux_linkat(int from_dir, uaddr_t from, int to_dir, uaddr_t to, int flags)
{
    struct pair p;

    p.link = true;
    p.flags = (uint32_t)flags;
    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0)
        return -LINUX_EINVAL;
    long error = pair_take(&p, from_dir, from, to_dir, to, (flags & AT_EMPTY_PATH) != 0);
    return error != 0 ? error : pair_do(&p);
}

long linux_link(uaddr_t from, uaddr_t to)
{
    return linux_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
