/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands about components: look at them, start and end them.
 */
#include <ipc/console.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor.h"

static const char *fault_name(uint64_t fault)
{
    static const char *const names[] = {
        [INIT_FAULT_NONE] = "killed", [INIT_FAULT_MEMORY] = "memory fault", [INIT_FAULT_EXCEPTION] = "exception",
        [INIT_FAULT_SYSCALL] = "unknown system call", [INIT_FAULT_CAP] = "missing capability",
        [INIT_FAULT_TIMEOUT] = "out of budget", [INIT_FAULT_PAGER] = "pager ended",
    };

    return fault < sizeof names / sizeof names[0] ? names[fault] : "fault";
}

static void state_text(const struct init_component *c, char *text, size_t size)
{
    switch ((enum init_state)c->state) {
    case COMPONENT_STOPPED: snprintf(text, size, "stopped"); break;
    case COMPONENT_RUNNING: snprintf(text, size, "running"); break;
    case COMPONENT_EXITED:  snprintf(text, size, "exited %d", (int)c->code); break;
    case COMPONENT_FAULTED: snprintf(text, size, "%s", fault_name(c->code)); break;
    }
}

void do_components(char *arguments)
{
    struct init_component c;
    char state[32];

    (void)arguments;
    printf("name         state          starts  priority  budget/period us      memory used/of K\n");
    for (unsigned i = 0; component_read(i, &c); i++) {
        state_text(&c, state, sizeof state);
        printf("%-12s %-14s %6lu %9lu  %9lu/%-9lu %9lu/%-5lu%s\n", c.name, state, c.starts, c.priority, c.budget_us,
               c.period_us, c.used_bytes / 1024, c.memory_bytes / 1024,
               (c.flags & INIT_FLAG_PASSIVE) != 0 ? "  passive" : "");
    }
}

void do_holds(char *arguments)
{
    seL4_IPCBuffer *buf = ipc_buffer();
    char *name = one_word(arguments, "holds NAME"), text[256];
    struct init_component c;
    unsigned index, got;

    if (name == NULL || !component_by_name(name, &index, &c))
        return;
    for (unsigned line = 0;; line++) {
        buf->msg[0] = index;
        buf->msg[1] = line;
        if (init_call(INIT_HOLDS, 2, &got) != IPC_OK || !ipc_get_text(buf, 0, got, text, sizeof text))
            return;
        printf("  %s\n", text);
    }
}

static bool memory_read(struct init_memory *m)
{
    unsigned got;

    if (init_call(INIT_MEMORY, 0, &got) != IPC_OK || got * 8 < sizeof *m)
        return false;
    memcpy(m, ipc_buffer()->msg, sizeof *m);
    return true;
}

void do_mem(char *arguments)
{
    struct init_memory m;

    (void)arguments;
    if (!memory_read(&m))
        return;
    printf("memory %lu K, free %lu K, set aside for components %lu K, of that in use %lu K\n", m.ram_bytes / 1024,
           m.free_bytes / 1024, m.component_bytes / 1024, m.used_bytes / 1024);
    printf("init's slots: %lu of %lu in use\n", m.slots_used, m.slots_total);
}

/* Name, then whatever follows it, or NULL. */
static char *name_and_rest(char *arguments, char **rest, const char *usage)
{
    arguments += strspn(arguments, " ");
    size_t length = strcspn(arguments, " ");

    if (length == 0) {
        printf("usage: %s\n", usage);
        return NULL;
    }
    *rest = arguments[length] == '\0' ? NULL : arguments + length + 1;
    arguments[length] = '\0';
    return arguments;
}

static void simple(enum init_op op, char *arguments, const char *usage)
{
    char *name = one_word(arguments, usage);

    if (name == NULL)
        return;
    enum ipc_status status = init_call_name(op, name, NULL, NULL);
    if (status != IPC_OK)
        complain(name, status);
}

void do_start(char *arguments)
{
    char *rest, *name = name_and_rest(arguments, &rest, "start NAME [ARGS..]");

    if (name == NULL)
        return;
    enum ipc_status status = init_call_name(INIT_START, name, rest, NULL);
    if (status != IPC_OK)
        complain(name, status);
}

void do_stop(char *arguments)
{
    simple(INIT_STOP, arguments, "stop NAME");
}

void do_kill(char *arguments)
{
    simple(INIT_KILL, arguments, "kill NAME");
}

void do_restart(char *arguments)
{
    simple(INIT_RESTART, arguments, "restart NAME");
}

void do_signal(char *arguments)
{
    simple(INIT_SIGNAL, arguments, "signal NAME");
}

/* Sleep until something happened; the bits say what. */
static uint64_t signal_wait(void)
{
    seL4_Word badge;

    seL4_WaitWithMRs(SLOT_NOTIFICATION, &badge, NULL, NULL, NULL, NULL);
    return badge;
}

/* Forget signals that came before. */
static void signals_clear(void)
{
    seL4_Word badge;

    (void)seL4_NBWait(SLOT_NOTIFICATION, &badge);
}

void console_front(int index)
{
    const struct process_cap *console = process_cap(PROCESS_CAP_ENDPOINT, "console");
    seL4_IPCBuffer *buf = ipc_buffer();

    if (console == NULL)
        return;
    if (index < 0) {
        buf->msg[0] = console->a;
    } else {
        buf->msg[0] = (seL4_Word)index;
        if (init_call(INIT_BADGE, ipc_put_text(buf, 1, "console"), NULL) != IPC_OK)
            return;                     /* it does not read from the console */
    }
    (void)ipc_call(buf, console->slot, CONSOLE_FRONT, 1, NULL);
}

void wait_for_end(const char *name, unsigned index)
{
    struct init_component c;
    char state[32];

    while (component_read(index, &c) && c.state == COMPONENT_RUNNING)
        if ((signal_wait() & PROCESS_SIGNAL_NOTIFY(0)) != 0)        /* ^C */
            (void)init_call_name(INIT_STOP, name, NULL, NULL);
    if (c.state == COMPONENT_EXITED && c.code == 0)
        return;
    state_text(&c, state, sizeof state);
    printf("%s: %s\n", name, state);
}

void do_run(char *arguments)
{
    char *rest, *name = name_and_rest(arguments, &rest, "run NAME [ARGS..] [&]");
    bool background = false;

    if (name == NULL)
        return;
    size_t length = rest == NULL ? 0 : strlen(rest);
    if (length > 0 && rest[length - 1] == '&') {
        background = true;
        rest[length - 1] = '\0';
    }
    signals_clear();
    enum ipc_status status = init_call_name(INIT_START, name, rest, NULL);
    unsigned index = (unsigned)ipc_buffer()->msg[0];
    if (status != IPC_OK)
        complain(name, status);
    else if (!background) {
        console_front((int)index);
        wait_for_end(name, index);
        console_front(-1);
    }
}

/* Restart over and over: memory in use must be the same afterwards. */
void do_stress(char *arguments)
{
    struct init_memory before, after;
    char *name = strtok(arguments, " "), *number = strtok(NULL, " ");
    unsigned long count = number == NULL ? 0 : strtoul(number, NULL, 10);

    if (name == NULL || count == 0) {
        puts("usage: stress NAME COUNT");
        return;
    }
    if (!memory_read(&before))
        return;
    for (unsigned long i = 0; i < count; i++) {
        enum ipc_status status = init_call_name(INIT_RESTART, name, NULL, NULL);
        if (status != IPC_OK) {
            complain(name, status);
            return;
        }
    }
    if (!memory_read(&after))
        return;
    bool same = before.free_bytes == after.free_bytes && before.used_bytes == after.used_bytes
        && before.slots_used == after.slots_used;
    printf("%lu restarts of %s, memory and slots in use: %s\n", count, name, same ? "the same" : "NOT the same");
}
