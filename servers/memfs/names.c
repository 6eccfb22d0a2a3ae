/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations that are about a name: resolve it, then do it (change.h). Where a path leads on
 * elsewhere the answer says so, and nothing was done.
 */
#include "bytes.h"
#include "memfs.h"

#include <base/secret.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum { REMOVE_DIRECTORY = 0x200, FOLLOW_LINK = 0x400 };

static char path_text[2][PATH_MAX]; /* this server has one thread */

/* The text of a path: where it is in the message, else copied out of the window. */
static inline int text_take(struct call *c, const struct call_item *item, unsigned which,
                            const char **text)
{
    size_t bytes = item->count;

    *text = item->data;
    if (bytes >= PATH_MAX)
        return ENAMETOOLONG;
    if (item->window != 0) {
        int e = call_read(c, item, 0, path_text[which], bytes);
        if (e != 0)
            return e;
        *text = path_text[which];
    }
    return 0;
}

/* The same of text that is no path: EINVAL: there is a zero in it. */
static int name_take(struct call *c, const struct call_item *item, unsigned which,
                     const char **text)
{
    int e = text_take(c, item, which, text);

    return e == 0 && memchr(*text, '\0', item->count) != NULL ? EINVAL : e;
}

/* Where a path begins, and the root that it does not leave, of which the pin is *pin. */
struct beginning {
    struct node *node, *root;
    uint32_t pin;
};

/* May they search all directories above one? */
static bool may_reach(const struct serve_session *s, const struct node *node,
                      const struct node *root)
{
    const struct who who = memfs_who_of(s);

    while (node != root) {
        node = node->dir.parent;
        if (may(&who, node, MAY_EXECUTE) != 0)
            return false;
    }
    return true;
}

/*
 * In a pinned directory. One that is mounted on is no root, but the way on into it. Numbers can be
 * guessed: who is not in a name space that has it gets no further than by its name. A session that
 * has a root of its own sees no pins outside it.
 */
static int pinned_find(const struct serve_session *s, uint32_t id, struct beginning *b)
{
    bool passes = (id & FILE_PASS_BIT) != 0;
    uint32_t pin = id & ~(uint32_t)FILE_PASS_BIT;
    struct node *node = pin_node(pin, !passes);

    if (node == NULL || !node_is_within(node, b->root))
        return ENOENT;
    if ((passes || !pin_is_seen(pin, s->space)) && !may_reach(s, node, b->root))
        return ENOENT;
    b->node = node;
    if (!passes) {
        b->root = node;
        b->pin = pin;
    }
    return 0;
}

static inline int directory_find(const struct serve_session *s, uint32_t directory,
                                 struct beginning *b)
{
    b->node = b->root = memfs_root_of(s);
    b->pin = 0;
    if (__builtin_expect(directory == FILE_ROOT_BIT, 1))
        return 0;
    if ((directory & FILE_ROOT_BIT) != 0)
        return pinned_find(s, directory & ~(uint32_t)FILE_ROOT_BIT, b);
    const struct opened *o = (struct opened *)serve_handle_find(s, directory);
    if (o == NULL)
        return EBADF;
    b->node = o->node;
    struct node *root = pin_node(o->root, true);
    if (root != NULL) {
        b->root = root;
        b->pin = o->root;
    }
    return 0;
}

/* Resolve the path that is number `which` of the request. */
static inline __attribute__((always_inline)) int walk_now(struct call *c, uint32_t directory,
                                                          const struct call_item *path,
                                                          unsigned which, bool follow,
                                                          struct who *who, struct walk *w)
{
    const struct serve_session *s = memfs_caller(c);
    struct beginning from;
    const char *text;

    if (s == NULL)
        return ESRCH;
    *who = memfs_who_of(s);
    int e = directory_find(s, directory, &from);
    if (e == 0)
        e = text_take(c, path, which, &text);
    if (e == 0)
        e = walk_path(who, from.root, from.node, text, path->count, follow, w);
    w->root = from.pin;
    return e;
}

/* The same out of line: for what is not asked all the time. */
static int walk(struct call *c, uint32_t directory, const struct call_item *path, unsigned which,
                bool follow, struct who *who, struct walk *w)
{
    return walk_now(c, directory, path, which, follow, who, w);
}

/* Where a path leads on that has been left. */
static void left_text(const struct walk *w, struct call_item *text)
{
    static uint32_t pin; /* until the answer is made */

    if (w->left == WALK_LINK) {
        call_data(text, w->left_node->text, (size_t)w->left_node->bytes);
    } else if (w->left != 0) {
        pin = w->left == WALK_MOUNT ? w->left_node->covered : w->root;
        call_data(text, &pin, sizeof pin);
    }
}

static void left_put(const struct walk *w, struct file_left *out, struct call_item *text)
{
    *out = (struct file_left){ .done = w->done, .at = w->at, .left = w->left };
    left_text(w, text);
}

/* The same for the node of a path that is there; `*node` NULL: the path leads on elsewhere. */
static int find(struct call *c, uint32_t directory, const struct call_item *path, bool follow,
                struct who *who, struct node **node, struct file_left *out, struct call_item *text)
{
    struct walk w;
    int e = walk(c, directory, path, 0, follow, who, &w);

    *node = NULL;
    if (e != 0)
        return e;
    left_put(&w, out, text);
    if (w.left != 0)
        return 0;
    *node = w.node;
    return w.node == NULL ? ENOENT : 0;
}

/* ---- open ---- */

static unsigned access_of(uint32_t flags)
{
    static const unsigned how[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE,
                                    MAY_READ | MAY_WRITE };

    if ((flags & FILE_OPEN_EXECUTE) != 0)
        return MAY_EXECUTE;
    return how[flags & 3] | ((flags & O_TRUNC) != 0 ? (unsigned)MAY_WRITE : 0);
}

/* May it be opened so? */
static int open_check(const struct who *who, const struct node *node, uint32_t flags)
{
    if ((flags & OPEN_DIRECTORY) != 0 && !S_ISDIR(node->mode))
        return ENOTDIR;
    if ((flags & OPEN_PATH) != 0)
        return 0;
    if (S_ISLNK(node->mode))
        return ELOOP;
    if (S_ISDIR(node->mode) && ((flags & O_CREAT) != 0 || (access_of(flags) & MAY_WRITE) != 0))
        return EISDIR;
    if ((flags & FILE_OPEN_EXECUTE) != 0 && !S_ISREG(node->mode))
        return EACCES;
    int e = may(who, node, access_of(flags));
    if (e == 0 && (flags & OPEN_NO_ACCESS_TIME) != 0 && !is_owner(who, node))
        e = EPERM;
    if (e == 0 && (((access_of(flags) & MAY_WRITE) != 0 && node->executors > 0) ||
                   ((flags & FILE_OPEN_EXECUTE) != 0 && node->writers > 0)))
        e = ETXTBSY;
    return e;
}

/* Of a name that is there or was just made. */
static int open_node(const struct call *c, struct node *node, uint32_t flags, uint32_t root,
                     struct file_opened *out)
{
    bool is_data = S_ISREG(node->mode) || S_ISDIR(node->mode);

    out->mode = node->mode;
    if ((flags & OPEN_PATH) == 0)
        out->device = node->device;
    out->node = node->number;
    if (!is_data && (flags & OPEN_PATH) == 0)
        return 0; /* the caller asks who has to do with it */
    int e =
        memfs_handle(c, node, flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC), root, &out->handle);
    if (e == 0 && (flags & O_TRUNC) != 0 && (flags & OPEN_PATH) == 0 && S_ISREG(node->mode)) {
        node_resize(node, 0);
        node->modified = node->changed = node_now();
    }
    return e;
}

/*
 * What only those know who may open a FIFO or socket so: with it they show that to the server which
 * has what is behind the name (idl/file.capnp, fifo; idl/socket.capnp).
 */
static void open_keys(const struct node *node, uint32_t flags, struct file_opened *out,
                      struct call_item *text)
{
    bool reads = (flags & O_ACCMODE) != O_WRONLY, writes = (flags & O_ACCMODE) != O_RDONLY;
    uint64_t read = node_secret(node, NODE_READS), write = node_secret(node, NODE_WRITES);

    if ((flags & OPEN_PATH) != 0)
        return;
    if (S_ISSOCK(node->mode) && writes)
        out->device = secret_mark(node_secret(node, NODE_BINDS));
    if (!S_ISFIFO(node->mode))
        return;
    uint64_t other = !reads ? secret_mark(read) : writes ? write : secret_mark(write);
    out->device = reads ? read : write;
    memcpy(text->data, &other, sizeof other);
    text->count = sizeof other;
}

/* O_TMPFILE: one without a name, in a directory. */
static int open_temporary(const struct call *c, const struct who *who, const struct walk *w,
                          uint32_t flags, uint32_t mode, struct file_opened *out)
{
    if (w->node == NULL)
        return ENOENT;
    if (!S_ISDIR(w->node->mode))
        return ENOTDIR;
    if ((flags & 3) == O_RDONLY)
        return EINVAL;
    int e = may(who, w->node, MAY_WRITE | MAY_EXECUTE);
    if (e != 0)
        return e;
    struct node *node = node_new(S_IFREG | (mode & 07777), who->uid, who->gid);
    if (node == NULL)
        return memory_refusal();
    node->may_be_named = (flags & O_EXCL) == 0;
    node_keep(node);
    e = open_node(c, node, flags & ~(uint32_t)(OPEN_TEMPORARY | OPEN_DIRECTORY), w->root, out);
    node_drop(node);
    return e;
}

/* memfd_create(). */
static int open_memory(struct call *c, uint32_t flags, const struct call_item *name,
                       struct file_opened *out)
{
    enum { CALLED_MAX = 249 };
    struct who who;
    const char *text;
    int e = memfs_who(c, &who);

    if (e == 0)
        e = name_take(c, name, 0, &text);
    if (e == 0 && name->count > CALLED_MAX)
        e = EINVAL;
    if (e != 0)
        return e;
    struct node *node = node_new_memory(text, name->count, who.uid, who.gid);
    if (node == NULL)
        return memory_refusal();
    *out = (struct file_opened){ .done = (uint32_t)name->count };
    node->seals = (flags & FILE_OPEN_SEALING) != 0 ? 0 : SEAL_SEAL;
    node_keep(node);
    e = open_node(c, node, flags & ~(uint32_t)(FILE_OPEN_MEMORY | FILE_OPEN_SEALING), 0, out);
    node_drop(node);
    return e;
}

static int open_new(const struct call *c, const struct who *who, const struct walk *w,
                    uint32_t flags, uint32_t mode, struct file_opened *out)
{
    struct node *node;

    if ((flags & O_CREAT) == 0)
        return ENOENT;
    if (w->has_slash)
        return EISDIR;
    int e = change_make(who, w, S_IFREG | (mode & 07777), 0, &node);
    if (e != 0)
        return e;
    e = open_node(c, node, flags, w->root, out);
    if (e != 0) { /* no handle is left: then there is no file either */
        struct walk made = *w;
        made.node = node;
        made.entry = entry_find(w->parent, w->name, w->name_bytes);
        (void)change_remove(who, &made, false);
    }
    return e;
}

static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    bool is_new = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    struct who who;
    struct walk w;

    if ((flags & FILE_OPEN_MEMORY) != 0)
        return open_memory(c, flags, path, out);
    if ((flags & OPEN_PATH) != 0)
        flags &= OPEN_PATH | OPEN_DIRECTORY | OPEN_NO_FOLLOW; /* as open(2) says */
    int e = walk_now(c, directory, path, 0, (flags & OPEN_NO_FOLLOW) == 0 && !is_new, &who, &w);
    if (e != 0)
        return e;
    out->done = w.done;
    out->at = w.at;
    out->left = w.left;
    if (w.left != 0) {
        left_text(&w, text);
        return 0;
    }
    if ((flags & OPEN_TEMPORARY) != 0 && (flags & OPEN_PATH) == 0)
        return open_temporary(c, &who, &w, flags, mode, out);
    if ((flags & O_CREAT) != 0 && (flags & OPEN_DIRECTORY) != 0)
        return EINVAL;
    if (w.node == NULL)
        return open_new(c, &who, &w, flags, mode, out);
    if (is_new)
        return EEXIST;
    e = open_check(&who, w.node, flags);
    if ((flags & FILE_OPEN_EXECUTE) != 0)
        flags = FILE_OPEN_EXECUTE | (may(&who, w.node, MAY_READ) == 0 ? 0 : OPEN_NEITHER);
    if (e == 0)
        e = open_node(c, w.node, flags, w.root, out);
    if (e == 0 && (S_ISFIFO(w.node->mode) || S_ISSOCK(w.node->mode)))
        open_keys(w.node, flags, out, text);
    return e;
}

/* ---- what is known of a name ---- */

static int do_stat(struct call *c, uint32_t directory, uint32_t flags, const struct call_item *path,
                   struct file_found *out, struct call_item *text)
{
    struct file_status status = { 0 };
    struct who who;
    struct walk w;
    int e = walk_now(c, directory, path, 0, (flags & OPEN_NO_FOLLOW) == 0, &who, &w);

    if (e != 0)
        return e;
    out->done = w.done;
    out->at = w.at;
    out->left = w.left;
    if (w.left != 0) {
        left_text(&w, text);
        return 0;
    }
    if (w.node == NULL)
        return ENOENT;
    status_of(w.node, &status);
    serve_found(out, &status);
    out->born_ns = w.node->born;
    return 0;
}

static int do_read_link(struct call *c, uint32_t directory, const struct call_item *path,
                        struct file_link_text *out, struct call_item *text)
{
    struct file_left left;
    struct who who;
    struct node *node;
    int e = find(c, directory, path, false, &who, &node, &left, text);

    if (e != 0)
        return e;
    *out = (struct file_link_text){ .done = left.done, .at = left.at, .left = left.left };
    if (node == NULL)
        return 0;
    if (!S_ISLNK(node->mode))
        return EINVAL;
    call_data(text, node->text, (size_t)node->bytes);
    return 0;
}

static int do_access(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                     const struct call_item *path, struct file_left *out, struct call_item *text)
{
    struct who who;
    struct node *node;
    int e = find(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &who, &node, out, text);

    if (e != 0 || node == NULL)
        return e;
    return (mode & ~7u) != 0 ? EINVAL : may(&who, node, mode);
}

static int do_statfs(struct call *c, uint32_t directory, struct file_statfs *out)
{
    enum { TMPFS_MAGIC = 0x01021994 };
    const struct serve_session *s = memfs_caller(c);
    struct beginning here;
    int e = s != NULL ? directory_find(s, directory, &here) : ESRCH;

    if (e != 0)
        return e;
    uint64_t all, free;
    memory_room(&all, &free);
    *out = (struct file_statfs){
        .type = TMPFS_MAGIC,
        .block_bytes = MEMORY_PAGE,
        .blocks = all,
        .free = free,
        .files = all * (MEMORY_PAGE / sizeof(struct node)),
        .free_files = free * (MEMORY_PAGE / sizeof(struct node)),
        .name_max = NODE_NAME_MAX,
    };
    return 0;
}

/* ---- attributes ---- */

static int do_set_mode(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                       const struct call_item *path, struct file_left *out, struct call_item *text)
{
    struct who who;
    struct node *node;
    int e = find(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &who, &node, out, text);

    if (e != 0 || node == NULL)
        return e;
    return S_ISLNK(node->mode) ? EOPNOTSUPP : change_mode(&who, node, mode);
}

static int do_set_owner(struct call *c, uint32_t directory, uint32_t flags, uint32_t uid,
                        uint32_t gid, const struct call_item *path, struct file_left *out,
                        struct call_item *text)
{
    struct who who;
    struct node *node;
    int e = find(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &who, &node, out, text);

    return e != 0 || node == NULL ? e : change_owner(&who, node, uid, gid);
}

static int do_set_times(struct call *c, uint32_t directory, uint32_t flags, int64_t accessed,
                        int64_t modified, const struct call_item *path, struct file_left *out,
                        struct call_item *text)
{
    struct who who;
    struct node *node;
    int e = find(c, directory, path, (flags & OPEN_NO_FOLLOW) == 0, &who, &node, out, text);

    return e != 0 || node == NULL ? e : change_times(&who, node, accessed, modified);
}

/* ---- names that come and go ---- */

static int do_make_directory(struct call *c, uint32_t directory, uint32_t mode,
                             const struct call_item *path, struct file_left *out,
                             struct call_item *text)
{
    struct who who;
    struct walk w;
    struct node *made;
    int e = walk(c, directory, path, 0, false, &who, &w);

    if (e == ENOTDIR && w.node != NULL && w.entry != NULL && w.last == LAST_NAME && w.has_slash &&
        w.node == w.entry->node && !S_ISDIR(w.node->mode))
        return EEXIST;
    if (e != 0)
        return e;
    if (w.left == WALK_LINK && w.done + w.has_slash >= path->count)
        return EEXIST;
    left_put(&w, out, text);
    return w.left != 0 ? 0 : change_make(&who, &w, S_IFDIR | (mode & 07777), 0, &made);
}

static int do_make_node(struct call *c, uint32_t directory, uint32_t mode, uint64_t device,
                        const struct call_item *path, struct file_left *out, struct call_item *text)
{
    uint32_t type = mode & S_IFMT;
    struct who who;
    struct walk w;
    struct node *made;

    mode = (mode & 07777) | (type == 0 ? (uint32_t)S_IFREG : type);
    if (S_ISDIR(mode))
        return EPERM;
    if (!S_ISREG(mode) && !S_ISFIFO(mode) && !S_ISSOCK(mode) && !S_ISCHR(mode) && !S_ISBLK(mode))
        return EINVAL;
    int e = walk(c, directory, path, 0, false, &who, &w);
    if (e != 0)
        return e;
    left_put(&w, out, text);
    if (w.left != 0)
        return 0;
    if (w.last == LAST_NAME && w.node == NULL && (S_ISCHR(mode) || S_ISBLK(mode)) && who.uid != 0)
        return EPERM;
    e = change_make(&who, &w, mode, S_ISCHR(mode) || S_ISBLK(mode) ? device : 0, &made);
    if (e == 0 && S_ISSOCK(mode)) {
        uint64_t key = node_secret(made, NODE_BINDS);
        memcpy(text->data, &key, sizeof key);
        text->count = sizeof key;
    }
    return e;
}

static int do_make_link(struct call *c, uint32_t directory, const struct call_item *target,
                        const struct call_item *path, struct file_left *out, struct call_item *text)
{
    const char *target_text;
    struct who who;
    struct walk w;
    int e = name_take(c, target, 1, &target_text);

    if (e == 0)
        e = walk(c, directory, path, 0, false, &who, &w);
    if (e != 0)
        return e;
    left_put(&w, out, text);
    return w.left != 0 ? 0 : change_make_link(&who, &w, target_text, target->count);
}

static int do_remove(struct call *c, uint32_t directory, uint32_t flags,
                     const struct call_item *path, struct file_left *out, struct call_item *text)
{
    struct who who;
    struct walk w;

    if ((flags & ~(uint32_t)REMOVE_DIRECTORY) != 0)
        return EINVAL;
    int e = walk(c, directory, path, 0, false, &who, &w);
    if (e != 0)
        return e;
    left_put(&w, out, text);
    return w.left != 0 ? 0 : change_remove(&who, &w, (flags & REMOVE_DIRECTORY) != 0);
}

/* Two paths: of the first that leads on elsewhere, *out says so; both are resolved otherwise. */
static int walk_two(struct call *c, const uint32_t *directory, const struct call_item *const *path,
                    bool follow, struct who *who, struct walk *w, struct file_left *out,
                    struct call_item *text)
{
    for (unsigned i = 0; i < 2; i++) {
        int e = walk(c, directory[i], path[i], i, follow && i == 0, who, &w[i]);
        if (e != 0)
            return e;
        left_put(&w[i], out, text);
        out->which = (uint8_t)i;
        if (w[i].left != 0)
            return 0;
    }
    return 0;
}

static int do_rename(struct call *c, uint32_t from, uint32_t to, uint32_t flags,
                     const struct call_item *from_path, const struct call_item *to_path,
                     struct file_left *out, struct call_item *text)
{
    const uint32_t directory[] = { from, to };
    const struct call_item *const path[] = { from_path, to_path };
    struct who who;
    struct walk w[2];
    int e = walk_two(c, directory, path, false, &who, w, out, text);

    return e != 0 || out->left != 0 ? e : change_rename(&who, &w[0], &w[1], flags);
}

static int do_link(struct call *c, uint32_t from, uint32_t to, uint32_t flags,
                   const struct call_item *from_path, const struct call_item *to_path,
                   struct file_left *out, struct call_item *text)
{
    const uint32_t directory[] = { from, to };
    const struct call_item *const path[] = { from_path, to_path };
    struct who who;
    struct walk w[2];
    int e = walk_two(c, directory, path, (flags & FOLLOW_LINK) != 0, &who, w, out, text);

    if (e != 0 || out->left != 0)
        return e;
    return w[0].node == NULL ? ENOENT : change_link(&who, w[0].node, &w[1]);
}

void names_fill(struct file_ops *ops)
{
    ops->open = do_open;
    ops->stat = do_stat;
    ops->set_mode = do_set_mode;
    ops->set_owner = do_set_owner;
    ops->set_times = do_set_times;
    ops->make_directory = do_make_directory;
    ops->make_node = do_make_node;
    ops->make_link = do_make_link;
    ops->read_link = do_read_link;
    ops->remove = do_remove;
    ops->rename = do_rename;
    ops->link = do_link;
    ops->statfs = do_statfs;
    ops->access = do_access;
}
