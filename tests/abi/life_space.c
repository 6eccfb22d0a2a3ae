/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life cycles of what a thread lives in: its address space with all its parts, its pool of
 * identifiers, its CSpace, its IPC buffer, destroyed in each state the thread can be in, by others
 * and by itself. If a case fails, the kernel goes on using memory that is somebody else's by then,
 * or a thread keeps what was taken away.
 */

#include "env.h"
#include "life.h"
#include <myelin/extension.h>

/* A thread that has everything for itself, made from a region of its own. */
struct tenant {
    seL4_CPtr region, pool, pml4, pdpt, directory, table, code, buffer, cnode;
    seL4_CPtr tcb, sc, endpoint, fault_ep, reply, ntfn, reply2;
};

#define REGION_BITS 18
#define CODE_VADDR 0x400000ul
#define BUFFER_VADDR 0x401000ul
#define CNODE_BITS 6

/* Where things are in its CSpace. */
enum { AT_ROOT = 1, AT_ENDPOINT, AT_REPLY, AT_NTFN, AT_FREE };

static seL4_CPtr part(const struct tenant *t, seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_Untyped_Retype(t->region, type, size_bits, CNODE, 0, 0, slot, 1));
    return slot;
}

static void give(const struct tenant *t, seL4_Word at, seL4_CPtr cap)
{
    WORKS(seL4_CNode_Copy(t->cnode, at, CNODE_BITS, CNODE, cap, DEPTH, seL4_AllRights));
}

/*
 * What it executes when it does not spin: one system call with the registers it was given, then
 * ud2.
 */
static const unsigned char code_of_call[] = { 0x0f, 0x05, 0x0f, 0x0b };
static const unsigned char code_of_spin[] = { 0xeb, 0xfe };
static const unsigned char code_of_fault[] = { 0x0f, 0x0b };

static void write_code(const struct tenant *t, const unsigned char *code, size_t size)
{
    seL4_CPtr window = cap_copy(t->code);

    vspace_add_tables(VSPACE, FREE_VADDR);
    vspace_map(VSPACE, window, FREE_VADDR, seL4_ReadWrite);
    memcpy((void *)FREE_VADDR, code, size);
    cap_delete(window);
}

static void map_all(const struct tenant *t)
{
    WORKS(seL4_X86_ASIDPool_Assign(t->pool, t->pml4));
    WORKS(seL4_X86_PDPT_Map(t->pdpt, t->pml4, CODE_VADDR, seL4_X86_Default_VMAttributes));
    WORKS(seL4_X86_PageDirectory_Map(t->directory, t->pml4, CODE_VADDR,
                                     seL4_X86_Default_VMAttributes));
    WORKS(seL4_X86_PageTable_Map(t->table, t->pml4, CODE_VADDR, seL4_X86_Default_VMAttributes));
    vspace_map(t->pml4, t->code, CODE_VADDR, seL4_CanRead);
    vspace_map(t->pml4, t->buffer, BUFFER_VADDR, seL4_ReadWrite);
}

static struct tenant tenant_new(void)
{
    struct tenant t = { .region = object_new(seL4_UntypedObject, REGION_BITS), .pool = slot_new() };
    seL4_CPtr pool_memory = part(&t, seL4_UntypedObject, seL4_ASIDPoolBits);

    WORKS(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, pool_memory, CNODE, t.pool, DEPTH));
    t.pml4 = part(&t, seL4_X64_PML4Object, 0);
    t.pdpt = part(&t, seL4_X86_PDPTObject, 0);
    t.directory = part(&t, seL4_X86_PageDirectoryObject, 0);
    t.table = part(&t, seL4_X86_PageTableObject, 0);
    t.code = part(&t, seL4_X86_4K, 0);
    t.buffer = part(&t, seL4_X86_4K, 0);
    t.cnode = part(&t, seL4_CapTableObject, CNODE_BITS);
    t.tcb = part(&t, seL4_TCBObject, 0);
    t.sc = part(&t, seL4_SchedContextObject, seL4_MinSchedContextBits);
    t.endpoint = part(&t, seL4_EndpointObject, 0);
    t.fault_ep = part(&t, seL4_EndpointObject, 0);
    t.reply = part(&t, seL4_ReplyObject, 0);
    t.ntfn = part(&t, seL4_NotificationObject, 0);
    t.reply2 = reply_new();
    map_all(&t);
    give(&t, AT_ENDPOINT, t.endpoint);
    give(&t, AT_REPLY, t.reply);
    give(&t, AT_NTFN, t.ntfn);
    WORKS(seL4_TCB_Configure(t.tcb, t.cnode, seL4_CNode_CapData_new(0, DEPTH - CNODE_BITS).words[0],
                             t.pml4, 0, BUFFER_VADDR, t.buffer));
    WORKS(seL4_SchedControl_Configure(schedcontrol, t.sc, SLICE, SLICE, 0, 0));
    WORKS(seL4_TCB_SetSchedParams(t.tcb, SELF, 0, PRIO_HIGH, t.sc, t.fault_ep));
    return t;
}

/* Let it run that code with these registers: a system call of its own. */
static void run(const struct tenant *t, const unsigned char *code, size_t size, seL4_Word call,
                seL4_CPtr cap, seL4_MessageInfo_t tag, seL4_Word mr0, seL4_Word mr1)
{
    seL4_UserContext regs = { .rip = CODE_VADDR,
                              .rflags = 0x202,
                              .rdx = call,
                              .rdi = cap,
                              .rsi = tag.words[0],
                              .r10 = mr0,
                              .r8 = mr1,
                              .r12 = AT_REPLY };

    write_code(t, code, size);
    WORKS(seL4_TCB_WriteRegisters(t->tcb, true, 0, sizeof(regs) / sizeof(seL4_Word), &regs));
}

static void run_call(const struct tenant *t, long call, seL4_CPtr cap)
{
    run(t, code_of_call, sizeof(code_of_call), (seL4_Word)call, cap,
        seL4_MessageInfo_new(0, 0, 0, 0), 0, 0);
}

static void run_plain(const struct tenant *t, const unsigned char *code, size_t size)
{
    run(t, code, size, 0, 0, seL4_MessageInfo_new(0, 0, 0, 0), 0, 0);
}

/* ---- the states ---- */

static void bring_into(const struct tenant *t, unsigned state)
{
    switch (state) {
    case INACTIVE: break;
    case READY:
        WORKS(seL4_TCB_SetPriority(t->tcb, SELF, PRIO_MAIN));
        run_plain(t, code_of_spin, sizeof(code_of_spin));
        /* it has run, and is in its space */
        seL4_Yield();
        break;
    case SENDING: run_call(t, seL4_SysSend, AT_ENDPOINT); break;
    case CALLING: run_call(t, seL4_SysCall, AT_ENDPOINT); break;
    case RECEIVING: run_call(t, seL4_SysRecv, AT_ENDPOINT); break;
    case WAITING: run_call(t, seL4_SysWait, AT_NTFN); break;
    case AWAITING_REPLY:
        run_call(t, seL4_SysCall, AT_ENDPOINT);
        seL4_Recv(t->endpoint, NULL, t->reply2);
        break;
    case FAULTED:
        run_plain(t, code_of_fault, sizeof(code_of_fault));
        seL4_Recv(t->fault_ep, NULL, t->reply2);
        break;
    case FAULT_QUEUED: run_plain(t, code_of_fault, sizeof(code_of_fault)); break;
    case OUT_OF_BUDGET:
        WORKS(seL4_SchedControl_Configure(schedcontrol, t->sc, MS, 1000 * MS, 0, 0));
        run_plain(t, code_of_spin, sizeof(code_of_spin));
        break;
    case PASSIVE:
        run_call(t, seL4_SysRecv, AT_ENDPOINT);
        WORKS(seL4_SchedContext_Unbind(t->sc));
        break;
    case SERVING:
        run_call(t, seL4_SysRecv, AT_ENDPOINT);
        WORKS(seL4_SchedContext_Unbind(t->sc));
        WORKS(seL4_TCB_SetPriority(t->tcb, SELF, PRIO_LOW));
        thread_run(PRIO_HIGH, call_once, t->endpoint, 0, 0);
        break;
    }
}

/*
 * What happens next for a thread in the state, so that it has to run in what is left of its space.
 */
static void wake(const struct tenant *t, unsigned state)
{
    seL4_MessageInfo_t nothing = seL4_MessageInfo_new(0, 0, 0, 0);

    switch (state) {
    case SENDING: seL4_Wait(t->endpoint, NULL); break;
    case CALLING:
        seL4_Recv(t->endpoint, NULL, t->reply2);
        seL4_Send(t->reply2, nothing);
        break;
    case RECEIVING:
        /* into a slot of a CSpace that may be gone */
        seL4_SetCap(0, t->ntfn);
        seL4_Send(t->endpoint, seL4_MessageInfo_new(0, 0, 1, 100));
        break;
    case PASSIVE: thread_run(PRIO_LOW, call_once, t->endpoint, 0, 0); break;
    case WAITING: seL4_Signal(t->ntfn); break;
    case AWAITING_REPLY:
    case FAULTED: seL4_Send(t->reply2, nothing); break;
    case INACTIVE: run_plain(t, code_of_fault, sizeof(code_of_fault)); break;
    default: break;
    }
}

/* ---- the victims ---- */

enum { PML4, PDPT, DIRECTORY, TABLE, CODE, POOL, BUFFER, CSPACE, VICTIMS };
static const char *const victim_names[VICTIMS] = {
    "pml4",       "pdpt",      "page-directory", "page-table",
    "code-frame", "asid-pool", "ipc-buffer",     "cspace",
};

static seL4_CPtr victim_of(const struct tenant *t, unsigned victim)
{
    const seL4_CPtr victims[VICTIMS] = { t->pml4, t->pdpt, t->directory, t->table,
                                         t->code, t->pool, t->buffer,    t->cnode };

    return victims[victim];
}

static const char *name_of(unsigned victim, unsigned state)
{
    static char name[64];

    rt_snprintf(name, sizeof(name), "%s/%s", victim_names[victim], state_names[state]);
    return name;
}

static const char *victim_state_name(unsigned variant)
{
    return name_of(variant / STATES, variant % STATES);
}

/* The next fault of the tenant, if it has the time and the wish to run. */
static void check_next_fault(const struct tenant *t, unsigned state, seL4_Word label)
{
    seL4_MessageInfo_t tag;

    if (state == OUT_OF_BUDGET) {
        return;
    }
    if (state == SERVING || state == PASSIVE) {
        /* it is below us, or on a client's time that is */
        settle();
    }
    if (state == READY) {
        tag = seL4_Wait(t->fault_ep, NULL);
    } else {
        tag = seL4_NBWait(t->fault_ep, NULL);
    }
    CHECK_EQ(seL4_MessageInfo_get_label(tag), label);
}

/*
 * Is its code out of reach without the victim? (The TCB keeps the space itself, and the other two
 * don't matter for that.)
 */
static bool is_fatal(unsigned victim, bool revoked)
{
    return (victim > PML4 && victim <= POOL) || (victim == PML4 && revoked);
}

static seL4_Word expected_fault(unsigned victim, unsigned state, bool revoked)
{
    if (victim == POOL && state == PASSIVE && !myelin_version(boot)) {
        test_skip("upstream's fast path enters the space all the same");
    }
    if (state == FAULT_QUEUED) {
        return seL4_Fault_UserException; /* that has happened already */
    }
    return is_fatal(victim, revoked) ? seL4_Fault_VMFault : seL4_Fault_UserException;
}

static void destroy_under(unsigned victim, unsigned state, bool revoked)
{
    struct tenant t = tenant_new();
    bool spins_on = state == READY && !is_fatal(victim, revoked);

    bring_into(&t, state);
    if (revoked) {
        cap_revoke(victim_of(&t, victim));
    }
    cap_delete(victim_of(&t, victim));
    if (state == INACTIVE && (victim == CODE || revoked)) {
        /* its code can't be written, or it has no space */
        (void)seL4_TCB_Resume(t.tcb);
        settle();
    } else if (spins_on) {
        WORKS(seL4_TCB_SetPriority(t.tcb, SELF, 0));
    } else {
        wake(&t, state);
        check_next_fault(&t, state, expected_fault(victim, state, revoked));
    }
    settle();
    cap_revoke(t.region);
}

/*
 * The thread keeps copies of its address space, its CSpace and its buffer, but not of what is in
 * them.
 */
TEST_VARIANTS(life_space, "life/deleted-under-a-thread", "3.2", VICTIMS *STATES, victim_state_name)
{
    destroy_under(variant / STATES, variant % STATES, false);
}

TEST_VARIANTS(life_space_revoked, "life/taken-away-from-a-thread", "3.2", VICTIMS *STATES,
              victim_state_name)
{
    destroy_under(variant / STATES, variant % STATES, true);
}

/* ---- by the thread itself: it comes back from the call into what it has left of itself ---- */

enum { REGION = VICTIMS };

static const char *itself_name(unsigned variant)
{
    static char name[64];
    unsigned victim = variant / 2;

    rt_snprintf(name, sizeof(name), "%s/%s", victim == REGION ? "region" : victim_names[victim],
                variant % 2 ? "revoked" : "deleted");
    return name;
}

TEST_VARIANTS(life_space_itself, "life/thread-destroys-its-own", "3.2", (VICTIMS + 1) * 2,
              itself_name)
{
    struct tenant t = tenant_new();
    unsigned victim = variant / 2;
    bool is_revoke = variant % 2;
    seL4_CPtr slot = victim == REGION ? t.region : victim_of(&t, victim);
    seL4_Word label = is_revoke ? CNodeRevoke : CNodeDelete;
    /*
     * Of all that, only the address space has a copy that a revocation takes away and that the code
     * needs; upstream's kernel notices when it next switches.
     */
    bool is_over = is_revoke ? victim == PML4 && myelin_version(boot) : is_fatal(victim, false);

    give(&t, AT_ROOT, CNODE);
    run(&t, code_of_call, sizeof(code_of_call), (seL4_Word)seL4_SysCall, AT_ROOT,
        seL4_MessageInfo_new(label, 0, 0, 2), slot, DEPTH);
    settle();
    if (victim != REGION || !is_revoke) {
        seL4_Word fault = seL4_MessageInfo_get_label(seL4_NBWait(t.fault_ep, NULL));
        if (victim == CSPACE && is_revoke && fault == seL4_Fault_CapFault) {
            /* stopped on the way, the call was made again: from no CSpace */
            return;
        }
        CHECK_EQ(fault, is_over ? seL4_Fault_VMFault : seL4_Fault_UserException);
    }
    cap_revoke(test_untyped);
}

/* ---- everything at once ---- */

/*
 * Move everything but the region itself into the CNode; the CNode's own capability as well, if that
 * is among it.
 */
static void move_all_into(struct tenant *t, seL4_CPtr cnode, unsigned bits)
{
    const seL4_CPtr all[] = { t->pml4,     t->pdpt,  t->directory, t->table, t->code,
                              t->buffer,   t->pool,  t->tcb,       t->sc,    t->endpoint,
                              t->fault_ep, t->reply, t->ntfn,      t->cnode };

    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        WORKS(seL4_CNode_Move(cnode, AT_FREE + i, (seL4_Uint8)bits, CNODE, all[i], DEPTH));
    }
}

TEST_VARIANTS(life_box, "life/all-of-a-thread-in-a-cnode-deleted", "3.2", STATES, state_name)
{
    struct tenant t = tenant_new();
    seL4_CPtr box = cnode_new(5);

    bring_into(&t, variant);
    move_all_into(&t, box, 5);
    cap_delete(box);
    settle();
    cap_revoke(t.region); /* the pool's memory is all that is left */
    WORKS(
        seL4_Untyped_Retype(t.region, seL4_UntypedObject, REGION_BITS, CNODE, 0, 0, slot_new(), 1));
}

/* Nobody else has a capability to any of it: only the region's can bring it to an end. */
TEST_VARIANTS(life_owns_itself, "life/thread-that-alone-holds-all-of-itself", "3.2", STATES,
              state_name)
{
    struct tenant t = tenant_new();

    bring_into(&t, variant);
    if (variant == READY) {
        WORKS(seL4_TCB_SetPriority(t.tcb, SELF, 0)); /* else nothing would settle */
    }
    move_all_into(&t, t.cnode, CNODE_BITS);
    settle();
    cap_revoke(t.region);
    WORKS(
        seL4_Untyped_Retype(t.region, seL4_UntypedObject, REGION_BITS, CNODE, 0, 0, slot_new(), 1));
}

TEST_VARIANTS(life_region, "life/region-of-a-thread-revoked", "3.2", STATES, state_name)
{
    struct tenant t = tenant_new();

    bring_into(&t, variant);
    cap_revoke(t.region);
    settle();
    WORKS(
        seL4_Untyped_Retype(t.region, seL4_UntypedObject, REGION_BITS, CNODE, 0, 0, slot_new(), 1));
}

/*
 * An identifier is used again: whoever had it before must not find itself in the new one's address
 * space.
 */
TEST_VARIANTS(life_asid_again, "life/identifier-goes-to-another-space", "7.1.4", STATES, state_name)
{
    struct tenant old = tenant_new();

    bring_into(&old, variant);
    cap_delete(old.pool);
    /* the first free pool, and in it the first identifier */
    struct tenant new = tenant_new();
    run_call(&new, seL4_SysWait, AT_NTFN);
    /* its code page can't be written to any more */
    if (variant != INACTIVE) {
        wake(&old, variant);
        check_next_fault(&old, variant, expected_fault(POOL, variant, true));
    }
    seL4_Signal(new.ntfn);
    check_next_fault(&new, WAITING, seL4_Fault_UserException);
}
