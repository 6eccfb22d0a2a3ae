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

enum { EVENTS_MAX = 32 };

static struct line *line;
static struct winsize size = { 24, 80, 0, 0 };
static int32_t owner_sid, owner_group; /* 0: nobody's */
static uint32_t hang_ups;              /* so far */

/* Signals typed and not fetched: the oldest first. */
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

bool control_is_owner(const struct serve_session *session)
{
    return owner_sid != 0 && session->sid == owner_sid;
}

void control_opened(struct tty_file *file)
{
    file->hang_up = hang_ups;
}

bool control_is_hung_up(const struct tty_file *file)
{
    return file->hang_up != hang_ups;
}

bool control_is_background(const struct call *c, bool write)
{
    const struct serve_session *s = serve_caller(c);

    if (c->badge == UNIX_BADGE_MANAGER || s == NULL || !control_is_owner(s))
        return false;
    return s->group != owner_group && (!write || (line->settings.lflag & TOSTOP) != 0);
}

/* More than EVENTS_MAX are lost: nobody has cared for that many. */
static void event_add(uint32_t signal)
{
    const struct process_cap *proc = process_cap(PROCESS_CAP_NOTIFICATION, "proc");

    if (owner_group == 0 || event_count == EVENTS_MAX)
        return;
    events[event_count++] = (struct event){ signal, owner_group };
    if (proc != NULL)
        seL4_Signal(proc->slot);
}

void control_event(enum line_event event)
{
    static const uint32_t signal[] = {
        [LINE_INTERRUPT] = SIGINT, [LINE_QUIT] = SIGQUIT, [LINE_SUSPEND] = SIGTSTP
    };

    event_add(signal[event]);
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

static int settings_set(uint32_t request, const void *data, size_t bytes)
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

static int size_set(const void *data, size_t bytes)
{
    if (bytes != sizeof size)
        return EINVAL;
    if (memcmp(&size, data, bytes) != 0) {
        memcpy(&size, data, bytes);
        event_add(SIGWINCH);
    }
    return 0;
}

static int flush(uint64_t which)
{
    if (which > TCIOFLUSH)
        return EINVAL;
    if (which != TCOFLUSH)
        line_flush_input(line);
    if (which != TCIFLUSH)
        line_flush_output(line);
    return 0;
}

static int flow(uint64_t what)
{
    switch (what) {
    case TCOOFF: line->is_stopped = true; return 0;
    case TCOON: line->is_stopped = false; return 0;
    case TCIOFF: return line_send_first(line, line->settings.cc[VSTOP]) ? 0 : EAGAIN;
    case TCION: return line_send_first(line, line->settings.cc[VSTART]) ? 0 : EAGAIN;
    default: return EINVAL;
    }
}

/* Of the manager alone. */
static int managed(const struct call *c, uint32_t request, uint64_t argument, uint64_t *value)
{
    if (request == TTY_EVENT)
        return event_take(value);
    if (request == TTY_HANGUP) {
        hang_ups++;
        files_hang_up();
        tty_changed(c);
        return 0;
    }
    owner_sid = (int32_t)(argument >> 32);
    owner_group = (int32_t)(uint32_t)argument;
    return 0;
}

/* What changes the terminal is nothing for the background. */
static bool is_change(uint32_t request)
{
    return request == TCSETS || request == TCSETSW || request == TCSETSF || request == TCFLSH ||
           request == TCXONC || request == TCSBRK || request == TIOCSWINSZ;
}

static int asked(const struct serve_session *s, uint32_t request, uint64_t argument,
                 const void *text, size_t bytes, struct call_item *out)
{
    bool is_own = control_is_owner(s);

    switch (request) {
    case TCGETS: return answer(out, &line->settings, sizeof line->settings);
    case TCSETS:
    case TCSETSW:
    case TCSETSF: return settings_set(request, text, bytes);
    case TIOCGWINSZ: return answer(out, &size, sizeof size);
    case TIOCSWINSZ: return size_set(text, bytes);
    case TCFLSH: return flush(argument);
    case TCXONC: return flow(argument);
    case TCSBRK: return argument != 0 ? 0 : EINVAL; /* tcdrain(); no breaks are sent */
    case FIONREAD: return answer_number(out, line_readable(line));
    case TIOCOUTQ: return answer_number(out, line_output_bytes(line));
    case TIOCGPGRP: return is_own ? answer_number(out, (uint32_t)owner_group) : ENOTTY;
    case TIOCGSID: return is_own ? answer_number(out, (uint32_t)owner_sid) : ENOTTY;
    default: return ENOTTY; /* TIOCSTI with them; TIOCSPGRP and its kin are proc's */
    }
}

static int do_control(struct call *c, uint32_t handle, uint32_t request, uint64_t argument,
                      const void *text, size_t bytes, uint64_t *value, struct call_item *out)
{
    const struct serve_session *s = serve_caller(c);
    struct tty_file *f;

    if (request == TTY_EVENT || request == TTY_OWNER || request == TTY_HANGUP)
        return c->badge == UNIX_BADGE_MANAGER ? managed(c, request, argument, value) : EPERM;
    if (components_ask(c) && handle == 0 && request == TIOCGWINSZ)
        return answer(out, &size, sizeof size);
    int e = tty_file_of(c, handle, &f);
    if (e != 0)
        return e;
    if (control_is_hung_up(f))
        return EIO;
    bool anyway = (request & TTY_ANYWAY) != 0;
    request &= ~(uint32_t)TTY_ANYWAY;
    if (!anyway && is_change(request) && s->group != owner_group && control_is_owner(s) &&
        c->badge != UNIX_BADGE_MANAGER)
        return UNIX_EBACKGROUND;
    e = asked(s, request, argument, text, bytes, out);
    tty_changed(c);
    return e;
}

void control_open(struct line *of, struct file_ops *ops)
{
    line = of;
    ops->control = do_control;
}
