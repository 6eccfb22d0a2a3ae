/* SPDX-License-Identifier: BSD-2-Clause */
#include "terminal.h"

#include <errno.h>
#include <ipc/tty.h>

#include "credentials.h"
#include "group.h"
#include "kill.h"

enum { NONE = -1, DEVICE_CONSOLE = 5 << 8 | 1, DEVICE_SLAVE = 136 << 8 };

static struct {
    int32_t owner, foreground; /* session and group; 0: nobody's */
} terminals[TTY_TERMINALS_MAX];

bool terminal_has(int32_t id)
{
    for (unsigned i = 0; i < TTY_TERMINALS_MAX; i++)
        if (id == terminals[i].owner || id == terminals[i].foreground)
            return true;
    return false;
}

/* The terminal that controls a process, or NONE. */
static int terminal_of(const struct process *p)
{
    for (int i = 0; i < TTY_TERMINALS_MAX; i++)
        if (terminals[i].owner != 0 && p->session == terminals[i].owner && !p->disowned)
            return i;
    return NONE;
}

bool terminal_controls(const struct process *p)
{
    return terminal_of(p) != NONE;
}

int32_t terminal_group(const struct process *p)
{
    int i = terminal_of(p);

    return i != NONE ? terminals[i].foreground : 0;
}

uint32_t terminal_device(const struct process *p)
{
    int i = terminal_of(p);

    return i == NONE ? 0 : i == 0 ? DEVICE_CONSOLE : DEVICE_SLAVE + (uint32_t)i - 1;
}

static void owner_set(int i, int32_t session, int32_t group)
{
    terminals[i].owner = session;
    terminals[i].foreground = group;
    server_terminal_owner((uint32_t)i, session, group);
}

/* The session has none any more, and who was in the foreground is told. */
static void owner_leave(int i)
{
    int32_t group = terminals[i].foreground;

    owner_set(i, 0, 0);
    kill_group(group, SIGNAL_HANGUP);
    kill_group(group, SIGNAL_CONTINUE);
}

/* Nobody shows it any more: who leads its session is told as well. */
static void gone(int i)
{
    const struct unix_signal hang_up = { .signal = SIGNAL_HANGUP, .code = 0x80 /* SI_KERNEL */ };
    struct process *leader = process_find(terminals[i].owner);

    if (terminals[i].owner == 0)
        return;
    if (leader != NULL && leader->state == PROCESS_LIVE && leader->group != terminals[i].foreground)
        (void)kill_post(leader, &hang_up);
    owner_leave(i);
}

void terminal_again(void)
{
    server_terminal_owner(0, terminals[0].owner, terminals[0].foreground);
    for (int i = 1; i < TTY_TERMINALS_MAX; i++)
        gone(i); /* it was the server's before */
}

void terminal_events(void)
{
    uint32_t signal;
    int32_t group;

    while (server_terminal_event(&signal, &group))
        if (signal != TTY_GONE)
            kill_group(group, signal);
        else if (group > 0 && group < TTY_TERMINALS_MAX)
            gone(group);
}

void terminal_leave(const struct process *p)
{
    int i = terminal_of(p);

    if (p->session != p->pid || i == NONE)
        return;
    server_terminal_hang_up((uint32_t)i);
    owner_leave(i);
}

/* ---- who may what ---- */

/* A process of the background: 0, its group was sent a signal; EIO: nobody would let it go on. */
static int background_tell(const struct process *p, uint32_t signal)
{
    if (group_is_orphaned(p->group, NULL))
        return EIO;
    kill_group(p->group, signal);
    return 0;
}

int do_background(struct call *c, uint32_t write)
{
    const struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    int i = terminal_of(p);
    if (i == NONE || p->group == terminals[i].foreground)
        return 0; /* it has changed */
    return background_tell(p, write != 0 ? SIGNAL_TERMINAL_OUT : SIGNAL_TERMINAL_IN);
}

int do_foreground(struct call *c, uint32_t handle, int32_t group, uint32_t anyway)
{
    const struct process *p = process_of(c->badge);
    uint32_t which;

    if (p == NULL)
        return ESRCH;
    if (!server_terminal_which(p->badge, handle, &which))
        return EBADF;
    int i = terminal_of(p);
    if (i == NONE || which != (uint32_t)i)
        return ENOTTY;
    if (p->group != terminals[i].foreground && anyway == 0)
        return background_tell(p, SIGNAL_TERMINAL_OUT) != 0 ? ENOTTY : UNIX_EBACKGROUND;
    if (group < 0)
        return EINVAL;
    if (group == 0 || !group_exists(group, 0))
        return ESRCH;
    if (!group_exists(group, p->session))
        return EPERM;
    owner_set(i, terminals[i].owner, group);
    return 0;
}

int do_control(struct call *c, uint32_t handle, uint32_t steal)
{
    struct process *p = process_of(c->badge);
    uint32_t which;

    if (p == NULL)
        return ESRCH;
    if (!server_terminal_which(p->badge, handle, &which) || which >= TTY_TERMINALS_MAX)
        return EBADF;
    if (p->session != p->pid)
        return EPERM;
    int i = (int)which;
    int32_t owner = terminals[i].owner;
    if (owner == p->session && !p->disowned)
        return 0;
    if (terminal_of(p) != NONE)
        return EPERM;
    if (owner != 0 && owner != p->session && (steal == 0 || credentials_of(p)->id.euid != 0))
        return EPERM;
    p->disowned = false;
    owner_set(i, p->session, p->group);
    return 0;
}

int do_disown(struct call *c)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    int i = terminal_of(p);
    if (i == NONE)
        return ENOTTY;
    if (p->session == p->pid) {
        owner_leave(i);
        return 0;
    }
    p->disowned = true;
    sessions_attributes(p);
    return 0;
}
