/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "system.h"

/* As snprintf() behind what is there: where it ends then. */
__attribute__((format(printf, 4, 5))) static size_t put(char *to, size_t room, size_t at,
                                                        const char *format, ...)
{
    va_list args;

    if (at >= room)
        return at;
    va_start(args, format);
    int length = vsnprintf(to + at, room - at, format, args);
    va_end(args);
    at += length > 0 ? (size_t)length : 0;
    return at < room ? at : room - 1;
}

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

size_t text_state(const struct init_component *c, char *to, size_t room)
{
    switch ((enum init_state)c->state) {
    case INIT_STATE_STOPPED: return put(to, room, 0, "stopped");
    case INIT_STATE_RUNNING: return put(to, room, 0, "running");
    case INIT_STATE_EXITED: return put(to, room, 0, "exited %d", (int)c->code);
    case INIT_STATE_FAULTED: return put(to, room, 0, "%s", fault_name((uint64_t)c->code));
    default: return put(to, room, 0, "unknown");
    }
}

size_t text_components(char *to, size_t room)
{
    struct init_component c;
    char state[32];
    size_t at = put(to, room, 0, "%-12s %-14s %6s  %8s  %-20s  %s\n", "name", "state", "starts",
                    "priority", "budget/period us", "memory used/of K");

    for (unsigned i = 0; component_read(i, &c); i++) {
        (void)text_state(&c, state, sizeof state);
        at = put(to, room, at, "%-12s %-14s %6lu %9lu  %9lu/%-9lu %9lu/%-5lu%s\n", c.name, state,
                 c.starts, c.priority, c.budget_us, c.period_us, c.used_bytes / 1024,
                 c.memory_bytes / 1024, c.passive ? "  passive" : "");
    }
    return at;
}

size_t text_memory(char *to, size_t room)
{
    struct init_memory m;

    if (init_memory(init, &m) != 0)
        return 0;
    size_t at =
        put(to, room, 0, "total %lu K\nfree %lu K\ncomponents %lu K\nused %lu K\n",
            m.ram_bytes / 1024, m.free_bytes / 1024, m.component_bytes / 1024, m.used_bytes / 1024);
    return put(to, room, at, "slots %lu of %lu\n", m.slots_used, m.slots_total);
}

size_t text_status(const struct init_component *c, char *to, size_t room)
{
    char state[32];

    (void)text_state(c, state, sizeof state);
    size_t at = put(to, room, 0, "name %s\nprogram %s\nstate %s\nstarts %lu\npriority %lu\n",
                    c->name, c->program, state, c->starts, c->priority);
    at = put(to, room, at, "budget %lu us\nperiod %lu us\nmemory %lu K\nused %lu K\n", c->budget_us,
             c->period_us, c->memory_bytes / 1024, c->used_bytes / 1024);
    return put(to, room, at, "passive %s\n", c->passive ? "yes" : "no");
}

size_t text_holds(unsigned index, char *to, size_t room)
{
    char line[200];
    size_t at = 0;

    for (unsigned n = 0; init_holds(init, index, n, line, sizeof line) == 0; n++)
        at = put(to, room, at, "%s\n", line);
    return at;
}
