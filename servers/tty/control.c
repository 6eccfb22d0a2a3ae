/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests, events and ownership. The process server says to which session and group the terminal
 * belongs (TTY_OWNER) and fetches what was typed to signal (TTY_EVENT); ipc/tty.h.
 */
#include "control.h"

#include <errno.h>
#include <ipc/message.h>
#include <ipc/tty.h>
#include <ipc/unix.h>
#include <signal.h>
#include <serve/clock.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "components.h"
#include "files.h"

/* There is room for the end of each terminal. */
enum { EVENTS_SIGNALS = 32, EVENTS_MAX = EVENTS_SIGNALS + TERMINALS_MAX };

/* Signals typed and not fetched: the oldest first. Or TTY_GONE, and of a terminal which. */
static struct event {
    uint32_t signal;
    int32_t group;
} events[EVENTS_MAX];
static unsigned event_count;

int tty_file_of(const struct call *c, uint32_t handle, struct tty_file **file)
{
    struct serve_file *f;
    int e = serve_file_of(c, handle, &f);

    if (e == 0)
        *file = (struct tty_file *)f;
    return e;
}

/* ---- whose it is ---- */

bool control_is_owner(const struct terminal *t, const struct serve_session *session)
{
    return t->owner_sid != 0 && session->sid == t->owner_sid;
}

void control_opened(struct tty_file *file)
{
    file->hang_up = file->terminal->hang_ups;
}

bool control_is_hung_up(const struct tty_file *file)
{
    return !file->is_master && file->hang_up != file->terminal->hang_ups;
}

bool control_is_background(const struct call *c, const struct tty_file *file, bool write)
{
    const struct serve_session *s = serve_caller(c);
    const struct terminal *t = file->terminal;

    if (c->badge == UNIX_BADGE_MANAGER || s == NULL || file->is_master || !control_is_owner(t, s))
        return false;
    return s->group != t->owner_group && (!write || (t->line.settings.lflag & TOSTOP) != 0);
}

static void event_put(uint32_t signal, int32_t group)
{
    const struct process_cap *proc = process_cap(PROCESS_CAP_NOTIFICATION, "proc");

    events[event_count++] = (struct event){ signal, group };
    if (proc != NULL)
        seL4_Signal(proc->slot);
}

/* Signals beyond EVENTS_SIGNALS are lost: nobody has cared for that many. */
static void event_add(const struct terminal *t, uint32_t signal)
{
    if (t->owner_group != 0 && event_count < EVENTS_SIGNALS)
        event_put(signal, t->owner_group);
}

void control_event(struct terminal *t, enum line_event event)
{
    static const uint32_t signal[] = {
        [LINE_INTERRUPT] = SIGINT, [LINE_QUIT] = SIGQUIT, [LINE_SUSPEND] = SIGTSTP
    };

    if (event != LINE_NOTHING)
        event_add(t, signal[event]);
}

void control_master_gone(struct terminal *t)
{
    t->hang_ups++;
    files_hang_up(t, EIO);
    if (t->owner_sid != 0)
        event_put(TTY_GONE, (int32_t)t->number);
}

static int event_take(uint64_t *value)
{
    if (event_count == 0)
        return EAGAIN;
    *value = events[0].signal | (uint64_t)(uint32_t)events[0].group << 32;
    memmove(&events[0], &events[1], --event_count * sizeof events[0]);
    return 0;
}

/* ---- requests ---- */

static int answer(struct call_item *out, const void *data, size_t bytes)
{
    if (bytes > out->room)
        return EMSGSIZE;
    memcpy(out->data, data, bytes);
    out->count = bytes;
    return 0;
}

/* What a program finds where its pointer leads; the call itself gives 0. */
static int answer_number(struct call_item *out, uint64_t number)
{
    int n = (int)number;

    return answer(out, &n, sizeof n);
}

static int settings_set(struct line *line, uint32_t request, const void *data, size_t bytes)
{
    struct line_settings s;

    if (bytes != sizeof s)
        return EINVAL;
    memcpy(&s, data, bytes);
    if ((s.lflag & ICANON) == 0 && s.cc[VTIME] != 0 && !serve_clock_is_there())
        return EINVAL;
    if (request == TCSETSF)
        line_flush_input(line);
    line_configure(line, &s);
    return 0;
}

static int size_set(struct terminal *t, const void *data, size_t bytes)
{
    if (bytes != sizeof t->size)
        return EINVAL;
    if (memcmp(&t->size, data, bytes) != 0) {
        memcpy(&t->size, data, bytes);
        event_add(t, SIGWINCH);
    }
    return 0;
}

/* What is input to one end is output to the other. */
static int flush(struct line *line, uint64_t which, bool is_master)
{
    if (which > TCIOFLUSH)
        return EINVAL;
    if (is_master && which != TCIOFLUSH)
        which = which == TCIFLUSH ? TCOFLUSH : TCIFLUSH;
    if (which != TCOFLUSH)
        line_flush_input(line);
    if (which != TCIFLUSH)
        line_flush_output(line);
    return 0;
}

static int flow(struct line *line, uint64_t what)
{
    switch (what) {
    case TCOOFF: line->is_stopped = true; return 0;
    case TCOON: line->is_stopped = false; return 0;
    case TCIOFF: return line_send_first(line, line->settings.cc[VSTOP]) ? 0 : EAGAIN;
    case TCION: return line_send_first(line, line->settings.cc[VSTART]) ? 0 : EAGAIN;
    default: return EINVAL;
    }
}

/* Which terminal a handle of a session is of. */
static int which(uint32_t handle, uint64_t badge, uint64_t *value)
{
    const struct serve_session *s = serve_session_find(tty_sessions(), badge);
    const struct serve_file *f = s != NULL ? serve_handle_find(s, handle) : NULL;

    if (f == NULL)
        return EBADF;
    *value = ((const struct tty_file *)f)->terminal->number;
    return 0;
}

/* Of the manager alone. */
static int managed(const struct call *c, uint32_t number, uint32_t request, uint64_t argument,
                   uint64_t *value)
{
    struct terminal *t = terminal_find(number);

    if (request == TTY_EVENT)
        return event_take(value);
    if (request == TTY_WHICH)
        return which(number, argument, value);
    if (t == NULL)
        return ENXIO;
    if (request == TTY_HANGUP) {
        t->hang_ups++;
        files_hang_up(t, 0);
        tty_changed(c, t);
        return 0;
    }
    t->owner_sid = (int32_t)(argument >> 32);
    t->owner_group = (int32_t)(uint32_t)argument;
    terminal_settle(t);
    return 0;
}

/* What changes the terminal is nothing for the background. */
static bool is_change(uint32_t request)
{
    return request == TCSETS || request == TCSETSW || request == TCSETSF || request == TCFLSH ||
           request == TCXONC || request == TCSBRK || request == TIOCSWINSZ;
}

/* Of the master of a pseudo-terminal alone. */
static int asked_master(struct terminal *t, uint32_t request, const void *text, size_t bytes,
                        struct call_item *out)
{
    switch (request) {
    case TIOCGPTN: return answer_number(out, t->number - 1);
    case TIOCGPTLCK: return answer_number(out, t->is_locked);
    case TIOCSPTLCK & ~(uint32_t)TTY_ANYWAY: /* a bit that both have */
        if (bytes != sizeof(int))
            return EINVAL;
        t->is_locked = memcmp(text, &(int){ 0 }, sizeof(int)) != 0;
        return 0;
    case FIONREAD: return answer_number(out, line_output_bytes(&t->line));
    case TIOCOUTQ: return answer_number(out, 0); /* all is typed at once */
    default: return ENOTTY;
    }
}

static int asked(const struct serve_session *s, const struct tty_file *f, uint32_t request,
                 uint64_t argument, const void *text, size_t bytes, struct call_item *out)
{
    struct terminal *t = f->terminal;
    struct line *line = &t->line;
    bool is_own = f->is_master || control_is_owner(t, s);

    if (f->is_master) {
        int e = asked_master(t, request, text, bytes, out);
        if (e != ENOTTY)
            return e;
    }
    switch (request) {
    case TCGETS: return answer(out, &line->settings, sizeof line->settings);
    case TCSETS:
    case TCSETSW:
    case TCSETSF: return settings_set(line, request, text, bytes);
    case TIOCGWINSZ: return answer(out, &t->size, sizeof t->size);
    case TIOCSWINSZ: return size_set(t, text, bytes);
    case TCFLSH: return flush(line, argument, f->is_master);
    case TCXONC: return flow(line, argument);
    case TCSBRK: return argument != 0 ? 0 : EINVAL; /* tcdrain(); no breaks are sent */
    case FIONREAD: return answer_number(out, line_readable(line));
    case TIOCOUTQ: return answer_number(out, line_output_bytes(line));
    case TIOCGPGRP: return is_own ? answer_number(out, (uint32_t)t->owner_group) : ENOTTY;
    case TIOCGSID:
        return is_own && t->owner_sid != 0 ? answer_number(out, (uint32_t)t->owner_sid) : ENOTTY;
    default: return ENOTTY; /* TIOCSTI with them; TIOCSPGRP and its kin are proc's */
    }
}

static int do_control(struct call *c, uint32_t handle, uint32_t request, uint64_t argument,
                      const void *text, size_t bytes, uint64_t *value, struct call_item *out)
{
    const struct serve_session *s = serve_caller(c);
    struct tty_file *f;

    if (request == TTY_EVENT || request == TTY_OWNER || request == TTY_HANGUP ||
        request == TTY_WHICH)
        return c->badge == UNIX_BADGE_MANAGER ? managed(c, handle, request, argument, value)
                                              : EPERM;
    if (components_ask(c) && handle == 0 && request == TIOCGWINSZ)
        return answer(out, &console.size, sizeof console.size);
    int e = tty_file_of(c, handle, &f);
    if (e != 0)
        return e;
    if (control_is_hung_up(f))
        return EIO;
    bool anyway = (request & TTY_ANYWAY) != 0;
    request &= ~(uint32_t)TTY_ANYWAY;
    const struct terminal *t = f->terminal;
    if (!anyway && is_change(request) && !f->is_master && s->group != t->owner_group &&
        control_is_owner(t, s) && c->badge != UNIX_BADGE_MANAGER)
        return UNIX_EBACKGROUND;
    e = asked(s, f, request, argument, text, bytes, out);
    tty_changed(c, f->terminal);
    return e;
}

void control_open(struct file_ops *ops)
{
    console.size = (struct winsize){ 24, 80, 0, 0 };
    ops->control = do_control;
}
