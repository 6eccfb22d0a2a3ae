/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries the servers of pipes and terminals, and plays the process server. One line for each case,
 * `ok - name` or `not ok - name`; tests/system/pipes.t reads them.
 */
#include "pipes.h"

#include <base/tsc.h>
#include <ipc/cap.h>
#include <ipc/process.h>
#include <stdlib.h>

static unsigned failed;

void check(bool good, const char *name)
{
    failed += !good;
    printf("%s - %s\n", good ? "ok" : "not ok", name);
}

uint64_t in_us(uint64_t us)
{
    return tsc_read() + us * (process_info()->tsc_hz / 1000000);
}

static seL4_CPtr mint(const char *server, uint64_t badge)
{
    seL4_CPtr whole, cap;

    if (ipc_connect(server, &whole) != 0 ||
        cap_mint(whole, CAP_CALL_ONLY, badge, &cap) != seL4_NoError) {
        puts("not ok - a session's capability is made");
        exit(1);
    }
    return cap;
}

struct session manager(const char *server)
{
    return (struct session){ mint(server, UNIX_BADGE_MANAGER) };
}

struct file process(const char *server, unsigned number)
{
    return (struct file){ mint(server, UNIX_BADGE(number, 1)) };
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 256);
    test_pipes();
    test_terminal();
    test_bells();
    test_store();
    test_hostile();
    printf("end: %u failed\n", failed);
    return failed != 0;
}
