/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a defined interface costs: a method with two numbers each way (idl/service.capnp) through
 * its generated stub and dispatch, by its stub alone, and by the same system calls without them.
 * What differs is theirs, in the column of user instructions. The servers have time of their own.
 */
#include <idl/service.h>
#include <ipc/process.h>
#include <myelin/extension.h>

#include "env.h" /* behind those whose parameters have the names of its variables */

/* Empty in a root server on x86, and among those that call_receive() chooses from. */
enum { REPLY = seL4_CapSMMUSIDControl };

static void server_bare(seL4_Word unused)
{
    struct call c = { .reply = REPLY };
    struct call_registers r;

    (void)unused;
    seL4_Signal(done);
    seL4_RecvWithMRs(endpoint, NULL, &r.word[0], &r.word[1], NULL, NULL, REPLY);
    for (;;) {
        r.info = CALL_ANSWER(2, 2);
        call_reply_receive_words(&c, &r, endpoint, 2);
    }
}

static int ping(struct call *c, uint64_t a, uint64_t b, uint64_t *same_a, uint64_t *same_b)
{
    (void)c;
    *same_a = a;
    *same_b = b;
    return 0;
}

static void server_defined(seL4_Word unused)
{
    static const struct service_ops ops = { .ping = ping };
    struct call_server server = { .endpoint = endpoint, .replies = 1, .reply = { REPLY } };

    (void)unused;
    seL4_Signal(done);
    service_serve_on(&server, &ops);
}

static void client_bare(seL4_Word unused)
{
    seL4_CPtr to = endpoint;

    (void)unused;
    for (seL4_Word i = 0; i < ROUNDS; i++) {
        struct call_registers r = { .info = CALL_INFO(CALL_LABEL(SERVICE_ID, 0), 2),
                                    .word = { i, i + 1 } };
        MARK_BEGIN(ROW_call_bare_2w);
        call_enter(&r, 2, to, CALL_NEVER);
        MARK_END(ROW_call_bare_2w);
        check("answer", r.word[0] == i && r.word[1] == i + 1 ? seL4_NoError : seL4_RangeError);
    }
    done_signal();
}

/* By the stub, whoever serves; inline, since a mark's row is a constant. */
static inline __attribute__((always_inline)) void call_by_stub(unsigned row)
{
    struct service to = { endpoint };

    for (seL4_Word i = 0; i < ROUNDS; i++) {
        uint64_t a = 0, b = 0;
        MARK_BEGIN(row);
        int e = service_ping(to, i, i + 1, &a, &b);
        MARK_END(row);
        check("answer", e == 0 && a == i && b == i + 1 ? seL4_NoError : seL4_RangeError);
    }
    done_signal();
}

static void client_stub(seL4_Word unused)
{
    (void)unused;
    call_by_stub(ROW_call_stub_2w);
}

static void client_defined(seL4_Word unused)
{
    (void)unused;
    call_by_stub(ROW_call_defined_2w);
}

/* A component has a page that tells it of its process, where a server looks at each request. */
static void map_process_info(seL4_CPtr space)
{
    space_extend(space, PROCESS_INFO_ADDR);
    check("map process_info",
          seL4_X86_Page_Map(object_make(seL4_X86_4K, 0), space, PROCESS_INFO_ADDR, seL4_CanRead,
                            seL4_X86_Default_VMAttributes));
}

static void run(seL4_CPtr space_a, seL4_CPtr space_b, void (*serve)(seL4_Word),
                void (*call)(seL4_Word))
{
    struct worker callee = worker_make(space_b, PRIO_MID, 0),
                  caller = worker_make(space_a, PRIO_MID, 0);

    check("reply object", seL4_CNode_Move(seL4_CapInitThreadCNode, REPLY, seL4_WordBits,
                                          seL4_CapInitThreadCNode, callee.reply, seL4_WordBits));
    worker_start(&callee, serve, 0);
    done_wait();
    worker_start(&caller, call, 0);
    done_wait();
    worker_stop(&caller);
    worker_stop(&callee);
    check("reply object", seL4_CNode_Delete(seL4_CapInitThreadCNode, REPLY, seL4_WordBits));
}

void rows_defined(seL4_CPtr space_a, seL4_CPtr space_b)
{
    run(space_a, space_b, server_bare, client_bare);
    run(space_a, space_b, server_bare, client_stub);
    if (myelin_version(rt_bootinfo) == 0) {
        row_skip(ROW_call_defined_2w, "the kernel does not announce the extension");
    } else {
        map_process_info(space_b);
        run(space_a, space_b, server_defined, client_defined);
    }
}
