/* SPDX-License-Identifier: BSD-2-Clause */
#include "requests.h"

#include <base/tsc.h>

#include "archive.h"
#include "component.h"
#include "fault.h"
#include "grant.h"
#include "log.h"
#include "text.h"
#include "watch.h"

static struct component *caller_of(const struct call *c)
{
    return c->self;
}

/* A line made in a result's own room, which is long enough for TEXT_BYTES. */
enum { TEXT_BYTES = 200 };

static char *text_room(struct call_item *text)
{
    return text->data;
}

static int text_done(struct call_item *text)
{
    text->count = text_length(text->data);
    return 0;
}

static int do_ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    *same_a = a;
    *same_b = b;
    return 0;
}

/* ---- a process about itself ---- */

static int do_exit(struct call *c, int64_t code)
{
    struct component *caller = caller_of(c);

    if (caller->watcher < 0)
        log_line("%s: exited with code %ld", caller->spec->name, code);
    component_end(caller, INIT_STATE_EXITED, code, true);
    return CALL_LATER;
}

static int do_log(struct call *c, const void *text, size_t bytes)
{
    char line[INIT_LOG_BYTES_MAX];

    /* Out of the message first: whatever we ask the kernel for goes through the same buffer. */
    bytes_copy(line, text, bytes);
    log_from(caller_of(c)->spec->name, line, bytes);
    return 0;
}

static int do_thread_start(struct call *c, uint64_t index, uint64_t rip, uint64_t rsp, uint64_t fs)
{
    bool good = index < PROCESS_THREADS_MAX &&
                component_thread_start(caller_of(c), (unsigned)index, rip, rsp, fs);

    return good ? 0 : EINVAL;
}

static int do_thread_exit(struct call *c, uint64_t index)
{
    if (index == 0 || index >= caller_of(c)->spec->threads)
        return EINVAL;
    component_thread_end(caller_of(c), (unsigned)index);
    return CALL_LATER;
}

static int do_protect(struct call *c, uint64_t address, uint64_t bytes, uint64_t rights)
{
    return component_protect(caller_of(c), address, bytes, (unsigned)(rights & 3)) ? 0 : EINVAL;
}

/* Believed only of the caller's own clients, as they run now. */
static int do_fault(struct call *c, uint64_t badge, uint64_t label, const uint64_t *words,
                    size_t count)
{
    unsigned index = PROCESS_FAULT_CLIENT(badge);

    if (index >= component_count ||
        components[index].spec->pager_index != (int)caller_of(c)->index ||
        components[index].incarnation != PROCESS_FAULT_START(badge) ||
        components[index].state != INIT_STATE_RUNNING)
        return EPERM;
    fault_handle_words(&components[index], 0, label, words, (unsigned)count);
    return 0;
}

static int do_fault_entry(struct call *c, uint64_t address)
{
    if (address >= seL4_UserTop)
        return EINVAL;
    caller_of(c)->fault_entry = address;
    return 0;
}

/*
 * The kernel tells what came since it was asked last, in whole microseconds: asked too often, it
 * would tell of nothing.
 */
static int do_time(struct call *c, struct call_item *us)
{
    enum { ASKED_PER_S = 10000 };
    struct component *caller = caller_of(c);
    uint64_t now = tsc_read(), *out = us->data;
    bool asks = now - caller->used_ticks >= sys.tsc_hz / ASKED_PER_S;

    if (asks)
        caller->used_ticks = now;
    for (unsigned i = 0; asks && i < caller->spec->threads; i++) {
        seL4_SchedContext_Consumed_t used = seL4_SchedContext_Consumed(caller->sc[i]);
        if (used.error == seL4_NoError)
            caller->used_us[i] += used.consumed;
    }
    us->count = caller->spec->threads;
    for (unsigned i = 0; i < us->count; i++)
        out[i] = caller->used_us[i];
    return 0;
}

static int do_client(struct call *c, uint64_t badge)
{
    return component_has_client(caller_of(c), badge) ? 0 : ENOENT;
}

static int do_log_take(struct call *c, uint64_t room, struct call_item *text)
{
    if (!caller_of(c)->spec->log)
        return EPERM;
    text->count = log_take(text->data, room < text->room ? room : text->room);
    return 0;
}

static int do_log_read(struct call *c, uint64_t at, uint64_t *from, struct call_item *text)
{
    (void)c;
    *from = at;
    text->count = log_read(from, text->data, text->room);
    return 0;
}

/* ---- the boot archive ---- */

static int do_file_stat(struct call *c, uint64_t index, uint64_t *bytes, struct call_item *name)
{
    const struct archive_file *f = archive_file(index);

    (void)c;
    if (f == NULL)
        return ENOENT;
    *bytes = f->bytes;
    call_text(name, f->name);
    return 0;
}

static int do_file_find(struct call *c, const char *name, uint64_t *index, uint64_t *bytes)
{
    const struct archive_file *f = archive_find(name, index);

    (void)c;
    if (f == NULL)
        return ENOENT;
    *bytes = f->bytes;
    return 0;
}

static int do_file_read(struct call *c, uint64_t index, uint64_t offset, struct call_item *data)
{
    const struct archive_file *f = archive_file(index);

    (void)c;
    if (f == NULL)
        return ENOENT;
    if (offset > f->bytes)
        offset = f->bytes;
    size_t left = f->bytes - offset;
    call_data(data, f->data + offset, left < data->room ? left : data->room);
    return 0;
}

/* ---- the components ---- */

static int do_component(struct call *c, uint64_t index, struct init_component *out)
{
    (void)c;
    if (index >= component_count)
        return ENOENT;
    const struct component *of = &components[index];
    const struct manifest_component *s = of->spec;
    text_copy(out->name, sizeof out->name, s->name);
    text_copy(out->program, sizeof out->program, s->program);
    out->state = (uint16_t)of->state;
    out->code = of->code;
    out->starts = of->starts;
    out->priority = s->priority;
    out->budget_us = s->budget_us;
    out->period_us = s->period_us;
    out->memory_bytes = 1ull << s->memory_bits;
    out->used_bytes = of->pool.used_bytes;
    out->passive = s->passive;
    out->serves = s->serves;
    out->manual = s->manual;
    out->notification = s->notification;
    out->own_time = of->own_time;
    return 0;
}

static int do_holds(struct call *c, uint64_t index, uint64_t line, struct call_item *text)
{
    (void)c;
    if (index >= component_count ||
        !grants_describe(&components[index], (unsigned)line, text_room(text), TEXT_BYTES))
        return ENOENT;
    return text_done(text);
}

static int do_memory(struct call *c, struct init_memory *out)
{
    (void)c;
    out->ram_bytes = sys.ram_bytes;
    out->free_bytes = cap_memory_free_bytes(&sys.memory);
    out->slots_used = sys.slots.next - sys.boot->empty.start;
    out->slots_total = sys.slots.end - sys.boot->empty.start;
    for (unsigned i = 0; i < component_count; i++) {
        if (components[i].pool.untyped != 0)
            out->component_bytes += 1ull << components[i].spec->memory_bits;
        out->used_bytes += components[i].pool.used_bytes;
    }
    return 0;
}

/* The component that who asks may start, end and signal: 0 and *found, or an error. */
static int named(const struct call *c, const char *name, struct component **found)
{
    if (!caller_of(c)->spec->control)
        return EPERM;
    *found = component_find(name);
    return *found == NULL ? ENOENT : 0;
}

static int start(struct component *c, const char *args)
{
    c->quick_ends = 0;
    const char *wrong = component_start(c, args);
    if (wrong != NULL)
        log_line("%s: not started: %s", c->spec->name, wrong);
    return wrong == NULL ? 0 : ENOMEM;
}

_Static_assert(MANIFEST_ARGS_MAX == INIT_ARGS_BYTES_MAX + 1, "the same limits");
_Static_assert((int)MANIFEST_ARGS_WORDS_MAX == INIT_ARGS_WORDS_MAX, "the same limits");

/* May the caller be called in the place of the terminal? MAN-2 holds for that, too. */
static bool can_take_output(const struct component *caller, const struct component *of)
{
    for (unsigned i = 0; i < of->spec->use_count; i++)
        if (grant_is_terminal(&of->spec->use[i]))
            return caller->spec->serves && caller->spec->priority > of->spec->priority;
    return false;
}

static int do_start(struct call *c, const char *name, const char *args, uint64_t output_badge,
                    uint32_t output_handle, uint64_t *index)
{
    char copy[MANIFEST_ARGS_MAX]; /* starting it uses the buffer that the message is in */
    struct component *of;
    int e = named(c, name, &of);

    if (e != 0)
        return e;
    if (of->state == INIT_STATE_RUNNING)
        return EBUSY;
    if (text_words(args) > MANIFEST_ARGS_WORDS_MAX ||
        (output_badge != 0 && !can_take_output(caller_of(c), of)))
        return EINVAL;
    text_copy(copy, sizeof copy, args);
    of->watcher = (int)caller_of(c)->index;
    of->output_badge = output_badge;
    of->output_handle = output_handle;
    *index = of->index;
    return start(of, copy[0] != '\0' ? copy : NULL);
}

/* What the caller may do to itself as well, and then gets no answer. */
static int end(const struct call *c, struct component *of, enum init_state state)
{
    if (of->state != INIT_STATE_RUNNING)
        return EBUSY;
    of->quick_ends = 0; /* it did not die by itself */
    bool killed = state == INIT_STATE_FAULTED;
    if (killed)
        log_line("%s: killed", of->spec->name);
    component_end(of, state, INIT_FAULT_NONE, killed);
    return of == caller_of(c) ? CALL_LATER : 0;
}

static int do_stop(struct call *c, const char *name)
{
    struct component *of;
    int e = named(c, name, &of);

    return e != 0 ? e : end(c, of, INIT_STATE_STOPPED);
}

static int do_kill(struct call *c, const char *name)
{
    struct component *of;
    int e = named(c, name, &of);

    return e != 0 ? e : end(c, of, INIT_STATE_FAULTED);
}

static int do_restart(struct call *c, const char *name)
{
    struct component *of;
    int e = named(c, name, &of);

    if (e != 0)
        return e;
    int ended = end(c, of, INIT_STATE_STOPPED); /* EBUSY: there is nothing to end */
    e = start(of, NULL);
    return ended == CALL_LATER ? CALL_LATER : e;
}

static int do_signal(struct call *c, const char *name)
{
    struct component *of;
    int e = named(c, name, &of);

    if (e != 0)
        return e;
    if (of->signal_cap == 0)
        return EINVAL;
    seL4_Signal(of->signal_cap);
    return 0;
}

static int do_watch(struct call *c, uint64_t index, bool on)
{
    if (!caller_of(c)->spec->control)
        return EPERM;
    if (index >= component_count)
        return ENOENT;
    return watch_set(&components[index], on) ? 0 : ENOMEM;
}

static int do_watch_read(struct call *c, uint64_t index, uint64_t at, uint64_t *from,
                         struct call_item *words)
{
    if (!caller_of(c)->spec->control)
        return EPERM;
    if (index >= component_count)
        return ENOENT;
    *from = at;
    words->count = watch_read(&components[index], from, words->data, words->room);
    return 0;
}

const struct init_ops init_requests = {
    .service = { .ping = do_ping },
    .exit = do_exit,
    .log = do_log,
    .thread_start = do_thread_start,
    .thread_exit = do_thread_exit,
    .protect = do_protect,
    .fault = do_fault,
    .client = do_client,
    .fault_entry = do_fault_entry,
    .time = do_time,
    .file_stat = do_file_stat,
    .file_find = do_file_find,
    .file_read = do_file_read,
    .component = do_component,
    .holds = do_holds,
    .memory = do_memory,
    .start = do_start,
    .stop = do_stop,
    .kill = do_kill,
    .restart = do_restart,
    .signal = do_signal,
    .log_take = do_log_take,
    .log_read = do_log_read,
    .watch = do_watch,
    .watch_read = do_watch_read,
};
