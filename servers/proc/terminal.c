/* SPDX-License-Identifier: BSD-2-Clause */
#include "terminal.h"

#include <errno.h>

#include "credentials.h"
#include "group.h"
#include "kill.h"

static int32_t owner, foreground; /* session and group; 0: nobody's */

bool terminal_has(int32_t id)
{
    return id == owner || id == foreground;
}

bool terminal_controls(const struct process *p)
{
    return owner != 0 && p->session == owner && !p->disowned;
}

int32_t terminal_group(void)
{
    return foreground;
}

static void owner_set(int32_t session, int32_t group)
{
    owner = session;
    foreground = group;
    server_terminal_owner(session, group);
}

void terminal_again(void)
{
    server_terminal_owner(owner, foreground);
}

/* The session has none any more, and who was in the foreground is told. */
static void owner_leave(void)
{
    int32_t group = foreground;

    owner_set(0, 0);
    kill_group(group, SIGNAL_HANGUP);
    kill_group(group, SIGNAL_CONTINUE);
}

void terminal_events(void)
{
    uint32_t signal;
    int32_t group;

    while (server_terminal_event(&signal, &group))
        kill_group(group, signal);
}

void terminal_leave(const struct process *p)
{
    if (p->session != p->pid || !terminal_controls(p))
        return;
    server_terminal_hang_up();
    owner_leave();
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
    if (!terminal_controls(p) || p->group == foreground)
        return 0; /* it has changed */
    return background_tell(p, write != 0 ? SIGNAL_TERMINAL_OUT : SIGNAL_TERMINAL_IN);
}

int do_foreground(struct call *c, uint32_t handle, int32_t group, uint32_t anyway)
{
    const struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    if (!server_has_handle(p->badge, UNIX_TTY, handle))
        return EBADF;
    if (!terminal_controls(p))
        return ENOTTY;
    if (p->group != foreground && anyway == 0)
        return background_tell(p, SIGNAL_TERMINAL_OUT) != 0 ? ENOTTY : UNIX_EBACKGROUND;
    if (group < 0)
        return EINVAL;
    if (group == 0 || !group_exists(group, 0))
        return ESRCH;
    if (!group_exists(group, p->session))
        return EPERM;
    owner_set(owner, group);
    return 0;
}

int do_control(struct call *c, uint32_t handle, uint32_t steal)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    if (!server_has_handle(p->badge, UNIX_TTY, handle))
        return EBADF;
    if (p->session != p->pid)
        return EPERM;
    if (owner == p->session && !p->disowned)
        return 0;
    if (owner != 0 && owner != p->session && (steal == 0 || credentials_of(p)->id.euid != 0))
        return EPERM;
    p->disowned = false;
    owner_set(p->session, p->group);
    return 0;
}

int do_disown(struct call *c)
{
    struct process *p = process_of(c->badge);

    if (p == NULL)
        return ESRCH;
    if (!terminal_controls(p))
        return ENOTTY;
    if (p->session == p->pid) {
        owner_leave();
        return 0;
    }
    p->disowned = true;
    sessions_attributes(p);
    return 0;
}
