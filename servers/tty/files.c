/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing a terminal, and waiting for that. A read consumes only what its caller has
 * taken: an answer that finds nobody leaves the input to the next.
 *
 * TTY-1: a thread of a session waits for one thing at most: a later request takes the earlier one's
 * place.
 */
#include "files.h"

#include <base/tsc.h>
#include <errno.h>
#include <fcntl.h>
#include <ipc/tty.h>
#include <ipc/unix.h>
#include <poll.h>
#include <serve/clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>

#include "components.h"
#include "control.h"
#include "device.h"

enum { WAITING_MAX = 31, SMALL = 800, PIECE = 4096 };

/* A request put aside. Entries are in the order they came. */
struct waiting {
    struct call call;
    struct tty_file *file;
    bool write;
    bool drains;           /* a write of nothing: TTY_OFFSET_DRAINED */
    struct call_item item; /* what is to be written */
    size_t bytes, done;
    uint64_t deadline;  /* of a read: when it gets what there is (VTIME); CALL_NEVER */
    size_t there;       /* what there was to read when that was set */
    uint8_t data[1024]; /* of a write whose bytes came in the message */
};

static struct waiting waiting[WAITING_MAX];
static unsigned waiting_count;

static bool may(const struct tty_file *f, bool write)
{
    return (f->flags & O_ACCMODE) == O_RDWR ||
           (f->flags & O_ACCMODE) == (write ? O_WRONLY : O_RDONLY);
}

/* ---- who waits ---- */

/* Those behind it move up, and what they have of their own with them. */
static void waiting_drop(unsigned i)
{
    memmove(&waiting[i], &waiting[i + 1], (--waiting_count - i) * sizeof waiting[0]);
    for (; i < waiting_count; i++)
        waiting[i].item.data = waiting[i].data;
}

/* Who waits for nothing any more is told so, if it is still there. */
static void waiting_forget(unsigned i)
{
    (void)call_later_error(&waiting[i].call, ESRCH);
    waiting_drop(i);
}

/* NULL: as many wait as can. */
static struct waiting *waiting_add(struct call *c, struct tty_file *f, bool write, size_t bytes)
{
    for (unsigned i = waiting_count; i-- > 0;) /* TTY-1 */
        if (waiting[i].call.badge == c->badge && waiting[i].call.cancel >> 32 == c->cancel >> 32)
            waiting_forget(i);
    if (waiting_count == WAITING_MAX)
        return NULL;
    struct waiting *w = &waiting[waiting_count];
    if (call_later(c, &w->call) != CALL_LATER)
        return NULL;
    w->file = f;
    w->write = write;
    w->drains = false;
    w->bytes = bytes;
    w->done = 0;
    w->deadline = CALL_NEVER;
    w->there = 0;
    waiting_count++;
    return w;
}

void files_ending(struct serve_session *session)
{
    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i].call.badge == session->badge)
            waiting_forget(i);
}

void files_hang_up(struct terminal *t, int of_reads)
{
    for (unsigned i = waiting_count; i-- > 0;) {
        if (waiting[i].file->terminal != t || waiting[i].file->is_master)
            continue;
        if (waiting[i].write || of_reads != 0)
            (void)call_later_error(&waiting[i].call, waiting[i].write ? EIO : of_reads);
        else
            (void)file_read_answer(&waiting[i].call, NULL, 0);
        waiting_drop(i);
    }
}

/* One more, or one less, that has a terminal open. */
static void count(struct tty_file *f, bool opens)
{
    struct terminal *t = f->terminal;
    unsigned *n = f->is_master ? &t->masters : &t->slaves;

    *n += opens ? 1u : ~0u;
    if (!f->is_master)
        t->was_left = *n == 0;
}

void files_closed(struct serve_file *file)
{
    struct tty_file *f = (struct tty_file *)file;
    struct terminal *t = f->terminal;

    for (unsigned i = waiting_count; i-- > 0;)
        if (waiting[i].file == f)
            waiting_forget(i);
    count(f, false);
    if (f->is_master && t->masters == 0)
        control_master_gone(t);
    if (terminal_is_pty(t))
        tty_changed(NULL, t);
    free(f);
    terminal_settle(t);
}

int files_limit(struct serve_file *file, uint32_t rights, struct serve_file **limited)
{
    const struct tty_file *from = (const struct tty_file *)file;
    uint32_t access;
    int e = serve_access_limit(from->flags, rights, &access);

    *limited = file;
    if (e != 0 || (from->flags & O_ACCMODE) == access)
        return e;
    struct tty_file *f = malloc(sizeof *f);
    if (f == NULL)
        return ENOMEM;
    *f = *from;
    f->base.users = 0;
    count(f, true);
    f->flags = (from->flags & ~(uint32_t)O_ACCMODE) | access;
    *limited = &f->base;
    return 0;
}

/* ---- reading ---- */

/* When a read that waits is to be answered in any case: VTIME counts from its beginning, or, with
 * VMIN, from the last key on. */
static void deadline_renew(struct waiting *w, uint64_t now)
{
    enum { TENTHS_PER_S = 10 };
    const struct line *line = &w->file->terminal->line;
    enum line_wait state = w->file->is_master ? LINE_MORE : line_read_state(line, w->bytes);
    size_t there = line_readable(line);

    if (state == LINE_MORE)
        w->deadline = CALL_NEVER;
    else if (state == LINE_TIMED ? w->deadline == CALL_NEVER : there != w->there)
        w->deadline = now + line->settings.cc[VTIME] * (process_info()->tsc_hz / TENTHS_PER_S);
    w->there = there;
}

/* Be woken for the first of those who wait. */
static void deadlines_set(void)
{
    uint64_t now = tsc_read(), first = CALL_NEVER;

    for (unsigned i = 0; i < waiting_count; i++) {
        if (!waiting[i].write)
            deadline_renew(&waiting[i], now);
        if (waiting[i].deadline < first)
            first = waiting[i].deadline;
    }
    serve_clock_set(first);
}

/* 0: taken by the caller; else it was not. */
static int read_answer(struct call *later, const uint8_t *bytes, size_t n)
{
    struct call_item item = { .window = 1, .room = later->window_bytes[0] };

    if (n <= SMALL || (later->windows_real & 1) == 0)
        return file_read_answer(later, bytes, n);
    int e = call_write(later, &item, 0, bytes, n);
    if (e == 0)
        return file_read_answer(later, NULL, n);
    (void)call_later_error(later, e); /* asked to touch its memory, it comes again */
    return e;
}

/* A read of a master: what is shown. 0 with *n, 0: nothing yet; EIO: nobody has it open. */
static int master_peek(const struct terminal *t, size_t room, uint8_t *bytes, size_t *n)
{
    struct line *line = (struct line *)&t->line;
    uint32_t tail = line->output_tail;

    *n = line_output(line, bytes, room < PIECE ? room : PIECE);
    line->output_tail = tail; /* until somebody has taken it */
    return *n == 0 && t->was_left ? EIO : 0;
}

static bool master_read_goes_on(struct waiting *w)
{
    struct terminal *t = w->file->terminal;
    uint8_t bytes[PIECE];
    size_t n;
    int e = master_peek(t, w->bytes, bytes, &n);

    if (e == 0 && n == 0)
        return false;
    if (e != 0)
        (void)call_later_error(&w->call, e);
    else if (read_answer(&w->call, bytes, n) == 0)
        t->line.output_tail += (uint32_t)n;
    return true;
}

static bool read_goes_on(struct waiting *w)
{
    struct line *line = &w->file->terminal->line;
    uint8_t bytes[PIECE];

    if (w->file->is_master)
        return master_read_goes_on(w);
    if (line_read_state(line, w->bytes) != LINE_NOW && tsc_read() < w->deadline)
        return false;
    size_t n = line_peek(line, bytes, w->bytes < PIECE ? w->bytes : PIECE);
    if (read_answer(&w->call, bytes, n) == 0)
        line_consume(line, n);
    return true;
}

static int master_read(struct call *c, struct tty_file *f, size_t room, struct call_item *data)
{
    struct terminal *t = f->terminal;
    uint8_t piece[PIECE];
    size_t n;
    int e = master_peek(t, room, piece, &n);

    if (e != 0 || room == 0)
        return e;
    if (n == 0 && (f->flags & O_NONBLOCK) != 0)
        return EAGAIN;
    if (n == 0)
        return waiting_add(c, f, false, room) != NULL ? CALL_LATER : UNIX_ECROWDED;
    e = call_write(c, data, 0, piece, n);
    if (e != 0)
        return e;
    data->count = n;
    t->line.output_tail += (uint32_t)n;
    tty_changed(c, t);
    return 0;
}

static int do_read(struct call *c, uint32_t handle, uint32_t bytes, int64_t offset,
                   struct call_item *data)
{
    uint8_t piece[PIECE];
    struct tty_file *f;

    if (components_ask(c)) /* what is typed is not for them */
        return handle != 0 ? EBADF : 0;
    int e = tty_file_of(c, handle, &f);
    if (e != 0)
        return e;
    if (!may(f, false))
        return EBADF;
    if (offset >= 0)
        return ESPIPE;
    if (control_is_hung_up(f))
        return 0;
    if (control_is_background(c, f, false))
        return UNIX_EBACKGROUND;
    struct line *line = &f->terminal->line;
    size_t room = bytes < data->room ? bytes : data->room;
    room = room < PIECE ? room : PIECE;
    if (f->is_master)
        return master_read(c, f, room, data);
    if (room == 0)
        return 0;
    if (line_read_state(line, room) != LINE_NOW) {
        if ((f->flags & O_NONBLOCK) != 0)
            return EAGAIN;
        if (waiting_add(c, f, false, room) == NULL)
            return UNIX_ECROWDED;
        deadlines_set();
        return CALL_LATER;
    }
    size_t n = line_peek(line, piece, room);
    e = call_write(c, data, 0, piece, n);
    if (e != 0)
        return e;
    data->count = n;
    line_consume(line, n);
    tty_changed(c, f->terminal);
    return 0;
}

/* ---- writing ---- */

bool files_wait(const struct terminal *t)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i].write && waiting[i].file->terminal == t)
            return true;
    return false;
}

/* Bytes are shown, or typed where the master is written to; how many it were. */
static size_t write_bytes(struct tty_file *f, const uint8_t *bytes, size_t n)
{
    struct terminal *t = f->terminal;
    size_t done = 0;

    if (!f->is_master)
        return line_write(&t->line, bytes, n);
    while (done < n && line_can_take(&t->line))
        control_event(t, line_key(&t->line, bytes[done++]));
    return done;
}

static bool has_room(const struct tty_file *f)
{
    return f->is_master ? line_can_take(&f->terminal->line) : line_has_room(&f->terminal->line);
}

/* As much as there is room for. 0; or what call_read() says, with *done told so far. */
static int write_some(struct call *c, struct tty_file *f, const struct call_item *data,
                      size_t *done)
{
    uint8_t piece[512];

    while (*done < data->count && has_room(f)) {
        size_t n = data->count - *done < sizeof piece ? data->count - *done : sizeof piece;
        int e = call_read(c, data, *done, piece, n);
        if (e != 0)
            return e;
        size_t taken = write_bytes(f, piece, n);
        *done += taken;
        if (taken < n)
            break;
    }
    return 0;
}

/* A master takes what it takes. */
static bool is_drained(const struct terminal *t)
{
    return terminal_is_pty(t) || (line_output_bytes(&t->line) == 0 && device_is_drained());
}

/* Wait for what was written before, by whoever. */
static int drain(struct call *c, struct tty_file *f)
{
    tty_changed(c, f->terminal);
    if (!files_wait(f->terminal) && is_drained(f->terminal))
        return 0;
    struct waiting *w = waiting_add(c, f, true, 0);
    if (w == NULL)
        return UNIX_ECROWDED;
    w->drains = true;
    return CALL_LATER;
}

static bool is_written(const struct tty_file *f)
{
    for (unsigned i = 0; i < waiting_count; i++)
        if (waiting[i].write && waiting[i].file->terminal == f->terminal &&
            waiting[i].file->is_master == f->is_master)
            return true;
    return false;
}

static int do_write(struct call *c, uint32_t handle, int64_t offset, const struct call_item *data,
                    uint32_t *done)
{
    struct tty_file *f;
    size_t n = 0;

    if (components_ask(c)) {
        int answer = handle != 0 ? EBADF : components_write(c, data, done);
        tty_changed(c, &console);
        return answer;
    }
    int e = tty_file_of(c, handle, &f);
    if (e != 0)
        return e;
    if (offset == TTY_OFFSET_DRAINED && data->count == 0)
        return control_is_hung_up(f) ? EIO : drain(c, f);
    if (!may(f, true))
        return EBADF;
    if (offset >= 0)
        return ESPIPE;
    if (control_is_hung_up(f))
        return EIO;
    if (offset != TTY_OFFSET_ANYWAY && control_is_background(c, f, true))
        return UNIX_EBACKGROUND;
    e = is_written(f) ? 0 : write_some(c, f, data, &n);
    tty_changed(c, f->terminal);
    *done = (uint32_t)n;
    if (n > 0 && e != 0)
        return 0; /* what comes after is a write of its own */
    if (e != 0 || n == data->count)
        return e;
    if ((f->flags & O_NONBLOCK) != 0)
        return n > 0 ? 0 : EAGAIN;
    struct waiting *w = waiting_add(c, f, true, data->count);
    if (w == NULL)
        return n > 0 ? 0 : UNIX_ECROWDED;
    w->item = *data;
    w->done = n;
    if (data->window == 0) {
        memcpy(w->data, data->data, data->count); /* the message is gone soon */
        w->item.data = w->data;
    }
    return CALL_LATER;
}

static bool write_goes_on(struct waiting *w)
{
    if (w->drains && !is_drained(w->file->terminal))
        return false;
    int e = write_some(&w->call, w->file, &w->item, &w->done);

    if (e == 0 && w->done < w->bytes)
        return false;
    if (e == 0 || w->done > 0)
        (void)file_write_answer(&w->call, (uint32_t)w->done);
    else
        (void)call_later_error(&w->call, e);
    return true;
}

/* In the order they came; a write that has no room keeps the writes behind it at its end. */
static bool some_go_on(const struct terminal *t)
{
    bool full[2] = { false, false }, moved = false;

    for (unsigned i = 0; i < waiting_count;) {
        struct waiting *w = &waiting[i];
        bool *is_full = &full[w->file->is_master];
        size_t before = w->done;
        if (w->file->terminal != t) {
            i++;
            continue;
        }
        if (w->write ? !*is_full && write_goes_on(w) : read_goes_on(w)) {
            waiting_drop(i);
            moved = true;
            continue;
        }
        moved |= w->done != before;
        *is_full |= w->write;
        i++;
    }
    return moved;
}

/* What is read at one end of a pseudo-terminal makes room at the other. */
void files_go_on(struct terminal *t)
{
    while (some_go_on(t) && terminal_is_pty(t))
        continue;
    deadlines_set();
}

/* ---- the rest of the protocol ---- */

/* As *of says. */
static int file_new(struct serve_session *s, const struct tty_file *of, uint32_t *handle)
{
    struct tty_file *f = calloc(1, sizeof *f);

    if (f == NULL)
        return ENOMEM;
    f->terminal = of->terminal;
    f->is_master = of->is_master;
    f->flags = of->flags;
    f->number = of->number;
    f->server = of->server;
    f->node = of->node;
    control_opened(f);
    int e = serve_handle_new(s, &f->base, handle);
    if (e != 0)
        free(f);
    else
        count(f, true);
    return e;
}

/* Which terminal a device is, for who opens it. 0; ENXIO, ENOENT, EIO, EACCES, ENOSPC. */
static int device_find(const struct serve_session *s, struct tty_file *of)
{
    of->is_master = of->number == TTY_NUMBER_MASTERS;
    if (of->number == TTY_NUMBER_CONSOLE) {
        of->terminal = &console;
        return s->uid == 0 || control_is_owner(&console, s) ? 0 : EACCES;
    }
    if (of->number == TTY_NUMBER_OWN) {
        of->terminal = terminal_of_session(s->sid);
        return of->terminal != NULL ? 0 : ENXIO;
    }
    if (of->is_master) {
        of->terminal = terminal_new(s->uid, s->outer);
        return of->terminal != NULL ? 0 : ENOSPC;
    }
    if (of->number < TTY_NUMBER_SLAVE || of->number >= TTY_NUMBER_SLAVE + TERMINALS_MAX - 1)
        return ENXIO;
    of->terminal = terminal_find((unsigned)(of->number - TTY_NUMBER_SLAVE) + 1);
    if (of->terminal == NULL)
        return ENOENT;
    if (of->terminal->masters == 0 || of->terminal->is_locked)
        return EIO;
    return s->uid == 0 || s->uid == of->terminal->uid ? 0 : EACCES;
}

static int do_device(struct call *c, uint64_t number, uint32_t flags, uint32_t server,
                     uint64_t node, uint32_t *handle)
{
    struct tty_file of = { .number = number, .flags = flags, .server = server, .node = node };
    struct serve_session *s = serve_caller(c);
    int e = s == NULL ? ESRCH : device_find(s, &of);

    if (e == 0)
        e = file_new(s, &of, handle);
    if (e != 0 && of.is_master && of.terminal != NULL)
        terminal_settle(of.terminal);
    return e;
}

/* Once more what the caller has open; there are no names here. */
static int do_open(struct call *c, uint32_t directory, uint32_t flags, uint32_t mode,
                   const struct call_item *path, struct file_opened *out, struct call_item *text)
{
    struct tty_file *f;
    int e = path->count != 0 ? ENOTDIR : tty_file_of(c, directory, &f);

    (void)mode;
    (void)text;
    if (e != 0)
        return e;
    if (f->is_master || control_is_hung_up(f))
        return EIO; /* no file of a name; nothing for who had it before */
    struct tty_file of = *f;
    of.flags = flags;
    *out = (struct file_opened){ .mode = S_IFCHR | 0620, .device = f->number, .node = f->node };
    return file_new(serve_caller(c), &of, &out->handle);
}

int files_name(const struct serve_session *session, struct serve_file *file, char *to, size_t room,
               size_t *bytes)
{
    const struct tty_file *f = (const struct tty_file *)file;
    int n = f->is_master ? snprintf(to, room, "/dev/ptmx")
            : terminal_is_pty(f->terminal)
                ? snprintf(to, room, "/dev/pts/%u", f->terminal->number - 1)
                : snprintf(to, room, "/dev/%s", f->number == TTY_NUMBER_OWN ? "tty" : "console");

    (void)session;
    *bytes = (size_t)n;
    return (size_t)n < room ? 0 : ENAMETOOLONG;
}

static int do_status(struct call *c, uint32_t handle, struct file_status *out)
{
    struct tty_file *f;
    int e = tty_file_of(c, handle, &f);

    if (e == 0)
        *out = (struct file_status){ .device = (uint16_t)(f->server + 1),
                                     .node = f->node,
                                     .links = 1,
                                     .mode = S_IFCHR | (f->is_master ? 0666u : 0620u),
                                     .uid = f->terminal->uid,
                                     .rdev = (uint32_t)f->number };
    return e;
}

static int do_seek(struct call *c, uint32_t handle, uint32_t whence, int64_t offset,
                   int64_t *position)
{
    struct tty_file *f;
    int e = tty_file_of(c, handle, &f);

    (void)whence;
    (void)offset;
    (void)position;
    return e != 0 ? e : ESPIPE;
}

static int do_flags(struct call *c, uint32_t handle, uint32_t flags)
{
    struct tty_file *f;
    int e = tty_file_of(c, handle, &f);

    if (e == 0)
        f->flags =
            (f->flags & ~(uint32_t)(O_APPEND | O_NONBLOCK)) | (flags & (O_APPEND | O_NONBLOCK));
    return e;
}

static uint16_t events_of(struct serve_file *file, struct serve_source **source)
{
    const struct tty_file *f = (const struct tty_file *)file;
    const struct line *line = &f->terminal->line;

    *source = &f->terminal->source;
    if (control_is_hung_up(f))
        return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR | POLLHUP;
    bool in = f->is_master ? line_output_bytes(line) > 0 && !line->is_stopped : line_polls_in(line);
    return (uint16_t)((in ? POLLIN | POLLRDNORM : 0) | (has_room(f) ? POLLOUT | POLLWRNORM : 0) |
                      (f->is_master && f->terminal->was_left ? POLLHUP : 0));
}

static int do_poll(struct call *c, uint32_t thread, uint32_t arm, const void *wanted,
                   size_t wanted_bytes, uint32_t *ready, struct call_item *events)
{
    return serve_poll(c, thread, arm, wanted, wanted_bytes, ready, events, events_of);
}

void files_open(struct file_ops *ops)
{
    ops->read = do_read;
    ops->write = do_write;
    ops->close = serve_close;
    ops->export_file = serve_export_file;
    ops->adopt_file = serve_adopt_file;
    ops->open = do_open;
    ops->device = do_device;
    ops->stat = serve_stat;
    ops->status = do_status;
    ops->seek = do_seek;
    ops->set_flags = do_flags;
    ops->poll = do_poll;
    control_open(ops);
}
