/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting with poll(): a thread of a process is a notification in the CNode that is given. */
#include "pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <ipc/cap.h>
#include <ipc/message.h>
#include <myelin/ipc.h>
#include <poll.h>

enum { A = 9, THREAD = 3, CONSOLE = 0x501, ARM = 1, ARM_MORE };

static seL4_CPtr bells, bell;

/* The server of this name gets the bells, of which there is one: of process A. */
static int attach(const char *name)
{
    seL4_CPtr whole, grant;

    if (bells == 0 && (cap_create(seL4_CapTableObject, UNIX_BELLS_BITS, &bells) != seL4_NoError ||
                       notification_create(&bell) != seL4_NoError ||
                       seL4_CNode_Copy(bells, UNIX_BELL(A, THREAD), UNIX_BELLS_BITS, SLOT_CNODE,
                                       bell, seL4_WordBits, seL4_CanWrite) != seL4_NoError))
        return ENOMEM;
    if (ipc_connect(name, &whole) != 0 ||
        cap_mint(whole, CAP_ALL, UNIX_BADGE_MANAGER, &grant) != seL4_NoError)
        return ENOENT;
    int e = session_attach((struct session){ grant }, (struct service){ bells });
    (void)cap_delete(grant);
    return e;
}

/* Ask for events of a handle; those there are, or -errno. */
static int ask(struct file f, uint32_t handle, unsigned events, uint32_t arm)
{
    const uint32_t wanted[] = { handle, events };
    uint16_t found = 0;
    uint32_t ready = 0;
    size_t got = 0;
    int e = file_poll(f, THREAD, arm, wanted, sizeof wanted, &ready, &found, sizeof found, &got);

    return e != 0 ? -e : ready == (found != 0) ? found : -EPROTO;
}

static bool rings(void)
{
    return myelin_Wait(bell, in_us(20000)).outcome == MYELIN_OK;
}

static void of_pipes(void)
{
    static char full[65536];
    struct session boss = manager("pipe");
    struct file a = process("pipe", A);
    uint32_t r = 0, w = 0, r2 = 0, w2 = 0, done, more = 1;
    size_t n;

    (void)session_begin(boss, UNIX_BADGE(A, 1));
    (void)file_pipe(a, O_NONBLOCK, &r, &w);
    (void)file_pipe(a, O_NONBLOCK, &r2, &w2);
    check(ask(a, r, POLLIN, ARM) == -ENOSYS, "poll that waits: not before there are bells");
    check(attach("pipe") == 0, "the server gets them");
    check(ask(a, r, POLLIN, ARM) == 0 && !rings(), "nothing is ready, nothing rings");
    check(file_write(a, w, -1, "x", 1, &done) == 0 && rings() && !rings(), "a write rings, once");
    check(ask(a, r, POLLIN, ARM) == POLLIN && ask(a, r, POLLIN, ARM) == POLLIN,
          "what is ready is not waited for");
    check(ask(a, w, POLLOUT, ARM) == POLLOUT && file_write(a, w, -1, full, 65535, &done) == 0 &&
              ask(a, w, POLLOUT, ARM) == 0 && file_read(a, r, 65536, -1, full, 65536, &n) == 0 &&
              rings() && ask(a, w, POLLOUT, 0) == POLLOUT,
          "a read rings for who wants to write");
    check(ask(a, r, POLLIN, ARM) == 0 && ask(a, r2, POLLIN, ARM_MORE) == 0 &&
              file_write(a, w, -1, "x", 1, &done) == 0 && rings(),
          "one of two polls that are one");
    check(file_read(a, r, 1, -1, full, 1, &n) == 0 && ask(a, r, POLLIN, ARM) == 0 &&
              ask(a, r2, POLLIN, ARM) == 0 && file_write(a, w, -1, "x", 1, &done) == 0 && !rings(),
          "the next poll takes the place of the one before");
    check(ask(a, r2, POLLIN, ARM) == 0 && file_close(a, w2) == 0 && rings() &&
              ask(a, r2, POLLIN, 0) == POLLHUP,
          "the end rings, too");
    check(ask(a, r2, (unsigned)(POLLIN | 1u << 31), ARM) == 0 && file_close(a, r2) == 0 && rings(),
          "and to be closed, without POLLHUP");
    (void)file_read(a, r, 1, -1, full, 1, &n);
    check(ask(a, r, POLLIN, ARM) == 0, "a session waits");
    while (more != 0 && session_end(boss, UNIX_BADGE(A, 1), &more) == 0)
        continue;
    check(!rings(), "and ends");
}

static void of_terminal(void)
{
    struct session boss = manager("tty");
    struct file a = process("tty", A);
    uint32_t h = 0, more = 1;
    char line[64];
    size_t n;

    (void)session_begin(boss, UNIX_BADGE(A, 1));
    check(attach("tty") == 0 && file_device(a, CONSOLE, O_RDWR, 1, 7, &h) == 0 &&
              ask(a, h, POLLIN, ARM) == 0,
          "nothing is typed");
    puts("type: more");
    check(myelin_Wait(bell, in_us(5000000)).outcome == MYELIN_OK, "a key rings");
    while (ask(a, h, POLLIN, ARM) == 0)
        (void)myelin_Wait(bell, in_us(5000000));
    check(file_read(a, h, sizeof line, -1, line, sizeof line, &n) == 0 && n == 5 &&
              memcmp(line, "more\n", 5) == 0,
          "and then there is a line");
    while (more != 0 && session_end(boss, UNIX_BADGE(A, 1), &more) == 0)
        continue;
}

void test_bells(void)
{
    of_pipes();
    of_terminal();
}
