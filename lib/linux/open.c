/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening by name in a process, and its current directory.
 */
#include "look.h"
#include "path.h"
#include "served.h"
#include "signal.h"

enum {
    S_IFMT = 0170000,
    S_IFIFO = 0010000,
    S_IFCHR = 0020000,
    S_IFDIR = 0040000,
    S_IFREG = 0100000,
    S_IFSOCK = 0140000,
};

struct opening {
    uint32_t flags, mode;
    struct file_opened opened;
};

static int ask_open(struct file server, const struct path *path, struct path_left *left,
                    void *argument)
{
    struct opening *o = argument;
    int error =
        file_open(server, path->directory, o->flags, o->mode, path_text(path), path_bytes(path),
                  &o->opened, left->link, sizeof left->link, &left->link_bytes);

    left->done = o->opened.done;
    left->at = o->opened.at;
    left->left = o->opened.left;
    return error;
}

/* ---- what has another server, or none ---- */

/* Who leads a session without a terminal has this one from now on; nobody else. */
static void terminal_take(const struct linux_file *file)
{
    int error;

    CALL_SURELY(error, proc_control(linux_proc(), file->handle, 0));
}

static long device_open(uint32_t server, const struct file_opened *found, uint32_t flags,
                        struct linux_file *file)
{
    enum { SLAVES = 136, MEMORY = 1, NULL_ = 3, ZERO = 5, FULL = 7, RANDOM, URANDOM, ENXIO_ = 6 };
    unsigned major = (unsigned)(found->device >> 8), minor = (unsigned)(found->device & 0xff);
    int error;

    if ((flags & O_DIRECT) != 0)
        return -LINUX_EINVAL;
    if (major == MEMORY) {
        file->kind = minor == NULL_                        ? FILE_NULL
                     : minor == ZERO                       ? FILE_ZERO
                     : minor == FULL                       ? FILE_FULL
                     : minor == RANDOM || minor == URANDOM ? FILE_RANDOM
                                                           : 0;
        return file->kind != 0 ? 0 : -ENXIO_;
    }
    file->server = UNIX_TTY;
    CALL_SURELY(error, file_device(path_server(UNIX_TTY), found->device, file->flags, server,
                                   found->node, &file->handle));
    if (error == 0 && major == SLAVES && (flags & O_NOCTTY) == 0)
        terminal_take(file);
    return call_result(error);
}

static long fifo_open(uint32_t server, const struct file_opened *found,
                      const struct path_left *left, struct linux_file *file)
{
    uint64_t other = 0;

    if (left->link_bytes == sizeof other)
        __builtin_memcpy(&other, left->link, sizeof other);
    file->server = UNIX_PIPE;
    for (;;) {
        if (process_is_due())
            return -LINUX_ERESTART;
        int error = file_fifo(path_server(UNIX_PIPE), server, found->node, file->flags,
                              found->device, found->mode, other, &file->handle);
        if (error == UNIX_ECROWDED)
            linux_sleep_crowded();
        else if (error != CALL_INTERRUPTED)
            return call_result(error);
    }
}

static inline struct linux_file file_found(const struct path *path, const struct file_opened *found,
                                           uint32_t flags)
{
    const uint32_t kept = O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_NOATIME | O_DIRECTORY |
                          O_PATH | O_DIRECT | O_NOFOLLOW;

    return (struct linux_file){
        .kind = FILE_SERVED,
        .flags = (flags & kept) | ((flags & O_PATH) != 0 ? 0 : O_LARGEFILE),
        .server = path->server,
        .handle = found->handle,
        .mode = found->mode,
    };
}

long path_open(struct path *path, uint32_t flags, uint32_t mode, struct linux_file *file)
{
    struct opening o = { .flags = flags & ~(uint32_t)O_CLOEXEC, .mode = mode };
    struct path_left left;
    long error = path_do_now(path, ask_open, &o, &left);

    if (error != 0)
        return error;
    uint32_t type = o.opened.mode & S_IFMT;
    *file = file_found(path, &o.opened, flags);
    if (o.opened.handle == 0 && type == S_IFCHR)
        return device_open(path->server, &o.opened, flags, file);
    if (o.opened.handle == 0 && type == S_IFIFO)
        return fifo_open(path->server, &o.opened, &left, file);
    return o.opened.handle == 0 && type == S_IFSOCK ? -LINUX_ENXIO : 0;
}

long path_open_plain(struct path *path, uint32_t flags, struct linux_file *file)
{
    struct opening o = { .flags = flags };
    struct path_left left;
    long error = path_do(path, ask_open, &o, &left);

    if (error != 0)
        return error;
    *file = file_found(path, &o.opened, flags);
    return o.opened.handle != 0 ? 0 : -LINUX_EINVAL;
}

long path_socket(struct path *path, uint64_t *key)
{
    struct opening o = { .flags = O_WRONLY };
    struct path_left left;
    long error = path_do(path, ask_open, &o, &left);

    if (error != 0)
        return error == -LINUX_EISDIR ? -LINUX_ECONNREFUSED : error;
    *key = o.opened.device;
    if (o.opened.handle == 0 && (o.opened.mode & S_IFMT) == S_IFSOCK && path->server == UNIX_MEMFS)
        return 0;
    const struct linux_file other = { .kind = o.opened.handle != 0 ? FILE_SERVED : 0,
                                      .server = path->server,
                                      .handle = o.opened.handle };
    served_close(&other);
    return -LINUX_ECONNREFUSED;
}

/* ---- open() ---- */

long process_open(int dir, uaddr_t name, int flags, unsigned mode)
{
    enum { O_TMPFILE = 020000000, KNOWN = 037777777 | O_PATH | O_CLOEXEC | O_SYNC | O_NOATIME };
    struct path path;
    struct linux_file file = { 0 };

    if ((flags & O_TMPFILE) != 0 &&
        ((flags & O_DIRECTORY) == 0 || (flags & O_ACCMODE) == O_RDONLY || (flags & O_CREAT) != 0))
        return -LINUX_EINVAL;
    if ((flags & O_CREAT) != 0 && (flags & O_DIRECTORY) != 0)
        return -LINUX_EINVAL;
    long error = path_take(&path, dir, name, false);
    if (error == 0)
        error = path_open(&path, (uint32_t)flags & (uint32_t)KNOWN,
                          mode & 07777 & ~linux_umask_now(), &file);
    if (error != 0)
        return error;
    return served_add(&file, (flags & O_CLOEXEC) != 0);
}

/* No huge pages. */
long linux_memfd_create(uaddr_t name, unsigned flags)
{
    enum { MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, CALLED_MAX = 249 };
    char text[CALLED_MAX + 1], left[600];
    struct file_opened opened;
    size_t left_bytes;
    int error;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & ~(unsigned)(MFD_CLOEXEC | MFD_ALLOW_SEALING)) != 0)
        return -LINUX_EINVAL;
    long bytes = user_text(text, name, sizeof text);
    if (bytes < 0 || bytes == sizeof text)
        return bytes < 0 ? -LINUX_EFAULT : -LINUX_EINVAL;
    CALL_SURELY(error,
                file_open(path_server(UNIX_MEMFS), FILE_ROOT_BIT,
                          O_RDWR | FILE_OPEN_MEMORY |
                              ((flags & MFD_ALLOW_SEALING) != 0 ? FILE_OPEN_SEALING : 0),
                          0777, text, (size_t)bytes, &opened, left, sizeof left, &left_bytes));
    if (error != 0)
        return call_result(error);
    const struct linux_file file = {
        .kind = FILE_SERVED,
        .flags = O_RDWR | O_LARGEFILE,
        .server = UNIX_MEMFS,
        .handle = opened.handle,
        .mode = opened.mode,
    };
    return served_add(&file, (flags & MFD_CLOEXEC) != 0);
}

long process_pipe(uaddr_t fds, int flags)
{
    struct linux_file end[2] = {
        { .kind = FILE_SERVED, .server = UNIX_PIPE, .flags = O_RDONLY, .mode = S_IFIFO | 0600 },
        { .kind = FILE_SERVED, .server = UNIX_PIPE, .flags = O_WRONLY, .mode = S_IFIFO | 0600 },
    };
    bool on_exec = (flags & O_CLOEXEC) != 0;
    int error;

    if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0 || (flags & O_DIRECT) != 0)
        return -LINUX_EINVAL;
    if (!user_range(fds, 8))
        return -LINUX_EFAULT;
    CALL_SURELY(error, file_pipe(path_server(UNIX_PIPE), (uint32_t)(flags & O_NONBLOCK),
                                 &end[0].handle, &end[1].handle));
    if (error != 0)
        return call_result(error);
    end[0].flags |= (uint32_t)(flags & O_NONBLOCK);
    end[1].flags |= (uint32_t)(flags & O_NONBLOCK);
    return served_add_two(&end[0], &end[1], on_exec, fds);
}

long linux_pipe2(uaddr_t fds, int flags)
{
    return linux_is_process() ? process_pipe(fds, flags) : -LINUX_ENOSYS;
}

long linux_eventfd2(unsigned count, int flags)
{
    enum { EFD_SEMAPHORE = 1 };
    struct linux_file file = { .kind = FILE_SERVED, .server = UNIX_PIPE, .mode = 0600 };
    int error;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE)) != 0)
        return -LINUX_EINVAL;
    CALL_SURELY(error, file_event(path_server(UNIX_PIPE), count,
                                  (uint32_t)(flags & (O_NONBLOCK | EFD_SEMAPHORE)), &file.handle));
    if (error != 0)
        return call_result(error);
    file.flags = O_RDWR | (uint32_t)(flags & O_NONBLOCK);
    return served_add(&file, (flags & O_CLOEXEC) != 0);
}

long linux_eventfd(unsigned count)
{
    return linux_eventfd2(count, 0);
}

long linux_pipe(uaddr_t fds)
{
    return linux_pipe2(fds, 0);
}

/* ---- the current directory ---- */

static __attribute__((noinline)) long cwd_open(struct directory *cwd)
{
    struct path path;
    struct linux_file file;
    long error = path_set(&path, AT_FDCWD, "/", 1);

    if (error == 0)
        error = path_open(&path, O_PATH | O_DIRECTORY, 0, &file);
    if (error != 0)
        return error;
    cwd->server = file.server;
    cwd->handle = file.handle;
    cwd->text[0] = '\0';
    cwd->open = true;
    return 0;
}

long path_cwd_handle(uint32_t *server, uint32_t *handle)
{
    struct directory *cwd = &linux_state()->own.cwd;
    long error = cwd->open ? 0 : cwd_open(cwd);

    *server = cwd->server;
    *handle = cwd->handle;
    return error;
}

/* Make a directory that is open now the current one; `text`: its name, or NULL: not known. */
static void cwd_set(const struct linux_file *file, const char *text)
{
    struct directory *cwd = &linux_state()->own.cwd;
    struct linux_file before = { .kind = FILE_SERVED,
                                 .server = cwd->server,
                                 .handle = cwd->handle };
    bool was_open = cwd->open;
    size_t n = 0;

    cwd->server = file->server;
    cwd->handle = file->handle;
    cwd->open = true;
    while (text != NULL && text[n] != '\0' && n < sizeof cwd->text - 1) {
        cwd->text[n] = text[n];
        n++;
    }
    cwd->text[n] = '\0';
    if (was_open)
        served_close(&before);
}

/* Open a directory to begin names in, which needs the right to search it: that is what . asks. */
static long directory_open(struct path *path, struct linux_file *file)
{
    if (path_bytes(path) + 2 >= PATH_ROOM - path->begin)
        return -LINUX_ENAMETOOLONG;
    path_widen(path, path->end + 2);
    path->text[path->end++] = '/';
    path->text[path->end++] = '.';
    return path_open(path, O_PATH | O_DIRECTORY, 0, file);
}

long linux_chdir(uaddr_t name)
{
    struct path path;
    struct linux_file file;
    char text[PATH_ROOM];

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    long error = path_take(&path, AT_FDCWD, name, false);
    if (error == 0)
        error = directory_open(&path, &file);
    if (error != 0)
        return error;
    size_t bytes = path_absolute(&path, text);
    if (bytes >= sizeof linux_state()->own.cwd.text) {
        served_close(&file);
        return -LINUX_ENAMETOOLONG;
    }
    cwd_set(&file, text);
    return 0;
}

long linux_fchdir(int fd)
{
    const struct linux_file *file = file_of(fd);
    struct path path;
    struct linux_file again;

    if (file == NULL)
        return -LINUX_EBADF;
    if (!linux_is_process() || file->kind != FILE_SERVED || (file->mode & S_IFMT) != S_IFDIR)
        return -LINUX_ENOTDIR;
    /* A handle of its own. */
    long error = path_set(&path, fd, ".", 1);
    if (error == 0)
        error = path_open(&path, O_PATH | O_DIRECTORY, 0, &again);
    if (error != 0)
        return error;
    cwd_set(&again, "?"); /* its name is not known: getcwd() asks for it */
    return 0;
}

/* The current directory stays, and has another name. */
long linux_chroot(uaddr_t name)
{
    struct path path;
    struct linux_file file;
    int e;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    long error = path_take(&path, AT_FDCWD, name, false);
    if (error == 0)
        error = directory_open(&path, &file);
    if (error != 0)
        return error;
    CALL_SURELY(e, proc_root(linux_proc(), file.server, file.handle));
    struct directory *cwd = &linux_state()->own.cwd;
    if (e == 0 && cwd->open) {
        cwd->text[0] = '?';
        cwd->text[1] = '\0';
    }
    served_close(&file);
    return call_result(e);
}

static long cwd_put(uaddr_t to, size_t bytes, const char *text, size_t n)
{
    if (n > bytes)
        return -LINUX_ERANGE;
    return user_put(to, text, n) ? (long)n : -LINUX_EFAULT;
}

long linux_getcwd(uaddr_t to, size_t bytes)
{
    const char *text = linux_state()->own.cwd.text;
    size_t n = 0;

    if (!linux_is_process())
        return -LINUX_ENOSYS;
    if (text[0] == '?')
        return look_cwd(to, bytes);
    while (text[n] != '\0')
        n++;
    return n > 0 ? cwd_put(to, bytes, text, n + 1) : cwd_put(to, bytes, "/", 2);
}

/* ---- the first program ---- */

/* A terminal to begin with, and a session for it; without one its descriptors are closed. */
static void files_first(void)
{
    static const char console[] = "/dev/console";
    struct path path;
    struct linux_file file;
    int32_t session;
    int error;

    CALL_SURELY(error, proc_set_session(linux_proc(), &session));
    if (path_set(&path, AT_FDCWD, console, sizeof console - 1) != 0 ||
        path_open(&path, O_RDWR, 0, &file) != 0)
        return;
    long fd = served_add(&file, false);
    if (fd >= 0 && file.kind == FILE_SERVED && file.server == UNIX_TTY)
        CALL_SURELY(error, proc_control(linux_proc(), file.handle, 0));
    (void)linux_dup((int)fd);
    (void)linux_dup((int)fd);
}

/* Handlers of the program before are gone; what it ignored stays ignored. */
static void signals_exec(void)
{
    struct signals *signals = &linux_state()->signals;
    struct linux_own *own = linux_own();

    for (unsigned i = 0; i < signal_actions_end(); i++)
        if (signal_action(i)->handler != SIG_IGN)
            *signal_action(i) = (struct linux_sigaction){ 0 };
        else
            signal_action(i)->flags = signal_action(i)->mask = 0;
    signal_children(signals);
    /* What was for other threads is for nobody. */
    for (unsigned i = 0; i < signals->high; i++) {
        struct queued_signal *q = signal_entry(i);
        if (q->thread == process_mail()->old_thread + 1)
            q->thread = 1;
        else if (q->thread != 0)
            q->signal = 0;
    }
    signal_queue_trim(signals);
    own->stack = own->stack_bytes = own->stack_flags = 0;
    own->named = false;
    own->mask_swapped = false;
    own->sleeping = 0;
}

void linux_state_exec(void)
{
    struct linux_state *state = linux_state();
    bool first = !__atomic_load_n(&state->own.files.ready, __ATOMIC_RELAXED);

    linux_locks_reset();
    threads_reset(0);
    linux_own()->tid = process_mail()->pid;
    linux_own()->bells_armed = false;
    linux_thread()->clear_tid = 0;
    linux_thread()->robust = 0;
    state->shares_memory = false;
    linux_thread()->fs_base = 0;
    linux_thread()->pending = 1;
    signals_exec();
    files_exec();
    if (first)
        files_first();
}
