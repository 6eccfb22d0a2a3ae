/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends another component after a while: `killer NAME [MILLISECONDS]`. For showing what someone sees
 * whose server dies while a call is under way.
 */
#include <idl/init.h>
#include <ipc/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
    char none[] = "", *end = none;
    long ms = argc > 2 ? strtol(argv[2], &end, 10) : 100;

    if (argc < 2 || ms < 0 || *end != '\0') {
        puts("usage: killer NAME [MILLISECONDS]");
        return 2;
    }
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
    int e = init_kill((struct init){ SLOT_INIT }, argv[1]);
    printf("killer: %s: %s\n", argv[1], e == 0 ? "done" : "not possible");
    return e != 0;
}
