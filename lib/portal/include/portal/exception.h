/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception portals: a function that is called when a thread of this component faults. It gets the
 * registers that it asked for, may change them, and says whether the thread goes on.
 *
 *     static bool skip(struct exception *e, void *unused)
 *     {
 *         if (e->kind != EXCEPTION_MEMORY || e->address >= 4096)
 *             return false;                            init reports it and ends the component
 *         e->registers.rip += 2;                       behind the instruction
 *         return true;
 *     }
 *
 *     struct exception_portal portal = { .registers = EXCEPTION_IP };
 *     exception_portal_create(&portal, skip, NULL);
 *     exception_portal_catch(&portal, portal_thread_index());
 *
 * The function runs on the time of the thread that faulted, in the portal's thread; it may use
 * whatever a portal's function may.
 */
#pragma once

#include <portal/portal.h>

#ifdef __cplusplus
extern "C" {
#endif

enum exception_kind {
    EXCEPTION_MEMORY,      /* address, error_code, instruction_fetch */
    EXCEPTION_PROCESSOR,   /* number, error_code: Intel SDM vol. 3A, 6.15 */
    EXCEPTION_SYSTEM_CALL, /* number: of a call that does not exist */
    EXCEPTION_CAPABILITY,  /* address: of the slot, in which was nothing fit for the call */
    EXCEPTION_OTHER,       /* number: label of the kernel's message */
};

/* Which registers a function gets: these, and those named before. */
enum exception_registers {
    EXCEPTION_NONE = 0,
    EXCEPTION_IP = 1,    /* rip */
    EXCEPTION_SP = 2,    /* rsp */
    EXCEPTION_FLAGS = 3, /* rflags */
    EXCEPTION_GENERAL = 18 /* rax .. r15 */,
    EXCEPTION_ALL = 20, /* fs_base, gs_base */
};

struct exception {
    enum exception_kind kind;
    seL4_Word thread; /* number among the component's */
    seL4_Word address, error_code, number;
    bool instruction_fetch, write;
    seL4_UserContext
        registers; /* those asked for; the others are 0, and changing them is nothing */
};

/* Whether the thread goes on, with its registers as they are in `e` then. */
typedef bool exception_function(struct exception *e, void *argument);

struct exception_portal {
    enum exception_registers registers; /* set by the user */

    /* the library's */
    struct portal portal;
    exception_function *function;
    void *argument;
    seL4_CPtr catches[PROCESS_THREADS_MAX]; /* [I] while a thread's faults come here */
    seL4_Word room[24];
};

/* Make a portal for exceptions. Errors as portal_create(). */
seL4_Error exception_portal_create(struct exception_portal *portal, exception_function *function,
                                   void *argument);

/*
 * From now on faults of that thread of the component come here.
 * @return seL4_RangeError: no such thread; errors as cap_mint(); seL4_IllegalOperation: it is the
 *         portal's own thread, or caught here already
 */
seL4_Error exception_portal_catch(struct exception_portal *portal, seL4_Word thread);

/* They go to init again. */
void exception_portal_release(struct exception_portal *portal, seL4_Word thread);

/* Release all threads and end the portal. No thread may be in its function. */
void exception_portal_destroy(struct exception_portal *portal);

/*
 * A function for exception_portal_create(), with EXCEPTION_GENERAL: waiting or receiving through a
 * slot in which nothing fit for that is (any more) ends with MSG_DEAD instead of with the thread.
 * For who waits by capabilities of somebody he does not trust. Other exceptions are init's.
 */
bool exception_dead_capability(struct exception *e, void *unused);

#ifdef __cplusplus
}
#endif
