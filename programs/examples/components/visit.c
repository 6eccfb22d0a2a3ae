/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two sessions with the desk, which don't see each other's notes; and the desk's page, mapped for
 * reading. Writing to it is a fault: an exception portal passes over the instruction.
 */
#include "desk.h"

#include <portal/exception.h>
#include <shm/shm.h>
#include <stdio.h>

static uint64_t note(seL4_CPtr desk, uint64_t number)
{
    struct msg m = MSG_TELL(DESK_NOTE, number);

    return msg_call(desk, &m, MSG_FOREVER) == MSG_OK ? m.tag : 99;
}

static uint64_t recall(seL4_CPtr desk)
{
    uint64_t number = 0;
    struct msg m = MSG_ASK(DESK_RECALL, number);

    return msg_call(desk, &m, MSG_FOREVER) == MSG_OK ? number : 0;
}

static bool pass_over(struct exception *e, void *refused)
{
    e->registers.rip += 3; /* movb $0x21, (%rax) */
    ++*(unsigned *)refused;
    return e->kind == EXCEPTION_MEMORY && e->write;
}

static void scribble(char *at)
{
    __asm__ volatile("movb $0x21, (%0)" ::"a"(at) : "memory");
}

static void read_board(seL4_CPtr desk)
{
    struct exception_portal portal = { .registers = EXCEPTION_IP };
    struct msg m = { .label = DESK_BOARD, .accept = true };
    unsigned refused = 0;
    struct shm board;

    if (msg_call(desk, &m, MSG_FOREVER) != MSG_OK || m.taken == SLOT_NULL ||
        shm_take(m.taken, DESK_BOARD_PAGES, false, &board) != seL4_NoError)
        return;
    (void)cap_delete(m.taken);
    if (exception_portal_create(&portal, pass_over, &refused) == seL4_NoError) {
        (void)exception_portal_catch(&portal, portal_thread_index());
        scribble(board.at);
        exception_portal_destroy(&portal);
    }
    printf("the board says: %s\nwrites refused: %u\n", (const char *)board.at, refused);
    shm_close(&board);
}

int main(void)
{
    struct session one, two;

    if (session_connect("desk", &one, MSG_FOREVER) != MSG_OK ||
        session_connect("desk", &two, MSG_FOREVER) != MSG_OK) {
        puts("the desk is closed");
        return 1;
    }
    if (note(one.cap, 17) == 0 && note(two.cap, 4) == 0)
        printf("noted: %lu and %lu\n", recall(one.cap), recall(two.cap));
    read_board(one.cap);
    session_close(&one);
    session_close(&two);
    return 0;
}
