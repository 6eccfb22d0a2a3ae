/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks when groups, sessions or the terminal that controls one do not follow POSIX's rules: who
 * may join which group, who may have the terminal, what happens to the background, to orphaned
 * groups, and at the end of who leads a session. The rest of proc is played here.
 */
#include <errno.h>
#include <ipc/tty.h>
#include <string.h>

#include "credentials.h"
#include "group.h"
#include "kill.h"
#include "tap.h"
#include "terminal.h"

enum { SHELL = 1, JOB, PARTNER, OTHER, COUNT, NO_HANDLE = 99 };

struct process processes[UNIX_PROCESSES_MAX];
unsigned process_top = UNIX_PROCESSES_MAX;
static struct credentials credentials[UNIX_PROCESSES_MAX];

/* What was said to others: the last signals, and whose the terminal is. */
static struct {
    int32_t group;
    uint32_t signal;
} sent[4];
static unsigned sent_count, told, hung_up;
static int32_t told_session, told_group, gone;
static uint32_t told_terminal;
static bool typed;

struct process *process_of(uint64_t badge)
{
    return processes[badge].state == PROCESS_LIVE ? &processes[badge] : NULL;
}

struct process *process_find(int32_t pid)
{
    return pid > 0 && pid < COUNT && processes[pid].state != PROCESS_FREE ? &processes[pid] : NULL;
}

const struct credentials *credentials_of(const struct process *p)
{
    return &credentials[p - processes];
}

void sessions_attributes(const struct process *p)
{
    (void)p;
    told++;
}

void kill_group(int32_t group, uint32_t signal)
{
    if (sent_count < 4) {
        sent[sent_count].group = group;
        sent[sent_count].signal = signal;
    }
    sent_count++;
}

/* A handle is the terminal's number. */
bool server_terminal_which(uint64_t badge, uint32_t handle, uint32_t *terminal)
{
    (void)badge;
    *terminal = handle;
    return handle != NO_HANDLE;
}

void server_terminal_owner(uint32_t terminal, int32_t session, int32_t group)
{
    told_terminal = terminal;
    told_session = session;
    told_group = group;
}

void server_terminal_hang_up(uint32_t terminal)
{
    (void)terminal;
    hung_up++;
}

bool server_terminal_event(uint32_t *signal, int32_t *group)
{
    *signal = gone != 0 ? TTY_GONE : 2;
    *group = gone != 0 ? gone : told_group;
    bool more = typed || gone != 0;
    typed = false;
    gone = 0;
    return more;
}

int kill_post(struct process *p, const struct unix_signal *signal)
{
    kill_group(-p->pid, signal->signal); /* to one alone */
    return 0;
}

static struct process *begin(int32_t pid, int32_t parent, int32_t group, int32_t session)
{
    processes[pid] = (struct process){
        .number = (unsigned)pid,
        .state = PROCESS_LIVE,
        .badge = (uint64_t)pid,
        .pid = pid,
        .group = group,
        .session = session,
        .parent = parent != 0 ? &processes[parent] : NULL,
    };
    return &processes[pid];
}

static struct call as(int32_t pid)
{
    return (struct call){ .badge = (uint64_t)pid };
}

/* A shell that has the terminal, and a job of two. */
static void begin_all(void)
{
    struct call shell = as(SHELL);

    memset(processes, 0, sizeof processes);
    memset(credentials, 0, sizeof credentials);
    for (int32_t pid = SHELL; pid < COUNT; pid++)
        terminal_leave(&(struct process){ .pid = pid, .session = pid }); /* from the test before */
    sent_count = hung_up = 0;
    (void)begin(SHELL, 0, SHELL, SHELL);
    (void)begin(JOB, SHELL, JOB, SHELL);
    (void)begin(PARTNER, SHELL, JOB, SHELL);
    (void)begin(OTHER, 0, OTHER, OTHER);
    (void)do_control(&shell, 0, 0);
}

static bool was_sent(int32_t group, uint32_t first, uint32_t second)
{
    bool good = sent_count == (second != 0 ? 2 : 1) && sent[0].group == group &&
                sent[0].signal == first &&
                (second == 0 || (sent[1].group == group && sent[1].signal == second));

    sent_count = 0;
    return good;
}

static void test_groups(void)
{
    struct call shell = as(SHELL), job = as(JOB), other = as(OTHER);
    int32_t session = 0;

    begin_all();
    tap_ok(do_set_group(&shell, 0, 0) == EPERM, "setpgid: not who leads a session");
    tap_ok(do_set_group(&shell, OTHER, 0) == ESRCH, "nor who is no child");
    tap_ok(do_set_group(&shell, -1, 0) == EINVAL && do_set_group(&shell, JOB, -1) == EINVAL,
           "nor a negative number");
    tap_ok(do_set_group(&shell, PARTNER, 0) == 0 && processes[PARTNER].group == PARTNER,
           "a child gets a group of its own");
    tap_ok(do_set_group(&shell, PARTNER, JOB) == 0, "and goes back into its partner's");
    tap_ok(do_set_group(&shell, PARTNER, OTHER) == EPERM, "not into one of another session");
    processes[PARTNER].executed = true;
    tap_ok(do_set_group(&shell, PARTNER, 0) == EACCES, "nor once it runs another program");
    tap_ok(do_set_session(&shell, &session) == EPERM, "setsid: not who leads a group");
    (void)do_set_group(&job, 0, SHELL);
    processes[PARTNER].group = SHELL;
    tap_ok(do_set_session(&job, &session) == 0 && session == JOB && processes[JOB].group == JOB,
           "others do");
    tap_ok(!terminal_controls(&processes[JOB]), "and have no terminal then");
    tap_ok(do_set_session(&other, &session) == EPERM, "not twice");
}

static void test_owner(void)
{
    struct call shell = as(SHELL), job = as(JOB), other = as(OTHER);

    begin_all();
    tap_ok(told_session == SHELL && told_group == SHELL && terminal_has(SHELL),
           "TIOCSCTTY: the session has the terminal, its leader is in the foreground");
    tap_ok(do_control(&job, 0, 0) == EPERM, "not for who leads no session");
    tap_ok(do_control(&other, NO_HANDLE, 0) == EBADF, "nor without having it open");
    tap_ok(do_control(&other, 0, 0) == EPERM, "nor while it is another session's");
    credentials[OTHER].id.euid = 7;
    tap_ok(do_control(&other, 0, 1) == EPERM, "and not everybody may steal");
    tap_ok(do_disown(&job) == 0 && !terminal_controls(&processes[JOB]) &&
               terminal_controls(&processes[PARTNER]) && sent_count == 0,
           "TIOCNOTTY: one process alone");
    tap_ok(do_disown(&job) == ENOTTY, "once");
    tap_ok(do_disown(&shell) == 0 && told_session == 0 && was_sent(SHELL, 1, 18),
           "or who leads: SIGHUP and SIGCONT for the foreground");
    tap_ok(do_control(&other, 0, 0) == 0 && told_session == OTHER, "then others may have it");
    tap_ok(do_control(&shell, 0, 1) == 0 && told_session == SHELL, "and root steals");
}

static void test_foreground(void)
{
    struct call shell = as(SHELL), job = as(JOB), other = as(OTHER);

    begin_all();
    tap_ok(do_foreground(&shell, 0, JOB, 0) == 0 && terminal_group(&processes[SHELL]) == JOB &&
               told_group == JOB,
           "tcsetpgrp");
    tap_ok(do_foreground(&shell, 0, SHELL, 0) == ENOTTY && sent_count == 0,
           "not from the background, when nobody would let it go on");
    tap_ok(do_foreground(&shell, 0, SHELL, 1) == 0, "but if it is deaf to SIGTTOU");
    tap_ok(do_foreground(&job, 0, JOB, 0) == UNIX_EBACKGROUND && was_sent(JOB, 22, 0),
           "else it is stopped");
    tap_ok(do_foreground(&shell, 0, 77, 0) == ESRCH && do_foreground(&shell, 0, -1, 0) == EINVAL &&
               do_foreground(&shell, 0, 0, 0) == ESRCH,
           "a group that there is not");
    tap_ok(do_foreground(&shell, 0, OTHER, 0) == EPERM, "one of another session");
    tap_ok(do_foreground(&other, 0, OTHER, 0) == ENOTTY, "a terminal that is another session's");
    tap_ok(do_foreground(&shell, NO_HANDLE, JOB, 0) == EBADF, "or is not open");
    tap_ok(terminal_group(&processes[SHELL]) == SHELL, "all of which changed nothing");
    (void)do_foreground(&shell, 0, JOB, 0);
    processes[JOB].state = processes[PARTNER].state = PROCESS_FREE;
    tap_ok(terminal_has(JOB), "its number is not used again while it is in the foreground");
}

static void test_background(void)
{
    struct call shell = as(SHELL), job = as(JOB), other = as(OTHER);

    begin_all();
    tap_ok(do_background(&job, 0) == 0 && was_sent(JOB, 21, 0), "a read: SIGTTIN");
    tap_ok(do_background(&job, 1) == 0 && was_sent(JOB, 22, 0), "a write: SIGTTOU");
    tap_ok(do_background(&shell, 0) == 0 && do_background(&other, 0) == 0 && sent_count == 0,
           "nothing for the foreground, nor for another session");
    processes[JOB].adopted = processes[PARTNER].adopted = true;
    tap_ok(do_background(&job, 0) == EIO && sent_count == 0, "EIO for an orphaned group");
    typed = true;
    terminal_events();
    tap_ok(was_sent(SHELL, 2, 0), "a key is for the foreground");
}

static void test_orphans(void)
{
    begin_all();
    tap_ok(!group_is_orphaned(JOB, NULL) && group_is_orphaned(SHELL, NULL),
           "a shell looks after its jobs, nobody after it");
    tap_ok(group_is_orphaned(JOB, &processes[SHELL]), "and not when it has ended");
    processes[PARTNER].parent = &processes[JOB];
    processes[JOB].state = PROCESS_ZOMBIE;
    tap_ok(group_is_orphaned(JOB, NULL), "a dead member is looked after by nobody");

    begin_all();
    processes[SHELL].state = PROCESS_ZOMBIE;
    group_parent_ends(&processes[SHELL]);
    tap_ok(sent_count == 0, "nothing happens to an orphaned group that runs");
    processes[PARTNER].stopped = true;
    group_parent_ends(&processes[SHELL]);
    tap_ok(sent[0].group == JOB && sent[0].signal == 1 && sent[1].signal == 18,
           "one with a member that is stopped: SIGHUP and SIGCONT");

    begin_all();
    processes[PARTNER].parent = &processes[JOB];
    processes[PARTNER].stopped = true;
    processes[JOB].state = PROCESS_ZOMBIE;
    group_parent_ends(&processes[JOB]);
    tap_ok(was_sent(JOB, 1, 18), "so when the member ends that a shell looked after");
    sent_count = 0;
    processes[PARTNER].group = PARTNER;
    processes[PARTNER].session = PARTNER;
    group_parent_ends(&processes[JOB]);
    tap_ok(sent_count == 0, "not in another session, which it had no part in");
}

static void test_leader(void)
{
    begin_all();
    processes[JOB].state = PROCESS_ZOMBIE;
    terminal_leave(&processes[JOB]);
    tap_ok(sent_count == 0 && hung_up == 0 && told_session == SHELL,
           "the end of others leaves the terminal");
    processes[SHELL].state = PROCESS_ZOMBIE;
    terminal_leave(&processes[SHELL]);
    tap_ok(hung_up == 1 && told_session == 0 && told_group == 0 && was_sent(SHELL, 1, 18),
           "the leader's hangs it up");
    tap_ok(!terminal_controls(&processes[PARTNER]), "and the session has none any more");
}

static void test_several(void)
{
    struct call shell = as(SHELL), other = as(OTHER);

    begin_all();
    tap_ok(do_control(&other, 3, 0) == 0 && told_terminal == 3 && told_session == OTHER,
           "another session has another terminal");
    tap_ok(do_control(&shell, 4, 1) == EPERM, "nobody has two");
    tap_ok(do_foreground(&other, 0, OTHER, 0) == ENOTTY, "nor to do with one of others");
    tap_ok(terminal_device(&processes[OTHER]) == (136 << 8 | 2) &&
               terminal_group(&processes[OTHER]) == OTHER &&
               terminal_group(&processes[SHELL]) == SHELL,
           "each has a foreground");
    processes[PARTNER].group = PARTNER;
    processes[PARTNER].session = OTHER;
    tap_ok(do_foreground(&other, 3, PARTNER, 0) == 0, "of its own");
    gone = 3;
    terminal_events();
    tap_ok(sent_count == 3 && sent[0].group == -OTHER && sent[0].signal == 1 &&
               sent[1].group == PARTNER && sent[1].signal == 1 && sent[2].signal == 18,
           "its end: SIGHUP for who leads and for the foreground");
    tap_ok(!terminal_controls(&processes[OTHER]) && terminal_controls(&processes[SHELL]),
           "and that session has none");
}

int main(void)
{
    test_groups();
    test_owner();
    test_foreground();
    test_background();
    test_orphans();
    test_leader();
    test_several();
    return tap_done();
}
