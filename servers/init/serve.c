/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One thread receives everything: requests of processes, faults of threads, calls to components that do not run, and
 * passive servers saying that they wait. init has the highest priority and never calls anyone, so it always comes
 * back here; that is also why it may answer in other people's place.
 */
#include "serve.h"

#include <ipc/message.h>

#include "archive.h"
#include "component.h"
#include "fault.h"
#include "grant.h"
#include "log.h"
#include "pending.h"
#include "text.h"

enum { READ_BYTES_MAX = 944, TEXT_MAX = 200 };

/* A request and, once it is handled, its answer. */
struct turn {
    seL4_IPCBuffer *buf;
    struct ipc_request request;
    struct component *caller;
    enum ipc_status status;
    unsigned words;             /* of the answer */
    bool no_answer;             /* the caller is gone */
};

static void bytes_copy(void *to, const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
}

static void answer(struct turn *t, enum ipc_status status, unsigned words)
{
    t->status = status;
    t->words = words;
}

static void answer_struct(struct turn *t, const void *data, size_t bytes)
{
    bytes_copy(t->buf->msg, data, bytes);
    answer(t, IPC_OK, (unsigned)(bytes / 8));
}

static bool has_words(struct turn *t, unsigned words)
{
    if (t->request.words >= words)
        return true;
    answer(t, IPC_INVALID, 0);
    return false;
}

/* ---- a process about itself ---- */

static void do_exit(struct turn *t)
{
    int64_t code = t->request.words > 0 ? (int64_t)t->buf->msg[0] : 0;

    t->no_answer = true;
    if (t->caller->watcher < 0)
        log_line("%s: exited with code %ld", t->caller->spec->name, code);
    component_end(t->caller, COMPONENT_EXITED, code, true);
}

static void do_log(struct turn *t)
{
    char line[INIT_LOG_BYTES_MAX];

    if (!has_words(t, 1))
        return;
    size_t bytes = t->buf->msg[0];
    if (bytes > sizeof line || 1 + (bytes + 7) / 8 > t->request.words) {
        answer(t, IPC_INVALID, 0);
        return;
    }
    bytes_copy(line, &t->buf->msg[1], bytes);
    log_from(t->caller->spec->name, line, bytes);
    answer(t, IPC_OK, 0);
}

static void do_thread_start(struct turn *t)
{
    if (!has_words(t, 4))
        return;
    seL4_Word index = t->buf->msg[0];
    bool good = index < PROCESS_THREADS_MAX
        && component_thread_start(t->caller, (unsigned)index, t->buf->msg[1], t->buf->msg[2], t->buf->msg[3]);
    answer(t, good ? IPC_OK : IPC_INVALID, 0);
}

static void do_thread_exit(struct turn *t)
{
    if (!has_words(t, 1))
        return;
    if (t->buf->msg[0] == 0 || t->buf->msg[0] >= t->caller->spec->threads) {
        answer(t, IPC_INVALID, 0);
        return;
    }
    component_thread_end(t->caller, (unsigned)t->buf->msg[0]);
    t->no_answer = true;
}

static void do_protect(struct turn *t)
{
    if (!has_words(t, 3))
        return;
    seL4_Word address = t->buf->msg[0], bytes = t->buf->msg[1], rights = t->buf->msg[2];
    answer(t, component_protect(t->caller, address, bytes, (unsigned)(rights & 3)) ? IPC_OK : IPC_INVALID, 0);
}

/* A pager hands on a fault of its client. Believed only for its own clients, as they run now. */
static void do_fault(struct turn *t)
{
    seL4_Word word[8] = { 0 };

    if (!has_words(t, 2))
        return;
    seL4_Word badge = t->buf->msg[0], label = t->buf->msg[1];
    unsigned index = PROCESS_FAULT_CLIENT(badge);
    for (unsigned i = 2; i < t->request.words && i < 10; i++)
        word[i - 2] = t->buf->msg[i];
    if (index >= component_count || components[index].spec->pager_index != (int)t->caller->index
        || components[index].incarnation != PROCESS_FAULT_START(badge) || components[index].state != COMPONENT_RUNNING) {
        answer(t, IPC_DENIED, 0);
        return;
    }
    fault_handle_words(&components[index], 0, label, word, 8);
    answer(t, IPC_OK, 0);
}

static void do_client(struct turn *t)
{
    if (has_words(t, 1))
        answer(t, component_has_client(t->caller, t->buf->msg[0]) ? IPC_OK : IPC_NOT_FOUND, 0);
}

/* ---- the boot archive ---- */

static void do_file_stat(struct turn *t)
{
    const struct archive_file *f = t->request.words > 0 ? archive_file(t->buf->msg[0]) : NULL;

    if (f == NULL) {
        answer(t, IPC_NOT_FOUND, 0);
        return;
    }
    t->buf->msg[0] = f->bytes;
    answer(t, IPC_OK, ipc_put_text(t->buf, 1, f->name));
}

static void do_file_find(struct turn *t)
{
    char name[64];
    size_t index;
    const struct archive_file *f = ipc_get_text(t->buf, 0, t->request.words, name, sizeof name)
        ? archive_find(name, &index) : NULL;

    if (f == NULL) {
        answer(t, IPC_NOT_FOUND, 0);
        return;
    }
    t->buf->msg[0] = index;
    t->buf->msg[1] = f->bytes;
    answer(t, IPC_OK, 2);
}

static void do_file_read(struct turn *t)
{
    if (!has_words(t, 2))
        return;
    const struct archive_file *f = archive_file(t->buf->msg[0]);
    uint64_t offset = t->buf->msg[1];
    if (f == NULL) {
        answer(t, IPC_NOT_FOUND, 0);
        return;
    }
    size_t left = offset < f->bytes ? f->bytes - offset : 0, bytes = left < READ_BYTES_MAX ? left : READ_BYTES_MAX;
    t->buf->msg[0] = bytes;
    bytes_copy(&t->buf->msg[1], f->data + offset, bytes);
    answer(t, IPC_OK, 1 + (unsigned)((bytes + 7) / 8));
}

/* ---- the components ---- */

static uint64_t component_flags(const struct manifest_component *s)
{
    return (s->passive ? INIT_FLAG_PASSIVE : 0u) | (s->serves ? INIT_FLAG_SERVES : 0u)
        | (s->manual ? INIT_FLAG_MANUAL : 0u) | (s->notification ? INIT_FLAG_NOTIFICATION : 0u);
}

static void do_component(struct turn *t)
{
    if (!has_words(t, 1))
        return;
    if (t->buf->msg[0] >= component_count) {
        answer(t, IPC_NOT_FOUND, 0);
        return;
    }
    const struct component *c = &components[t->buf->msg[0]];
    struct init_component out = {
        .state = c->state, .code = (uint64_t)c->code, .starts = c->starts, .priority = c->spec->priority,
        .budget_us = c->spec->budget_us, .period_us = c->spec->period_us,
        .memory_bytes = 1ull << c->spec->memory_bits, .used_bytes = c->pool.used_bytes,
        .flags = component_flags(c->spec),
    };
    text_copy(out.name, sizeof out.name, c->spec->name);
    text_copy(out.program, sizeof out.program, c->spec->program);
    answer_struct(t, &out, sizeof out);
}

static void do_holds(struct turn *t)
{
    char line[TEXT_MAX];

    if (!has_words(t, 2))
        return;
    if (t->buf->msg[0] >= component_count
        || !grants_describe(&components[t->buf->msg[0]], (unsigned)t->buf->msg[1], line, sizeof line)) {
        answer(t, IPC_NOT_FOUND, 0);
        return;
    }
    answer(t, IPC_OK, ipc_put_text(t->buf, 0, line));
}

static void do_memory(struct turn *t)
{
    struct init_memory out = {
        .ram_bytes = sys.ram_bytes, .free_bytes = cap_memory_free_bytes(&sys.memory),
        .slots_used = sys.slots.next - sys.boot->empty.start, .slots_total = sys.slots.end - sys.boot->empty.start,
    };

    for (unsigned i = 0; i < component_count; i++) {
        out.component_bytes += 1ull << components[i].spec->memory_bits;
        out.used_bytes += components[i].pool.used_bytes;
    }
    answer_struct(t, &out, sizeof out);
}

/* The component a request names in its first words; answers and gives NULL when it may not or there is none. */
static struct component *named(struct turn *t, char *name, size_t size)
{
    if (!t->caller->spec->control) {
        answer(t, IPC_DENIED, 0);
        return NULL;
    }
    struct component *c = ipc_get_text(t->buf, 0, t->request.words, name, size) ? component_find(name) : NULL;
    if (c == NULL)
        answer(t, IPC_NOT_FOUND, 0);
    return c;
}

static void start_and_answer(struct turn *t, struct component *c, const char *args)
{
    c->quick_ends = 0;
    const char *wrong = component_start(c, args);
    if (wrong != NULL)
        log_line("%s: not started: %s", c->spec->name, wrong);
    t->buf->msg[0] = c->index;
    answer(t, wrong == NULL ? IPC_OK : IPC_NO_MEMORY, 1);
}

static void do_start(struct turn *t)
{
    char name[MANIFEST_NAME_MAX], args[MANIFEST_ARGS_MAX];
    struct component *c = named(t, name, sizeof name);

    if (c == NULL)
        return;
    if (c->state == COMPONENT_RUNNING) {
        answer(t, IPC_BUSY, 0);
        return;
    }
    /* The arguments start in the word after the name's last. */
    unsigned after = (unsigned)((text_length(name) + 1 + 7) / 8);
    bool has_args = ipc_get_text(t->buf, after, t->request.words, args, sizeof args) && args[0] != '\0';
    c->watcher = (int)t->caller->index;
    start_and_answer(t, c, has_args ? args : NULL);
}

/* Stop, kill, restart: what the caller may do to itself as well, and then gets no answer. */
static void do_end(struct turn *t, enum init_op op)
{
    char name[MANIFEST_NAME_MAX];
    struct component *c = named(t, name, sizeof name);

    if (c == NULL)
        return;
    if (c->state != COMPONENT_RUNNING && op != INIT_RESTART) {
        answer(t, IPC_BUSY, 0);
        return;
    }
    t->no_answer = c == t->caller;
    answer(t, IPC_OK, 0);
    c->quick_ends = 0;                  /* it did not die by itself */
    if (op == INIT_KILL)
        log_line("%s: killed", name);
    component_end(c, op == INIT_KILL ? COMPONENT_FAULTED : COMPONENT_STOPPED, INIT_FAULT_NONE, op == INIT_KILL);
    if (op == INIT_RESTART)
        start_and_answer(t, c, NULL);
}

static void do_signal(struct turn *t)
{
    char name[MANIFEST_NAME_MAX];
    struct component *c = named(t, name, sizeof name);

    if (c == NULL)
        return;
    if (c->signal_cap != 0)
        seL4_Signal(c->signal_cap);
    answer(t, c->signal_cap != 0 ? IPC_OK : IPC_INVALID, 0);
}

static void do_badge(struct turn *t)
{
    char name[MANIFEST_NAME_MAX];

    if (!has_words(t, 2))
        return;
    uint64_t index = t->buf->msg[0];
    answer(t, IPC_NOT_FOUND, 0);
    if (index >= component_count || !ipc_get_text(t->buf, 1, t->request.words, name, sizeof name))
        return;
    const struct manifest_component *s = components[index].spec;
    for (unsigned n = 0; n < s->use_count; n++)
        if (!s->use[n].signal && text_equal(s->use[n].name, name)) {
            t->buf->msg[0] = s->use[n].badge;
            answer(t, IPC_OK, 1);
            return;
        }
}

static void do_check(struct turn *t)
{
    static struct manifest scratch;
    char name[64], line[TEXT_MAX];
    struct text out = text_into(line, sizeof line);
    if (!t->caller->spec->control) {            /* it takes long, at the highest priority */
        answer(t, IPC_DENIED, 0);
        return;
    }
    const struct archive_file *f = ipc_get_text(t->buf, 0, t->request.words, name, sizeof name)
        ? archive_find(name, NULL) : NULL;
    if (f == NULL) {
        answer(t, IPC_NOT_FOUND, 0);
        return;
    }
    if (manifest_parse((const char *)f->data, f->bytes, archive_has, &scratch))
        text_format(&out, "%s: good, %u components", name, scratch.count);
    else
        text_format(&out, "%s:%u: %s", name, scratch.error_line, scratch.error);
    answer(t, IPC_OK, ipc_put_text(t->buf, 0, line));
}

static void request_handle(struct turn *t)
{
    switch (t->request.op) {
    case IPC_PING:          answer(t, IPC_OK, t->request.words); return;
    case INIT_EXIT:         do_exit(t); return;
    case INIT_LOG:          do_log(t); return;
    case INIT_THREAD_START: do_thread_start(t); return;
    case INIT_THREAD_EXIT:  do_thread_exit(t); return;
    case INIT_PROTECT:      do_protect(t); return;
    case INIT_FAULT:        do_fault(t); return;
    case INIT_CLIENT:       do_client(t); return;
    case INIT_FILE_STAT:    do_file_stat(t); return;
    case INIT_FILE_FIND:    do_file_find(t); return;
    case INIT_FILE_READ:    do_file_read(t); return;
    case INIT_COMPONENT:    do_component(t); return;
    case INIT_HOLDS:        do_holds(t); return;
    case INIT_MEMORY:       do_memory(t); return;
    case INIT_START:        do_start(t); return;
    case INIT_STOP:
    case INIT_KILL:
    case INIT_RESTART:      do_end(t, (enum init_op)t->request.op); return;
    case INIT_SIGNAL:       do_signal(t); return;
    case INIT_BADGE:        do_badge(t); return;
    case INIT_CHECK:        do_check(t); return;
    default:                answer(t, IPC_UNKNOWN, 0); return;
    }
}

static void signals_handle(seL4_Word badge)
{
    for (unsigned i = 0; i < component_count; i++)
        if ((badge >> i & 1) != 0)
            component_ready(&components[i]);
}

static void do_thread_fault(struct turn *t)
{
    if (t->request.op == seL4_Fault_Timeout && t->caller->spec->passive && component_overrun(t->caller)) {
        answer(t, IPC_OK, 0);                   /* as a fault's answer: go on when there is time again */
        return;
    }
    fault_handle(t->caller, BADGE_THREAD(t->request.badge), t->request.op);
    t->no_answer = true;
}

static void turn_handle(struct turn *t)
{
    seL4_Word badge = t->request.badge;
    unsigned index = BADGE_COMPONENT(badge);

    t->no_answer = false;
    if ((badge & BADGE_READY) != 0) {
        signals_handle(badge & ~BADGE_READY);
        t->no_answer = true;
        return;
    }
    t->caller = &components[index < component_count ? index : 0];
    if ((badge & BADGE_REQUEST) != 0) {
        request_handle(t);
    } else if ((badge & BADGE_FAULT) != 0) {
        do_thread_fault(t);
    } else if (t->caller->state == COMPONENT_RUNNING && !t->caller->ready) {
        t->no_answer = pending_add(index);      /* BADGE_DEAD: in the place of one who is starting, */
        answer(t, IPC_AGAIN, 0);
    } else {
        answer(t, IPC_DEAD, 0);                 /* or who does not run */
    }
}

_Noreturn void serve(void)
{
    struct turn t = { .buf = sys.boot->ipcBuffer, .no_answer = true };

    for (;;) {
        if (t.no_answer)
            ipc_receive(t.buf, sys.endpoint, sys.reply, &t.request);
        else
            ipc_reply_receive(t.buf, sys.endpoint, sys.reply, t.status, t.words, &t.request);
        turn_handle(&t);
        signals_handle(sys.ready_missed & ~BADGE_READY);
        sys.ready_missed = 0;
    }
}
