/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions that stay when their maker takes them away. A page of one that is touched and not there
 * is a fault, which the personality gives us as a signal; a page of ours comes in its place, and
 * the instruction is made again.
 *
 * KEEP-1: each page of such a region has a frame of ours, made when it was kept, so that nothing
 *         can fail when it is needed.
 */
#if __STDC_HOSTED__ /* needs the C library, which not all have that link this */

#include <ipc/message.h>
#include <myelin/extension.h>
#include <shm/shm.h>
#include <signal.h>

enum { KEPT_MAX = 4 };

static struct kept {
    uintptr_t at;
    unsigned pages, order;
    seL4_CPtr frames; /* 0: free */
} kept[KEPT_MAX];

static struct kept *kept_at(uintptr_t address)
{
    for (unsigned i = 0; i < KEPT_MAX; i++)
        if (kept[i].frames != 0 && address - kept[i].at < (uintptr_t)kept[i].pages * SHM_PAGE)
            return &kept[i];
    return NULL;
}

/* Whatever was in the middle of a message finds it as it was. */
static seL4_Error page_put(const struct kept *k, unsigned page)
{
    seL4_IPCBuffer *buf = seL4_GetIPCBuffer();
    seL4_Word cap = buf->caps_or_badges[0];
    seL4_Error error =
        seL4_X86_Page_Map(k->frames + page, SLOT_VSPACE, k->at + page * (uintptr_t)SHM_PAGE,
                          seL4_ReadWrite, (seL4_X86_VMAttributes)MYELIN_X86_EXECUTE_NEVER);

    buf->caps_or_badges[0] = cap;
    return error;
}

/* Any other fault comes again, and ends the program then. */
static void fault(int signal_number, siginfo_t *info, void *context)
{
    uintptr_t at = (uintptr_t)info->si_addr;
    const struct kept *k = kept_at(at);

    (void)context;
    if (k == NULL || page_put(k, (unsigned)((at - k->at) / SHM_PAGE)) != seL4_NoError)
        (void)signal(signal_number, SIG_DFL);
}

seL4_Error shm_keep(const struct shm *shm)
{
    struct sigaction action = { .sa_sigaction = fault, .sa_flags = SA_SIGINFO };
    struct kept *k = kept;

    while (k < kept + KEPT_MAX && k->frames != 0)
        k++;
    if (k == kept + KEPT_MAX || shm->made || shm->at == NULL ||
        sigaction(SIGSEGV, &action, NULL) != 0)
        return seL4_IllegalOperation;
    *k = (struct kept){ .at = (uintptr_t)shm->at, .pages = shm->pages, .order = shm->order };
    return cap_create_run(seL4_X86_4K, 0, shm->order, &k->frames);
}

void shm_keep_end(const struct shm *shm)
{
    struct kept *k = shm->at != NULL ? kept_at((uintptr_t)shm->at) : NULL;

    if (k == NULL)
        return;
    (void)cap_delete(k->frames); /* all of them, wherever they are mapped */
    k->frames = 0;
}

#endif
