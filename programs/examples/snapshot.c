/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A snapshot of memory that goes on being changed (copy-on-write), with <myelin/frames.h>: one call
 * shares all pages and write-protects them; whoever then writes to one faults, and gets a copy of
 * that page. A fork does the same with another address space.
 *
 *     live    0 1 2 3 4 ...                    live    0 1 2 * 4 ...    * a frame of its own
 *             | | | | |        write to 3              | | |   |
 *     frames  o o o o o           ->           frames  o o o o o
 *             | | | | |                                | | | | |
 *     copy    0 1 2 3 4 ...    read-only       copy    0 1 2 3 4 ...
 */
#include "example.h"

#include <myelin/frames.h>

#define PAGE 4096ul
#define LIVE 0x10000000000ul
#define COPY (LIVE + 0x100000) /* in the same page table */

enum { PAGES = 16 };

static seL4_CPtr live, endpoint, reply;
static unsigned copied;

static volatile seL4_Word *page(seL4_Word base, unsigned i)
{
    return (volatile seL4_Word *)(base + i * PAGE);
}

static myelin_Run run(seL4_CPtr first)
{
    return (myelin_Run){ seL4_CapInitThreadCNode, first, seL4_WordBits, PAGES };
}

/* The capabilities of the snapshot's pages. */
static seL4_CPtr take_snapshot(void)
{
    myelin_ShareTarget to = { seL4_CapInitThreadCNode,
                              slots(PAGES),
                              seL4_WordBits,
                              seL4_CapInitThreadVSpace,
                              COPY,
                              seL4_CanRead,
                              0,
                              MYELIN_SHARE_PROTECT_SOURCE };
    myelin_RunResult r = myelin_ShareFrames(run(live), to, seL4_PageBits);

    check(r.error == seL4_NoError && r.done == PAGES, "all pages are shared in one call");
    return to.index;
}

/* Runs as a thread of its own: changes every third page. */
static void write_some(void)
{
    for (unsigned i = 0; i < PAGES; i += 3)
        *page(LIVE, i) += 100;
    for (;;)
        seL4_SendWithMRs(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL, NULL, NULL, NULL);
}

/* Its faults, until it sends a message of its own: the page gets a frame of its own. */
static void serve_faults(void)
{
    seL4_MessageInfo_t info = seL4_Recv(endpoint, NULL, reply);

    for (; seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault; copied++) {
        seL4_Word address = seL4_GetMR(seL4_VMFault_Addr) & ~(PAGE - 1);
        seL4_CPtr own = make(seL4_X86_4K, 0);
        must(myelin_CopyFrame(own, live + (address - LIVE) / PAGE), "copy");
        must(map(own, address), "map"); /* in the place of the other */
        info = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL, reply);
    }
}

static bool is_as(seL4_Word base, seL4_Word added)
{
    for (unsigned i = 0; i < PAGES; i++)
        if (*page(base, i) != i + (i % 3 == 0 ? added : 0))
            return false;
    return true;
}

int main(seL4_BootInfo *bootinfo)
{
    example_begin(bootinfo);
    endpoint = make(seL4_EndpointObject, 0);
    reply = make(seL4_ReplyObject, 0);
    live = make_pages(PAGES, LIVE);
    for (unsigned i = 0; i < PAGES; i++)
        *page(LIVE, i) = i;
    seL4_CPtr snapshot = take_snapshot();
    start_faulting(write_some, endpoint);
    serve_faults();
    check(copied == (PAGES + 2) / 3, "only pages that were written to were copied");
    check(is_as(LIVE, 100) && is_as(COPY, 0), "the memory has changed, the snapshot has not");
    check(myelin_DeleteFrames(run(snapshot)).done == PAGES, "the snapshot goes in one call");
    return example_end();
}
