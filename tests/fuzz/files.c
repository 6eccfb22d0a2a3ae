/* SPDX-License-Identifier: BSD-2-Clause */
/* Servers of files: their sessions, and who asks. */
#include "server_priv.h"

#include <idl/file.h>
#include <string.h>

enum { THREADS = 3 };

static uint32_t generation[PROCESSES]; /* of the processes that there are now */

void file_serve_on(struct call_server *server, const struct file_ops *table)
{
    server_started(server, table);
}

_Noreturn int serve_clients(struct serve *serve, const struct file_ops *table)
{
    (void)serve;
    (void)table;
    abort();
}

static int dispatch(struct call *c, struct call_registers *r, const void *ops)
{
    return file_dispatch(c, r, ops);
}

static uint64_t process(unsigned number)
{
    return UNIX_BADGE(number + 1, generation[number]);
}

static uint64_t word(unsigned n)
{
    return process(n % PROCESSES);
}

/* ---- who asks ---- */

static uint64_t badge_take(void)
{
    unsigned n = (unsigned)take_bytes(input, 1);

    if (n < 180)
        return process(n % PROCESSES);
    if (n < 210)
        return UNIX_BADGE_MANAGER;
    if (n < 220)
        return 1 + n % 3;
    if (n < 225)
        return UNIX_BADGE(1 + n % PROCESSES, generation[n % PROCESSES] + 1);
    return exports.count > 0 ? pool_take(&exports) : process(n % PROCESSES);
}

/* What every server of files has beside. */
static const struct call_method *const of_sessions[] = {
    &session_attach_method_,    &session_begin_method_, &session_fork_method_,
    &session_keep_method_,      &session_end_method_,   &session_attributes_method_,
    &session_lend_method_,      &session_name_method_,  &session_root_method_,
    &session_pin_method_,       &session_unpin_method_, &session_give_method_,
    &session_count_method_,     &session_quota_method_, &session_used_method_,
    &file_cache_frames_method_,
};

static const struct call_method *method_take(void)
{
    const unsigned sessions = sizeof of_sessions / sizeof of_sessions[0];
    unsigned n = (unsigned)take_bytes(input, 1) % (fuzzed.method_count + sessions);

    return n < fuzzed.method_count ? fuzzed.methods[n] : of_sessions[n - fuzzed.method_count];
}

static void request(void)
{
    const struct call_method *m = method_take();
    struct asker from = { .method = m, .badge = badge_take() };
    struct call_registers r = { 0 };
    unsigned how = (unsigned)take_bytes(input, 1);

    if ((m->label >> 8) == SESSION_ID && how < 250)
        from.badge = UNIX_BADGE_MANAGER;
    else if (m->cancellable && from.badge == UNIX_BADGE_MANAGER)
        from.badge = process(0); /* the manager never waits */
    from.thread = how % THREADS;
    give_up(from.badge, (int)from.thread); /* it asks for something else */
    request_make(m, &from, &r);
    if (how >= 200 && how < 230) {
        from.is_odd = true;
        request_spoil(&r);
    }
    if (how == 249)
        from.is_gone = true;
    KNOWN(&r, sizeof r);
    KNOWN(server_buffer.msg, (r.info & 127) * sizeof server_buffer.msg[0]);
    (void)deliver(&from, &r);
}

/* Something that the bytes say: a request, most of the time. */
static void step(void)
{
    const struct session manager = { SLOT_SELF };
    unsigned n = (unsigned)take_bytes(input, 1), which;
    uint32_t more;

    caller = UNIX_BADGE_MANAGER;
    if (n < 215) {
        request();
    } else if (n < 225) {
        if (fuzzed.disturb != NULL)
            fuzzed.disturb(input);
    } else if (n < 230) {
        now += take_bytes(input, 4);
    } else if (n < 238) {
        signal_give(fuzzed.signals & take_bytes(input, 8));
    } else if (n < 244) {
        give_up(badge_take(), -1);
    } else if (n < 248) { /* a process is killed: its threads first */
        which = n % PROCESSES;
        give_up(process(which), -1);
        while (session_end(manager, process(which), &more) == 0 && more != 0)
            continue;
        generation[which]++;
        (void)session_begin(manager, process(which));
    } else {
        struct session_attributes a = { .session = process(n % PROCESSES),
                                        .pid = (int)n,
                                        .group = n % 3,
                                        .sid = n % 2,
                                        .uid = (n & 1) * 1000,
                                        .gid = (n & 2) * 500,
                                        .bytes_max = n == 250 ? 10000 : ~0ull };
        const uint32_t groups[] = { 7, 1000 };
        (void)session_attributes(manager, &a, groups, n % 3);
    }
}

/* ---- the begin and the end ---- */

static void sessions_end(void)
{
    const struct session manager = { SLOT_SELF };
    const struct file file = { SLOT_SELF };
    uint32_t more, sessions, open;

    caller = UNIX_BADGE_MANAGER;
    for (unsigned i = 0; i < SERVE_PROCESSES_MAX; i++)
        while (serve_process[i].badge != 0)
            MUST(session_end(manager, serve_process[i].badge, &more) == 0);
    signal_give(PROCESS_SIGNAL_CLIENT);
    for (uint32_t i = 0; i < serve_manager.slots; i++)
        if (serve_manager.slot[i].file != NULL)
            MUST(file_close(file, serve_manager.slot[i].generation << SERVE_INDEX_BITS | i) == 0);
    MUST(session_count(manager, &sessions, &open) == 0 && sessions == 0 && open == 0);
    if (fuzzed.tidy != NULL)
        fuzzed.tidy(file);
    for (unsigned i = 0; i < SERVE_EXPORTS_MAX; i++)
        MUST(serve_exports[i].session.badge == 0);
    for (unsigned i = 0; i < SERVE_CLIENTS_MAX; i++)
        MUST(serve_client[i].badge == 0);
    free(serve_manager.slot); /* it has no end */
    serve_manager = (struct serve_session){ .badge = UNIX_BADGE_MANAGER };
}

static void sessions_begin(void)
{
    const struct session manager = { SLOT_SELF };

    caller = UNIX_BADGE_MANAGER;
    for (unsigned i = 0; i < PROCESSES; i++) {
        generation[i]++;
        MUST(session_begin(manager, process(i)) == 0);
    }
    caller = process(0); /* of what is asked first: struct fuzzed.warm */
}

const struct fuzzed_kind of_files = {
    .dispatch = dispatch,
    .begin = sessions_begin,
    .step = step,
    .end = sessions_end,
    .word = word,
};
