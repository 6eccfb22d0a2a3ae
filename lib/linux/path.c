/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking: name space, current directory, symbolic links.
 *
 * The current directory is a handle, and a text: the text says which mounts a relative path meets,
 * and what getcwd() answers.
 */
#include "path.h"

#include "signal.h"

enum { LINKS_MAX = 40, SLASH = '/' };

static size_t text_length(const char *text)
{
    size_t n = 0;

    while (text[n] != '\0')
        n++;
    return n;
}

static void bytes_move(char *to, const char *from, size_t bytes)
{
    if (to < from)
        for (size_t i = 0; i < bytes; i++)
            to[i] = from[i];
    else
        while (bytes-- > 0)
            to[bytes] = from[bytes];
}

/* ---- room for the text ---- */

static char *text_far(void)
{
    struct linux_own *own = linux_own();

    own->far_path = !own->far_path;
    return (char *)ipc_buffer() + PROCESS_THREAD_PATHS + own->far_path * PATH_ROOM;
}

void path_widen(struct path *path, size_t bytes)
{
    if (bytes < PATH_NEAR || path->text != path->near)
        return;
    path->text = text_far();
    bytes_move(path->text, path->near, path->end);
}

/* ---- the name space ---- */

/* An entry of the page, as it is there but for its alignment. */
struct name_entry {
    uint16_t bytes, server;
    uint32_t root, covers, mount;
};
_Static_assert(sizeof(struct name_entry) == UNIX_NAME_HEAD, "ipc/unix.h");

/* What an entry is looked for by. */
struct name_wish {
    enum { BY_COVER, BY_ROOT } what;
    uint32_t id, server; /* what it covers; or its root, and whose that is */
};

static bool entry_fits(const struct name_entry *e, const struct name_wish *wish)
{
    if (wish->what == BY_COVER)
        return e->covers == wish->id;
    return e->server == wish->server && e->root == wish->id;
}

/* The first entry that fits; its prefix in to[UNIX_PREFIX_MAX + 1]. */
static bool names_look(const struct name_wish *wish, struct name_entry *found, char *to)
{
    const struct process_names *names = (const struct process_names *)PROCESS_NAMES_ADDR;
    uint64_t changes;
    bool there;

    do {
        /* acquire, both; pairs with proc, which makes it odd before it writes and even after */
        changes = __atomic_load_n(&names->changes, __ATOMIC_ACQUIRE);
        there = false;
        const uint8_t *at = names->entry, *end = names->entry + UNIX_NAMES_BYTES;
        for (uint64_t i = 0; i < names->count && at + sizeof *found <= end && !there; i++) {
            struct name_entry e;
            __builtin_memcpy(&e, at, sizeof e);
            at += sizeof e;
            if (e.bytes > UNIX_PREFIX_MAX || at + e.bytes > end)
                break;
            there = entry_fits(&e, wish);
            if (there) {
                *found = e;
                bytes_move(to, (const char *)at, e.bytes);
            }
            at += e.bytes;
        }
    } while (changes % 2 != 0 || changes != __atomic_load_n(&names->changes, __ATOMIC_ACQUIRE));
    return there;
}

static inline bool is_same(const uint8_t *prefix, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (prefix[i] != (uint8_t)text[i])
            return false;
    return true;
}

/* Which server an absolute text leads to, and how long the prefix is: of the first that fits. */
static CALL_INLINE bool names_find_now(const char *text, size_t bytes, struct name_entry *found)
{
    const struct process_names *names = (const struct process_names *)PROCESS_NAMES_ADDR;
    const uint8_t *end = names->entry + UNIX_NAMES_BYTES - sizeof *found;
    uint64_t changes;
    bool there;

    do {
        changes = __atomic_load_n(&names->changes, __ATOMIC_ACQUIRE); /* as in names_look() */
        const uint8_t *at = names->entry;
        there = false;
        for (uint64_t i = names->count; i > 0 && at <= end && !there; i--) {
            uint16_t n;
            __builtin_memcpy(&n, at, sizeof n);
            there = (n < bytes ? text[n] == SLASH : n == bytes) && n <= UNIX_PREFIX_MAX &&
                    at + n <= end && is_same(at + sizeof *found, text, n);
            if (there)
                __builtin_memcpy(found, at, sizeof *found);
            at += sizeof *found + n;
        }
    } while (changes % 2 != 0 || changes != __atomic_load_n(&names->changes, __ATOMIC_ACQUIRE));
    return there;
}

static bool names_find(const char *text, size_t bytes, struct name_entry *found)
{
    return names_find_now(text, bytes, found);
}

/* The text is absolute: where it begins. */
static CALL_INLINE long path_root_now(struct path *path)
{
    struct name_entry e;

    if (!names_find_now(path_text(path), path_bytes(path), &e))
        return -LINUX_ENOENT;
    path->server = e.server;
    path->directory = FILE_ROOT_BIT | e.root;
    path->mount_bytes = e.bytes;
    bytes_move(path->mount, path_text(path), e.bytes);
    path->begin += e.bytes;
    return 0;
}

static long path_root(struct path *path)
{
    return path_root_now(path);
}

bool path_is_mount(const struct path *path)
{
    if ((path->directory & FILE_ROOT_BIT) == 0 || path->mount_bytes == PATH_NO_MOUNT ||
        path->mount_bytes == 0)
        return false;
    for (uint32_t i = path->begin; i < path->end; i++)
        if (path->text[i] != SLASH)
            return false;
    return true;
}

/*
 * Is there any place where a slash is followed by another or by a dot? Those are the two characters
 * that with their lowest bit set are a slash. Behind the text there may be anything.
 */
static inline bool may_be_unclean(const struct path *path)
{
    const uint64_t low = 0x0101010101010101, high = low << 7, slash = SLASH * low;

    for (const char *at = path_text(path), *end = path->text + path->end; at < end; at += 8) {
        uint64_t first, second;
        __builtin_memcpy(&first, at, sizeof first);
        __builtin_memcpy(&second, at + 1, sizeof second);
        uint64_t is_not = (first ^ slash) | ((second | low) ^ slash);
        if (((is_not - low) & ~is_not & high) != 0)
            return true;
    }
    return false;
}

static __attribute__((noinline)) void text_clean_up(struct path *path)
{
    char *text = path->text;
    uint32_t to = 0, from = path->begin;

    while (from < path->end) {
        bool begins = to == 0 || text[to - 1] == SLASH;
        bool dot = begins && text[from] == '.' && from + 1 < path->end && text[from + 1] == SLASH;
        if (dot)
            from += 2;
        else if (text[from] == SLASH && to > 0 && text[to - 1] == SLASH)
            from++;
        else
            text[to++] = text[from++];
    }
    path->begin = 0;
    path->end = to;
}

/* Slashes and dots that mean nothing are left out, so that prefixes are found. */
static inline void text_clean(struct path *path)
{
    if (__builtin_expect(may_be_unclean(path), 0))
        text_clean_up(path);
}

/* Put text in front of what is left; -ENAMETOOLONG. */
static long text_prepend(struct path *path, const char *text, size_t bytes)
{
    uint32_t rest = path_bytes(path);

    if (bytes + rest >= PATH_ROOM)
        return -LINUX_ENAMETOOLONG;
    path_widen(path, bytes + rest);
    bytes_move(path->text + bytes, path_text(path), rest);
    bytes_move(path->text, text, bytes);
    path->begin = 0;
    path->end = (uint32_t)(bytes + rest);
    return 0;
}

/* ---- where a path begins ---- */

/* Absolute text of the current directory in to[PATH_ROOM]; its length without the zero. */
static size_t path_cwd(char *to)
{
    const struct directory *cwd = &linux_state()->own.cwd;
    size_t bytes = text_length(cwd->text);

    bytes_move(to, bytes > 0 ? cwd->text : "/", bytes > 0 ? bytes + 1 : 2);
    return bytes > 0 ? bytes : 1;
}

/* Whether a prefix is a directory's text, a slash, and some of a clean path's names or all. */
static bool prefix_leads_on(const uint8_t *prefix, size_t n, const char *dir, size_t bytes,
                            const struct path *path)
{
    if (n <= bytes || prefix[bytes] != SLASH || !is_same(prefix, dir, bytes))
        return false;
    size_t rest = n - bytes - 1;
    if (rest > path_bytes(path) || !is_same(prefix + bytes + 1, path_text(path), rest))
        return false;
    return rest == path_bytes(path) || path_text(path)[rest] == SLASH;
}

/* Whether something may be mounted below a directory, and on the way of a path. */
static bool names_lead_on(const char *dir, size_t bytes, const struct path *path)
{
    const struct process_names *names = (const struct process_names *)PROCESS_NAMES_ADDR;
    const uint8_t *end = names->entry + UNIX_NAMES_BYTES - sizeof(struct name_entry);
    uint64_t changes;
    bool there;

    if (may_be_unclean(path) ||
        (path_bytes(path) > 1 && path_text(path)[0] == '.' && path_text(path)[1] == SLASH))
        return true;
    do {
        changes = __atomic_load_n(&names->changes, __ATOMIC_ACQUIRE); /* as in names_look() */
        const uint8_t *at = names->entry;
        there = false;
        for (uint64_t i = names->count; i > 0 && at <= end && !there; i--) {
            uint16_t n;
            __builtin_memcpy(&n, at, sizeof n);
            at += sizeof(struct name_entry);
            there = n > UNIX_PREFIX_MAX || at + n > end + sizeof(struct name_entry) ||
                    prefix_leads_on(at, n, dir, bytes, path);
            at += n;
        }
    } while (changes % 2 != 0 || changes != __atomic_load_n(&names->changes, __ATOMIC_ACQUIRE));
    return there;
}

/* The path from the root on, if something else is mounted there than at the current directory. */
static __attribute__((noinline)) bool path_leaves(struct path *path, const struct name_entry *here)
{
    char text[PATH_ROOM + PATH_BEHIND];
    struct path absolute = { .text = text };
    struct name_entry there;
    size_t bytes = path_cwd(text);

    if (bytes + 1 + path_bytes(path) >= PATH_ROOM) /* another thread changes it */
        return false;
    text[bytes] = SLASH;
    bytes_move(text + bytes + 1, path_text(path), path_bytes(path));
    absolute.end = (uint32_t)bytes + 1 + path_bytes(path);
    text_clean(&absolute);
    if (!names_find(text, absolute.end, &there) ||
        (there.bytes == here->bytes && there.server == here->server))
        return false;
    path_widen(path, absolute.end);
    bytes_move(path->text, text, absolute.end);
    path->begin = 0;
    path->end = absolute.end;
    return true;
}

/*
 * Relative to the current directory: from its handle on, but through the name space where that says
 * that something else is mounted there. That it seldom does is found out without a second text: the
 * stack of the personality stays small.
 */
static long path_from_cwd(struct path *path)
{
    const struct directory *cwd = &linux_state()->own.cwd;
    struct name_entry here;
    size_t bytes = text_length(cwd->text);

    if ((bytes > 0 ? bytes : 1) + 1 + path_bytes(path) >= PATH_ROOM)
        return -LINUX_ENAMETOOLONG;
    bool known = names_find(bytes > 0 ? cwd->text : "/", bytes > 0 ? bytes : 1, &here);
    if (known && names_lead_on(cwd->text, bytes, path) && path_leaves(path, &here))
        return path_root(path);
    if (known) {
        path->mount_bytes = here.bytes;
        bytes_move(path->mount, cwd->text, here.bytes);
    }
    return path_cwd_handle(&path->server, &path->directory);
}

/* Where a relative path begins. */
static long path_from(struct path *path, int dir)
{
    enum { S_IFMT = 0170000, S_IFDIR = 0040000 };

    if (dir == AT_FDCWD)
        return path_from_cwd(path);
    const struct linux_file *file = file_of(dir);
    if (file == NULL)
        return -LINUX_EBADF;
    if (file->kind != FILE_SERVED || ((file->mode & S_IFMT) != S_IFDIR && path_bytes(path) > 0))
        return -LINUX_ENOTDIR;
    path->server = file->server;
    path->directory = file->handle;
    return 0;
}

static CALL_INLINE long path_begin(struct path *path, int dir)
{
    path->links = 0;
    path->mount_bytes = PATH_NO_MOUNT;
    if (path->text[path->begin] != SLASH)
        return path_from(path, dir);
    text_clean(path);
    return path_root_now(path);
}

long path_take(struct path *path, int dir, uaddr_t from, bool may_be_empty)
{
    long n = user_text(path->near, from, PATH_NEAR);

    path->text = path->near;
    if (__builtin_expect(n == PATH_NEAR, 0)) {
        path->text = text_far();
        n = user_text(path->text, from, PATH_ROOM);
    }
    if (n < 0)
        return -LINUX_EFAULT;
    if (n == PATH_ROOM)
        return -LINUX_ENAMETOOLONG;
    if (n == 0 && !may_be_empty)
        return -LINUX_ENOENT;
    path->begin = 0;
    path->end = (uint32_t)n;
    path->text[n] = '\0';
    return path_begin(path, dir);
}

long path_set(struct path *path, int dir, const char *text, size_t bytes)
{
    if (bytes == 0)
        return -LINUX_ENOENT;
    if (bytes >= PATH_ROOM)
        return -LINUX_ENAMETOOLONG;
    path->text = path->near;
    path->begin = path->end = 0;
    path_widen(path, bytes);
    bytes_move(path->text, text, bytes);
    path->end = (uint32_t)bytes;
    return path_begin(path, dir);
}

/* ---- going on ---- */

/* Put text in the place of a part of a path that begins at 0; -ENAMETOOLONG. */
static long text_replace(struct path *path, uint32_t from, uint32_t to, const char *text,
                         size_t bytes)
{
    uint32_t rest = path->end - to;

    if (from + bytes + rest >= PATH_ROOM)
        return -LINUX_ENAMETOOLONG;
    path_widen(path, from + bytes + rest);
    bytes_move(path->text + from + bytes, path->text + to, rest);
    bytes_move(path->text + from, text, bytes);
    path->end = (uint32_t)(from + bytes + rest);
    return 0;
}

/* A link: its text, relative to the directory it is in, then the rest of the path. */
static long link_follow(struct path *path, const struct path_left *left)
{
    long error = 0;

    if (++path->links > LINKS_MAX)
        return -LINUX_ELOOP;
    if (left->link_bytes == 0 || left->done > path_bytes(path) || left->at > left->done)
        return -LINUX_ENOENT;
    bool is_absolute = left->link[0] == SLASH;
    uint32_t from = is_absolute ? 0 : left->at, to = left->done;
    path->end = path_bytes(path);
    bytes_move(path->text, path_text(path), path->end);
    path->begin = 0;
    if (to < path->end && path->text[to] != SLASH)
        error = text_replace(path, to, to, "/", 1);
    if (error == 0)
        error = text_replace(path, from, to, left->link, left->link_bytes);
    if (error == 0 && from > 0 && path->text[from - 1] != SLASH)
        error = text_replace(path, from, from, "/", 1);
    if (error != 0 || !is_absolute)
        return error;
    text_clean(path);
    return path_root(path);
}

/* An id that a server told; 0: none. */
static uint32_t left_id(const struct path_left *left)
{
    uint32_t id = 0;

    if (left->link_bytes == sizeof id)
        __builtin_memcpy(&id, left->link, sizeof id);
    return id;
}

/* The prefix of a root, if that is not known yet. Of one that is mounted twice it is the longer. */
static void mount_find(struct path *path, uint32_t root)
{
    const struct name_wish wish = { .what = BY_ROOT, .id = root, .server = path->server };
    struct name_entry e;

    if (path->mount_bytes == PATH_NO_MOUNT)
        path->mount_bytes = names_look(&wish, &e, path->mount) ? e.bytes : 0;
}

size_t path_prefix(uint32_t server, char *to)
{
    const struct name_wish wish = { .what = BY_ROOT, .id = 0, .server = server };
    struct name_entry e;

    return names_look(&wish, &e, to) ? e.bytes : 0;
}

/* Above the root of what is mounted: in the directory that it is mounted in. */
static long root_leave(struct path *path, const struct path_left *left)
{
    if (++path->links > LINKS_MAX || left->done > path_bytes(path))
        return -LINUX_ELOOP;
    path->begin += left->done;
    mount_find(path, left_id(left));
    uint32_t bytes = path->mount_bytes;
    while (bytes > 0 && path->mount[bytes - 1] != SLASH)
        bytes--;
    long error = text_prepend(path, "/", 1);
    if (error == 0 && bytes > 0)
        error = text_prepend(path, path->mount, bytes - 1);
    if (error != 0)
        return error;
    text_clean(path);
    return path_root(path);
}

/* Something is mounted here, for us or only for others, to whom this directory is another one. */
static long mount_enter(struct path *path, const struct path_left *left)
{
    const struct name_wish wish = { .what = BY_COVER, .id = left_id(left) };
    struct name_entry e;

    if (++path->links > LINKS_MAX || left->done > path_bytes(path) || wish.id == 0)
        return -LINUX_ELOOP;
    path->begin += left->done;
    if (!names_look(&wish, &e, path->mount)) {
        path->directory = FILE_ROOT_BIT | FILE_PASS_BIT | wish.id;
        return 0;
    }
    path->mount_bytes = e.bytes;
    (void)names_find(path->mount, e.bytes, &e); /* what was mounted on that, in its turn */
    path->server = e.server;
    path->directory = FILE_ROOT_BIT | e.root;
    return 0;
}

/* An open file of our own (/proc/self/fd). */
static long file_follow(struct path *path, const struct path_left *left)
{
    uint32_t file[2]; /* server, handle */

    if (++path->links > LINKS_MAX)
        return -LINUX_ELOOP;
    if (left->link_bytes != sizeof file || left->done > path_bytes(path))
        return -LINUX_ENOENT;
    bytes_move((char *)file, left->link, sizeof file);
    if (file[0] >= UNIX_SERVERS_END)
        return -LINUX_ENOENT;
    path->server = file[0];
    path->directory = file[1];
    path->mount_bytes = PATH_NO_MOUNT;
    path->begin += left->done;
    return 0;
}

long path_go_on(struct path *path, const struct path_left *left)
{
    switch (left->left) {
    case FILE_LEFT_LINK: return link_follow(path, left);
    case FILE_LEFT_FILE: return file_follow(path, left);
    case FILE_LEFT_MOUNT: return mount_enter(path, left);
    default: return root_leave(path, left);
    }
}

long path_do(struct path *path, path_ask *ask, void *argument, struct path_left *left)
{
    return path_do_now(path, ask, argument, left);
}

/* ---- the name of what was found ---- */

/* Take out . and .. of an absolute text of names that are no links. */
static size_t text_normalize(char *text, size_t bytes)
{
    size_t to = 0, from = 0;

    while (from < bytes) {
        size_t n = 0;
        while (from < bytes && text[from] == SLASH)
            from++;
        while (from + n < bytes && text[from + n] != SLASH)
            n++;
        if (n == 2 && text[from] == '.' && text[from + 1] == '.') {
            while (to > 0 && text[--to] != SLASH)
                continue;
        } else if (n > 0 && (n != 1 || text[from] != '.')) {
            text[to++] = SLASH;
            bytes_move(text + to, text + from, n);
            to += n;
        }
        from += n;
    }
    text[to] = '\0';
    return to;
}

static size_t path_unknown(char *to)
{
    bytes_move(to, "?", 2);
    return 1;
}

size_t path_absolute(const struct path *path, char *to)
{
    const struct directory *cwd = &linux_state()->own.cwd;
    size_t bytes;

    if ((path->directory & FILE_ROOT_BIT) != 0) {
        if ((path->directory & FILE_PASS_BIT) != 0)
            return path_unknown(to);
        bytes = path->mount_bytes;
        bytes_move(to, path->mount, bytes);
    } else if (cwd->open && cwd->server == path->server && cwd->handle == path->directory &&
               cwd->text[0] != '?') {
        bytes = path_cwd(to);
    } else {
        return path_unknown(to);
    }
    if (bytes + 1 + path_bytes(path) >= PATH_ROOM)
        return PATH_ROOM;
    to[bytes] = SLASH;
    bytes_move(to + bytes + 1, path_text(path), path_bytes(path));
    return text_normalize(to, bytes + 1 + path_bytes(path));
}
