/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cases.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

enum { NOBODY = 9999999 };

static void cases_ids(void)
{
    show_truth("getpid: positive", CALLED(SYS_getpid) > 0);
    show_truth("gettid: of the first thread", CALLED(SYS_gettid) == CALLED(SYS_getpid));
    V("setuid: -1", SYS_setuid, -1);
    V("setgid: -1", SYS_setgid, -1);
    V("setreuid: none", SYS_setreuid, -1, -1);
    V("setregid: none", SYS_setregid, -1, -1);
    V("setresuid: none", SYS_setresuid, -1, -1, -1);
    V("setresgid: none", SYS_setresgid, -1, -1, -1);
    E("getresuid: good", SYS_getresuid, page, page + 4, page + 8);
    E("getresuid: bad pointer", SYS_getresuid, page, gone, page);
    E("getresgid: bad pointer", SYS_getresgid, page, page, gone);
    E("getgroups: -1", SYS_getgroups, -1, page);
    E("getgroups: how many", SYS_getgroups, 0, 0);
    E("setgroups: too many", SYS_setgroups, 70000, page);
    V("getpgid: nobody", SYS_getpgid, NOBODY);
    V("getpgid: -1", SYS_getpgid, -1);
    show_truth("getpgid: own", CALLED(SYS_getpgid, 0) == CALLED(SYS_getpgrp));
    V("getsid: nobody", SYS_getsid, NOBODY);
    V("setpgid: group -1", SYS_setpgid, 0, -1);
    V("setpgid: nobody", SYS_setpgid, NOBODY, 0);
    V("setpgid: nobody, group -1", SYS_setpgid, NOBODY, -1);
    CALLED(SYS_umask, 027);
    V("umask: the one before", SYS_umask, 07777);
    V("umask: only permissions", SYS_umask, 022);
}

static void cases_sched(void)
{
    int *priority = (int *)(void *)page;
    unsigned long *mask = (unsigned long *)(void *)page;
    static const char *const names[] = {
        "sched_get_priority_max: other",    "sched_get_priority_max: fifo",
        "sched_get_priority_max: rr",       "sched_get_priority_max: batch",
        "sched_get_priority_max: 4",        "sched_get_priority_max: idle",
        "sched_get_priority_max: deadline",
    };

    for (int i = 0; i < 7; i++)
        V(names[i], SYS_sched_get_priority_max, i);
    V("sched_get_priority_min: fifo", SYS_sched_get_priority_min, 1);
    V("sched_get_priority_min: -1", SYS_sched_get_priority_min, -1);
    V("sched_getscheduler: own", SYS_sched_getscheduler, 0);
    V("sched_getscheduler: -1", SYS_sched_getscheduler, -1);
    V("sched_getscheduler: nobody", SYS_sched_getscheduler, NOBODY);
    V("sched_getparam: own", SYS_sched_getparam, 0, page);
    show_number("sched_getparam: priority", *priority);
    V("sched_getparam: null", SYS_sched_getparam, 0, 0);
    V("sched_getparam: bad pointer", SYS_sched_getparam, 0, gone);
    V("sched_getparam: nobody", SYS_sched_getparam, NOBODY, page);
    *priority = 0;
    V("sched_setscheduler: other", SYS_sched_setscheduler, 0, 0, page);
    V("sched_setscheduler: 77", SYS_sched_setscheduler, 0, 77, page);
    V("sched_setscheduler: -1", SYS_sched_setscheduler, 0, -1, page);
    V("sched_setscheduler: null", SYS_sched_setscheduler, 0, 0, 0);
    V("sched_setscheduler: bad pointer", SYS_sched_setscheduler, 0, 0, gone);
    V("sched_setscheduler: fifo, 0", SYS_sched_setscheduler, 0, 1, page);
    V("sched_setscheduler: nobody", SYS_sched_setscheduler, NOBODY, 0, page);
    *priority = 5;
    V("sched_setscheduler: other, 5", SYS_sched_setscheduler, 0, 0, page);
    V("sched_setparam: 5", SYS_sched_setparam, 0, page);
    V("sched_yield", SYS_sched_yield);
    E("sched_getaffinity: good", SYS_sched_getaffinity, 0, 128, page);
    V("sched_getaffinity: 4 bytes", SYS_sched_getaffinity, 0, 4, page);
    V("sched_getaffinity: 13 bytes", SYS_sched_getaffinity, 0, 13, page);
    V("sched_getaffinity: nobody", SYS_sched_getaffinity, NOBODY, 128, page);
    V("sched_getaffinity: nobody, 13 bytes", SYS_sched_getaffinity, NOBODY, 13, page);
    V("sched_getaffinity: bad pointer", SYS_sched_getaffinity, 0, 128, gone);
    *mask = 0;
    V("sched_setaffinity: none", SYS_sched_setaffinity, 0, 8, page);
    V("sched_setaffinity: bad pointer", SYS_sched_setaffinity, 0, 8, gone);
    V("sched_setaffinity: nobody, bad pointer", SYS_sched_setaffinity, NOBODY, 8, gone);
    V("sched_setaffinity: no bytes", SYS_sched_setaffinity, 0, 0, page);
    V("getcpu: nothing", SYS_getcpu, 0, 0, 0);
    V("getcpu: bad pointer", SYS_getcpu, gone, 0, 0);
    V("getpriority: own", SYS_getpriority, 0, 0);
    V("getpriority: 3", SYS_getpriority, 3, 0);
    V("getpriority: nobody", SYS_getpriority, 0, NOBODY);
    V("setpriority: 0", SYS_setpriority, 0, 0, 0);
    V("setpriority: 7", SYS_setpriority, 7, 0, 0);
    V("setpriority: nobody", SYS_setpriority, 0, NOBODY, 0);
    V("membarrier: unknown flag", SYS_membarrier, 0, 1, 0);
    V("membarrier: global", SYS_membarrier, 1, 0, 0);
    V("membarrier: private, not registered", SYS_membarrier, 8, 0, 0);
    V("membarrier: register", SYS_membarrier, 16, 0, 0);
    V("membarrier: private", SYS_membarrier, 8, 0, 0);
    V("membarrier: two at once", SYS_membarrier, 3, 0, 0);
}

static void cases_limits(void)
{
    unsigned long *limit = (unsigned long *)(void *)page;

    E("getrlimit: descriptors", SYS_getrlimit, 7, page);
    E("getrlimit: 16", SYS_getrlimit, 16, page);
    E("getrlimit: bad pointer", SYS_getrlimit, 7, gone);
    E("prlimit64: nobody", SYS_prlimit64, NOBODY, 7, 0, page);
    E("prlimit64: nothing", SYS_prlimit64, 0, 7, 0, 0);
    E("prlimit64: 99", SYS_prlimit64, 0, 99, 0, 0);
    E("prlimit64: 99, bad pointer", SYS_prlimit64, 0, 99, gone, 0);
    E("prlimit64: nobody, bad pointer", SYS_prlimit64, NOBODY, 7, gone, 0);
    E("prlimit64: bad old", SYS_prlimit64, 0, 7, 0, gone);
    limit[0] = 10, limit[1] = 5;
    E("setrlimit: soft above hard", SYS_setrlimit, 7, page);
    E("setrlimit: bad pointer", SYS_setrlimit, 7, gone);
    E("setrlimit: 99, bad pointer", SYS_setrlimit, 99, gone);
    E("setrlimit: 99", SYS_setrlimit, 99, page);
    E("sysinfo: good", SYS_sysinfo, page);
    E("sysinfo: bad pointer", SYS_sysinfo, gone);
}

static void cases_names_of_things(void)
{
    struct utsname name;

    E("uname: good", SYS_uname, &name);
    show_truth("uname: machine", strcmp(name.machine, "x86_64") == 0);
    E("uname: bad pointer", SYS_uname, gone);
    E("uname: up to a hole", SYS_uname, gone - 100);
    V("prctl: unknown", SYS_prctl, 9999, 0, 0, 0, 0);
    V("prctl: set name", SYS_prctl, PR_SET_NAME, "a name of more than 16", 0, 0, 0);
    memset(page, 1, 32);
    V("prctl: get name", SYS_prctl, PR_GET_NAME, page, 0, 0, 0);
    show_truth("prctl: 15 letters of it", strcmp(page, "a name of more ") == 0 && page[16] == 1);
    V("prctl: set name, bad pointer", SYS_prctl, PR_SET_NAME, gone, 0, 0, 0);
    V("prctl: get name, bad pointer", SYS_prctl, PR_GET_NAME, gone, 0, 0, 0);
    V("prctl: no new privileges: 0", SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
    V("prctl: no new privileges: 1, 1", SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0);
    V("prctl: no new privileges: what of it", SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    V("prctl: no new privileges", SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    V("prctl: no new privileges: now", SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    V("prctl: no new privileges: asked with 1", SYS_prctl, PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0);
    V("prctl: time-stamp counter", SYS_prctl, PR_GET_TSC, page, 0, 0, 0);
    V("prctl: time-stamp counter, bad pointer", SYS_prctl, PR_GET_TSC, gone, 0, 0, 0);
    V("prctl: signal at the parent's death", SYS_prctl, PR_GET_PDEATHSIG, page, 0, 0, 0);
    V("prctl: capability 99", SYS_prctl, PR_CAPBSET_READ, 99, 0, 0, 0);
    V("prctl: seccomp", SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);
    V("arch_prctl: unknown", SYS_arch_prctl, 0x9999, 0);
    V("arch_prctl: get fs, bad pointer", SYS_arch_prctl, 0x1003, gone);
    V("arch_prctl: get fs", SYS_arch_prctl, 0x1003, page);
    V("arch_prctl: set fs, kernel's", SYS_arch_prctl, 0x1002, KERNEL);
    V("personality: what it is", SYS_personality, -1);
    V("personality: linux", SYS_personality, 0);
}

static void cases_random(void)
{
    V("getrandom: some", SYS_getrandom, page, 100, 0);
    V("getrandom: 2000, not waiting", SYS_getrandom, page, 2000, 1);
    V("getrandom: insecure", SYS_getrandom, page, 10, 4);
    V("getrandom: random and insecure", SYS_getrandom, page, 10, 6);
    V("getrandom: unknown flag", SYS_getrandom, page, 10, 8);
    V("getrandom: unknown flag, bad pointer", SYS_getrandom, gone, 10, 8);
    V("getrandom: bad pointer", SYS_getrandom, gone, 10, 0);
    V("getrandom: up to a hole", SYS_getrandom, gone - 4, 10, 0);
    V("getrandom: none, bad pointer", SYS_getrandom, gone, 0, 0);
    V("getrandom: none, kernel's pointer", SYS_getrandom, KERNEL, 0, 0);
}

void cases_process(void)
{
    cases_ids();
    cases_sched();
    cases_limits();
    cases_names_of_things();
    cases_random();
}
