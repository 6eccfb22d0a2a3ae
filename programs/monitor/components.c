/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands about components: look at them, start and end them.
 */
#include <idl/file.h>
#include <ipc/tty.h>
#include <stdio.h>
#include <string.h>

#include "monitor.h"

static const char *fault_name(uint64_t fault)
{
    static const char *const names[] = {
        [INIT_FAULT_NONE] = "killed",
        [INIT_FAULT_MEMORY] = "memory fault",
        [INIT_FAULT_EXCEPTION] = "exception",
        [INIT_FAULT_SYSCALL] = "unknown system call",
        [INIT_FAULT_CAP] = "missing capability",
        [INIT_FAULT_TIMEOUT] = "out of budget",
        [INIT_FAULT_PAGER] = "pager ended",
    };

    return fault < sizeof names / sizeof names[0] ? names[fault] : "fault";
}

static void state_text(const struct init_component *c, char *text, size_t size)
{
    switch ((enum init_state)c->state) {
    case INIT_STATE_STOPPED: snprintf(text, size, "stopped"); break;
    case INIT_STATE_RUNNING: snprintf(text, size, "running"); break;
    case INIT_STATE_EXITED: snprintf(text, size, "exited %d", (int)c->code); break;
    case INIT_STATE_FAULTED: snprintf(text, size, "%s", fault_name((uint64_t)c->code)); break;
    default: snprintf(text, size, "unknown"); break;
    }
}

void do_components(char *arguments)
{
    struct init_component c;
    char state[32];

    (void)arguments;
    printf(
        "name         state          starts  priority  budget/period us      memory used/of K\n");
    for (unsigned i = 0; component_read(i, &c); i++) {
        state_text(&c, state, sizeof state);
        printf("%-12s %-14s %6lu %9lu  %9lu/%-9lu %9lu/%-5lu%s\n", c.name, state, c.starts,
               c.priority, c.budget_us, c.period_us, c.used_bytes / 1024, c.memory_bytes / 1024,
               c.passive ? "  passive" : "");
    }
}

void do_holds(char *arguments)
{
    char *name = one_word(arguments, "holds NAME"), text[256];
    struct init_component c;
    unsigned index;

    if (name == NULL || !component_by_name(name, &index, &c))
        return;
    for (unsigned line = 0; init_holds(init, index, line, text, sizeof text) == 0; line++)
        printf("  %s\n", text);
}

void do_mem(char *arguments)
{
    struct init_memory m;

    (void)arguments;
    if (init_memory(init, &m) != 0)
        return;
    printf("memory %lu K, free %lu K, set aside for components %lu K, of that in use %lu K\n",
           m.ram_bytes / 1024, m.free_bytes / 1024, m.component_bytes / 1024, m.used_bytes / 1024);
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

static void simple(int (*request)(struct init to, const char *name), char *arguments,
                   const char *usage)
{
    char *name = one_word(arguments, usage);
    int e = name == NULL ? 0 : request(init, name);

    if (e != 0)
        complain(name, e);
}

/* Start it and say so when that fails; *index is its number. */
static bool start(const char *name, const char *arguments, unsigned *index)
{
    uint64_t number = 0;
    int e = init_start(init, name, arguments == NULL ? "" : arguments, &number);

    *index = (unsigned)number;
    if (e == EINVAL || (e == EMSGSIZE && strlen(name) <= INIT_NAME_MAX))
        printf("%s: too many arguments: %d characters and %d words are possible\n", name,
               INIT_ARGS_BYTES_MAX, INIT_ARGS_WORDS_MAX);
    else if (e != 0)
        complain(name, e);
    return e == 0;
}

void do_start(char *arguments)
{
    char *rest, *name = name_and_rest(arguments, &rest, "start NAME [ARGS..]");
    unsigned index;

    if (name != NULL)
        (void)start(name, rest, &index);
}

void do_stop(char *arguments)
{
    simple(init_stop, arguments, "stop NAME");
}

void do_kill(char *arguments)
{
    simple(init_kill, arguments, "kill NAME");
}

void do_restart(char *arguments)
{
    simple(init_restart, arguments, "restart NAME");
}

void do_signal(char *arguments)
{
    simple(init_signal, arguments, "signal NAME");
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
    const struct process_cap *console = process_cap(PROCESS_CAP_ENDPOINT, "tty");
    uint64_t badge = console == NULL ? 0 : console->a, value;
    char none[1];
    size_t bytes;

    if (console == NULL)
        return;
    if (index >= 0 && init_badge(init, (uint64_t)index, "tty", &badge) != 0)
        return; /* it does not read from the console */
    (void)file_control((struct file){ console->slot }, 0, TTY_FRONT, badge, NULL, 0, &value, none,
                       0, &bytes);
}

void wait_for_end(const char *name, unsigned index)
{
    struct init_component c;
    char state[32];

    while (component_read(index, &c) && c.state == INIT_STATE_RUNNING)
        if ((signal_wait() & PROCESS_SIGNAL_NOTIFY(0)) != 0) { /* ^C */
            putchar('\n');
            (void)init_stop(init, name);
        }
    if (c.state == INIT_STATE_EXITED && c.code == 0)
        return;
    state_text(&c, state, sizeof state);
    printf("%s: %s\n", name, state);
}

void do_run(char *arguments)
{
    char *rest, *name = name_and_rest(arguments, &rest, "run NAME [ARGS..] [&]");
    bool background = false;
    unsigned index;

    if (name == NULL)
        return;
    size_t length = rest == NULL ? 0 : strlen(rest);
    if (length > 0 && rest[length - 1] == '&') {
        background = true;
        rest[length - 1] = '\0';
    }
    signals_clear();
    if (!start(name, rest, &index) || background)
        return;
    console_front((int)index);
    wait_for_end(name, index);
    console_front(-1);
}

static bool restart_often(const char *name, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        int e = init_restart(init, name);
        if (e != 0) {
            complain(name, e);
            return false;
        }
    }
    return true;
}

/*
 * Restart over and over. While it is stopped, at the end, nothing of its memory may be in use, and
 * nothing else may have become less: what others use, and whether it ran before, is no matter.
 */
void do_stress(char *arguments)
{
    struct init_memory before, after;
    struct init_component c, stopped;
    uint64_t started;
    char *name = one_word(arguments, "stress NAME COUNT");
    unsigned long count;
    unsigned index;

    if (name == NULL || !number_word("stress NAME COUNT", 0, &count) ||
        !component_by_name(name, &index, &c) || init_memory(init, &before) != 0)
        return;
    if (strcmp(name, process_info()->name) == 0) {
        printf("%s: cannot restart itself and go on\n", name);
        return;
    }
    if (!restart_often(name, count))
        return;
    (void)init_stop(init, name); /* refused when it has ended by itself */
    bool same = init_memory(init, &after) == 0 && before.free_bytes == after.free_bytes &&
                before.slots_used == after.slots_used && component_read(index, &stopped) &&
                stopped.used_bytes == 0;
    if (c.state == INIT_STATE_RUNNING)
        (void)init_start(init, name, "", &started);
    printf("%lu restarts of %s, memory and slots in use: %s\n", count, name,
           same ? "the same" : "NOT the same");
}
