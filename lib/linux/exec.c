/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve: the file is opened and its first bytes are read here, as a script begins with the name of
 * who runs it; arguments and environment are packed into one block, and proc does the rest.
 */
#include "path.h"
#include "served.h"
#include "space.h"

enum {
    HEAD_BYTES = 256,
    SCRIPTS_MAX = 4,
    BLOCK_BYTES = PROCESS_BLOCK_BYTES, /* of strings, as with Linux's usual limit of a stack */
    TEXT_MAX = 1 << 17,                /* one of them */
    ENOEXEC_ = 8,
    E2BIG_ = 7,
};

/* The first line of a script: two texts in `line`, the second may be missing. */
struct script {
    char line[HEAD_BYTES];
    uint32_t name, argument; /* where they begin; argument 0: none */
};

struct exec {
    struct linux_file file;
    unsigned scripts;
    struct script script[SCRIPTS_MAX]; /* the last one is the one that is run */
    uint64_t block, used;
    bool full;
    uint32_t argc, envc;
};

static size_t text_bytes(const char *text)
{
    size_t n = 0;

    while (text[n] != '\0')
        n++;
    return n;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Divide the line of a script; false: it names nobody. */
static bool script_parse(struct script *s, size_t bytes)
{
    size_t i = 2, end = 0;

    while (end < bytes && s->line[end] != '\n' && s->line[end] != '\0')
        end++;
    if (end == HEAD_BYTES)
        end = HEAD_BYTES - 1;
    while (end > 2 && is_blank(s->line[end - 1]))
        end--;
    s->line[end] = '\0';
    while (is_blank(s->line[i]))
        i++;
    s->name = (uint32_t)i;
    s->argument = 0;
    while (s->line[i] != '\0' && !is_blank(s->line[i]))
        i++;
    if (i == s->name)
        return false;
    if (s->line[i] != '\0') {
        s->line[i++] = '\0';
        while (is_blank(s->line[i]))
            i++;
        s->argument = (uint32_t)i;
    }
    return true;
}

/* Open what a path names, as something to run. */
static long program_open(struct path *path, uint32_t flags, struct linux_file *file)
{
    enum { S_IFMT = 0170000, S_IFREG = 0100000, X_ANY = 0111 };
    long error = path_open(path, FILE_OPEN_EXECUTE | flags, 0, file);

    if (error != 0)
        return error;
    if (file->kind == FILE_SERVED && (file->mode & S_IFMT) == S_IFREG && (file->mode & X_ANY) != 0)
        return 0;
    served_close(file);
    return -LINUX_EACCES;
}

/* Another open file of one of memfs: its handle, or an error. */
static long again_open(const struct linux_file *file, uint32_t flags)
{
    struct file_opened opened;
    char none[1];
    size_t bytes;
    int error;

    CALL_SURELY(error, file_open(path_server(UNIX_MEMFS), file->handle, flags, 0, "", 0, &opened,
                                 none, 0, &bytes));
    return error != 0 ? call_result(error) : (long)opened.handle;
}

/* All that is in a file, to another one. */
static long file_copy(const struct linux_file *from, const struct linux_file *to)
{
    enum { PIECE = 1 << 16 };
    uint64_t piece = space_get(PIECE);
    int64_t offset = 0;
    long n = piece != 0 ? 1 : -LINUX_ENOMEM;

    while (n > 0) {
        n = served_get(from, (void *)piece, PIECE, offset);
        if (n > 0)
            n = served_put(to, (const void *)piece, (size_t)n, offset);
        offset += n > 0 ? n : 0;
    }
    if (piece != 0)
        space_put(piece, PIECE);
    return n;
}

/*
 * What is run is mapped, by proc, which calls no server that is a process: of such a file a copy is
 * run, made on our own time, which is in the place of the file afterwards. It is written no more
 * when it is opened to be run.
 */
static long program_copy(struct linux_file *file)
{
    struct linux_file copy = { .kind = FILE_SERVED, .server = UNIX_MEMFS, .mode = file->mode };
    struct linux_file named = copy;
    struct file_opened opened;
    char none[1];
    size_t bytes;
    int e;

    CALL_SURELY(e, file_open(path_server(UNIX_MEMFS), FILE_ROOT_BIT, O_RDWR | FILE_OPEN_MEMORY,
                             0777, "program", 7, &opened, none, 0, &bytes));
    if (e != 0)
        return call_result(e);
    copy.handle = opened.handle;
    long error = file_copy(file, &copy);
    long handle = error == 0 ? again_open(&copy, O_PATH) : error;
    served_close(&copy);
    if (handle < 0)
        return handle;
    named.handle = (uint32_t)handle;
    handle = again_open(&named, FILE_OPEN_EXECUTE);
    served_close(&named);
    if (handle < 0)
        return handle;
    served_close(file);
    copy.handle = (uint32_t)handle;
    *file = copy;
    return 0;
}

/* From the file that was named to the one that is run: through scripts. */
static long program_find(struct exec *x, struct path *path, uint32_t flags)
{
    long error = program_open(path, flags, &x->file);

    while (error == 0) {
        struct script *s = &x->script[x->scripts < SCRIPTS_MAX ? x->scripts : SCRIPTS_MAX - 1];
        char head[HEAD_BYTES];
        long n = served_get(&x->file, head, sizeof head, 0);
        if (n == -LINUX_EBADF)
            return 0; /* it may only be run, and is no script */
        if (n < 0)
            error = n;
        else if (n < 2 || head[0] != '#' || head[1] != '!')
            return 0;
        else if (x->scripts == SCRIPTS_MAX)
            error = -LINUX_ELOOP;
        if (error == 0) {
            for (long i = 0; i < n; i++)
                s->line[i] = head[i];
            error = script_parse(s, (size_t)n) ? 0 : -ENOEXEC_;
        }
        served_close(&x->file);
        if (error != 0)
            return error;
        x->scripts++;
        error = path_set(path, AT_FDCWD, s->line + s->name, text_bytes(s->line + s->name));
        if (error == 0)
            error = program_open(path, 0, &x->file);
    }
    return error;
}

/* ---- the block ---- */

static void block_own(struct exec *x, const char *text)
{
    size_t bytes = text_bytes(text) + 1;

    if (x->full || bytes > BLOCK_BYTES - x->used ||
        linux_user_copy((void *)(x->block + x->used), text, bytes) != 0)
        x->full = true;
    else
        x->used += bytes;
}

/* A text of the program's; 0, -EFAULT, -E2BIG. */
static long block_text(struct exec *x, uaddr_t from)
{
    size_t room = BLOCK_BYTES - x->used < TEXT_MAX ? BLOCK_BYTES - x->used : TEXT_MAX;
    long n = room == 0 ? 0 : user_text((char *)(x->block + x->used), from, room);

    if (n < 0)
        return -LINUX_EFAULT;
    if ((size_t)n >= room)
        return -E2BIG_;
    x->used += (uint64_t)n + 1;
    return 0;
}

/* A list of pointers to texts, from number `skip` on; how many, or an error. */
static long block_list(struct exec *x, uaddr_t list, unsigned skip)
{
    for (long i = skip;; i++) {
        uaddr_t text;
        if (user_null(list))
            return 0;
        if (!user_get(&text, user_at(list, (uint64_t)i * 8), 8))
            return -LINUX_EFAULT;
        if (user_null(text))
            return i - (long)skip;
        long error = block_text(x, text);
        if (error != 0)
            return error;
    }
}

/* Whether the list has a first text. */
static bool list_has_any(uaddr_t list)
{
    uint64_t first;

    return !user_null(list) && user_get(&first, list, 8) && first != 0;
}

/*
 * Arguments: for a script who runs it, its argument, the script's name, then those of the program
 * but the first.
 */
static long block_fill(struct exec *x, uaddr_t name, uaddr_t argv, uaddr_t envp)
{
    uint32_t before = 0;
    bool any = list_has_any(argv);

    for (unsigned i = x->scripts; i-- > 0;) {
        const struct script *s = &x->script[i];
        block_own(x, s->line + s->name);
        if (s->argument != 0)
            block_own(x, s->line + s->argument);
        before += s->argument != 0 ? 2 : 1;
    }
    if (x->full)
        return -E2BIG_;
    if (x->scripts > 0 || !any) {
        long error = x->scripts > 0 ? block_text(x, name) : 0;
        if (error != 0)
            return error;
        if (x->scripts == 0)
            block_own(x, ""); /* Linux gives a program at least an empty name */
        before++;
    }
    long n = any ? block_list(x, argv, x->scripts > 0 ? 1 : 0) : 0;
    if (n < 0)
        return n;
    x->argc = before + (uint32_t)n;
    n = block_list(x, envp, 0);
    x->envc = n < 0 ? 0 : (uint32_t)n;
    return n < 0 ? n : 0;
}

/* All is known: ask proc, which answers only if it fails. */
static long exec_ask(struct exec *x, uaddr_t name)
{
    struct handle_pair list[HANDLES_MAX];
    uint32_t name_at = (uint32_t)x->used;
    long error = block_text(x, name);
    int e;

    if (error != 0)
        return error;
    linux_locks_take();
    size_t count = handles_list(list, true);
    CALL_SURELY(e, proc_exec(linux_proc(), x->file.server, x->file.handle, x->argc, x->envc,
                             name_at, (void *)x->block, x->used, list, count * sizeof list[0],
                             (uint32_t)linux_thread()->index));
    linux_locks_drop();
    return call_result(e);
}

static long exec_opened(struct exec *x, uaddr_t name, uaddr_t argv, uaddr_t envp)
{
    x->block = PROCESS_BLOCK_ADDR;
    long error = block_fill(x, name, argv, envp);
    return error != 0 ? error : exec_ask(x, name);
}

long linux_execveat(int dir, uaddr_t name, uaddr_t argv, uaddr_t envp, int flags)
{
    enum { AT_SYMLINK_NOFOLLOW = 0x100, AT_EMPTY_PATH = 0x1000 };
    struct path path;
    struct exec x = { .scripts = 0 };

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
        return -LINUX_EINVAL;
    long error = path_take(&path, dir, name, (flags & AT_EMPTY_PATH) != 0);
    if (error == 0)
        error = program_find(&x, &path, (flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0);
    if (error != 0)
        return error;
    if (x.file.server >= UNIX_SERVERS_MAX)
        error = program_copy(&x.file);
    if (error == 0)
        error = exec_opened(&x, name, argv, envp);
    served_close(&x.file);
    return error;
}

long linux_execve(uaddr_t name, uaddr_t argv, uaddr_t envp)
{
    return linux_execveat(AT_FDCWD, name, argv, envp, 0);
}
