/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"

/* ---- things ---- */

static seL4_CPtr made[THINGS];

static seL4_CPtr thing(enum thing t);

void things_forget(void)
{
    memset(made, 0, sizeof(made));
}

static seL4_CPtr small_cnode(void)
{
    seL4_CPtr cnode = cnode_new(4);

    WORKS(seL4_CNode_Copy(cnode, 3, 4, CNODE, endpoint_new(), DEPTH, seL4_AllRights));
    return cnode;
}

static seL4_CPtr used_untyped(void)
{
    seL4_CPtr untyped = object_new(seL4_UntypedObject, seL4_PageBits);

    WORKS(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, CNODE, 0, 0, slot_new(), 1));
    return untyped;
}

static seL4_CPtr of_device(seL4_Word type, seL4_Word bits, unsigned size_bits)
{
    seL4_CPtr device, slot = slot_new();
    seL4_UntypedDesc desc;

    if (!device_untyped(size_bits, &device, &desc)) {
        test_skip("no device region");
    }
    WORKS(seL4_Untyped_Retype(device, type, bits, CNODE, 0, 0, slot, 1));
    return slot;
}

static seL4_CPtr new_tcb(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);

    WORKS(seL4_TCB_SetMCPriority(tcb, SELF, LIMITED_PRIO));
    return tcb;
}

static seL4_CPtr bound_tcb(void)
{
    seL4_CPtr tcb = new_tcb();

    WORKS(seL4_SchedContext_Bind(sc_new(SLICE, SLICE), tcb));
    WORKS(seL4_TCB_BindNotification(tcb, notification_new()));
    return tcb;
}

static seL4_CPtr long_tcb(void)
{
    seL4_CPtr tcb = new_tcb(), cnode = cnode_new(1);

    WORKS(seL4_TCB_SetSpace(tcb, 0, cnode, seL4_WordBits - 1, VSPACE, 0));
    cap_delete(cnode);
    return tcb;
}

/* What the refusal of a longer one says; schedcontext/longest-period looks whether it is so. */
static seL4_Word longest_period(void)
{
    FAILS(seL4_RangeError, SchedControlConfigureFlags,
          seL4_SchedControl_Configure(schedcontrol, thing(CONTEXT), SLICE, ~0ul, 0, 0));
    return seL4_GetMR(1);
}

static seL4_CPtr context_of(seL4_CPtr tcb_or_notification)
{
    seL4_CPtr sc = sc_new(SLICE, SLICE);

    WORKS(seL4_SchedContext_Bind(sc, tcb_or_notification));
    return sc;
}

static seL4_CPtr bound_notification(void)
{
    seL4_CPtr notification = notification_new();

    WORKS(seL4_TCB_BindNotification(new_tcb(), notification));
    return notification;
}

static seL4_CPtr timed_notification(void)
{
    seL4_CPtr notification = notification_new();

    (void)context_of(notification);
    return notification;
}

static seL4_CPtr mapped_frame(void)
{
    seL4_CPtr frame = frame_new();

    vspace_map(thing(SPACE), frame, MAPPED_ADDRESS, seL4_ReadWrite);
    return frame;
}

/* A table of a level (1: page table, 3: PDPT) in SPACE, where place-th others have none yet. */
static seL4_CPtr mapped_table(unsigned level, unsigned place)
{
    static const seL4_Word types[] = { 0, seL4_X86_PageTableObject, seL4_X86_PageDirectoryObject,
                                       seL4_X86_PDPTObject };
    static const unsigned labels[] = { 0, X86PageTableMap, X86PageDirectoryMap, X86PDPTMap };
    seL4_CPtr table = object_new(types[level], 0);
    seL4_Word address = MAPPED_ADDRESS + ((seL4_Word)place << (12 + 9 * level));

    CHECK_EQ(raw_call(table, &(struct raw){ .label = labels[level],
                                            .length = 2,
                                            .cap_count = 1,
                                            .words = { address },
                                            .caps = { thing(SPACE) } }),
             seL4_NoError);
    return table;
}

static seL4_CPtr copied_table(unsigned level)
{
    seL4_CPtr table = mapped_table(level, 2);

    (void)cap_copy(table);
    return table;
}

static seL4_CPtr new_pool(void)
{
    seL4_CPtr pool = slot_new();

    WORKS(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl,
                                        object_new(seL4_UntypedObject, seL4_ASIDPoolBits), CNODE,
                                        pool, DEPTH));
    return pool;
}

static seL4_CPtr full_pool(void)
{
    seL4_CPtr pool = new_pool(), space = slots_new(1ul << seL4_ASIDPoolIndexBits);

    for (unsigned i = 0; i < 1u << seL4_ASIDPoolIndexBits; i++) {
        WORKS(seL4_Untyped_Retype(test_untyped, seL4_X64_PML4Object, 0, CNODE, 0, 0, space + i, 1));
        WORKS(seL4_X86_ASIDPool_Assign(pool, space + i));
    }
    return pool;
}

static seL4_CPtr space_with_tables(void)
{
    seL4_CPtr space = vspace_new();

    vspace_add_tables(space, MAPPED_ADDRESS);
    return space;
}

static seL4_CPtr dead_space(void)
{
    seL4_CPtr space = object_new(seL4_X64_PML4Object, 0), pool = new_pool();

    WORKS(seL4_X86_ASIDPool_Assign(pool, space));
    cap_delete(pool);
    return space;
}

static seL4_CPtr quiet_ports(void)
{
    seL4_CPtr slot = slot_new();

    WORKS(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, QUIET_PORTS, QUIET_PORTS + 15, CNODE,
                                       slot, DEPTH));
    return slot;
}

static seL4_CPtr handler(void)
{
    seL4_CPtr slot = slot_new();
    seL4_Error error =
        machine_has_pic()
            ? seL4_IRQControl_Get(seL4_CapIRQControl, HANDLED, CNODE, slot, DEPTH)
            : seL4_IRQControl_GetMSI(seL4_CapIRQControl, CNODE, slot, DEPTH, 0, 0, 0, 0, HANDLED);
    CHECK_EQ(error, seL4_NoError);
    return slot;
}

static seL4_CPtr make_memory(enum thing t)
{
    switch (t) {
    case UNTYPED: return object_new(seL4_UntypedObject, 16);
    case SMALL_UNTYPED: return object_new(seL4_UntypedObject, 5);
    case PAGE_UNTYPED: return object_new(seL4_UntypedObject, seL4_PageBits);
    case USED_UNTYPED: return used_untyped();
    case DEVICE_UNTYPED: return of_device(seL4_UntypedObject, seL4_PageBits, seL4_PageBits);
    case DEVICE_FRAME: return of_device(seL4_X86_4K, 0, seL4_PageBits);
    case FRAME: return frame_new();
    case LARGE_FRAME: return object_new(seL4_X86_LargePageObject, 0);
    case HUGE_FRAME: return of_device(seL4_X64_HugePageObject, 0, seL4_HugePageBits);
    case MAPPED_FRAME: return mapped_frame();
    case PAGE_TABLE: return object_new(seL4_X86_PageTableObject, 0);
    case PAGE_DIRECTORY: return object_new(seL4_X86_PageDirectoryObject, 0);
    case PDPT: return object_new(seL4_X86_PDPTObject, 0);
    case MAPPED_TABLE: return mapped_table(1, 1);
    case MAPPED_DIRECTORY: return mapped_table(2, 1);
    case MAPPED_PDPT: return mapped_table(3, 1);
    case COPIED_TABLE: return copied_table(1);
    case COPIED_DIRECTORY: return copied_table(2);
    case COPIED_PDPT: return copied_table(3);
    case SPACE: return space_with_tables();
    case OTHER_SPACE: return vspace_new();
    case NEW_SPACE: return object_new(seL4_X64_PML4Object, 0);
    case DEAD_SPACE: return dead_space();
    case POOL: return new_pool();
    default: return full_pool();
    }
}

static seL4_CPtr make(enum thing t)
{
    switch (t) {
    case NEW_SLOT:
    case NEW_SLOT2:
    case NEW_SLOT3: return slot_new();
    case ENDPOINT: return endpoint_new();
    case BADGED_ENDPOINT: return cap_mint(endpoint_new(), seL4_AllRights, 5);
    case READ_ENDPOINT: return cap_mint(endpoint_new(), seL4_CanRead, 0);
    case NOTIFICATION: return notification_new();
    case BOUND_NOTIFICATION: return bound_notification();
    case TIMED_NOTIFICATION: return timed_notification();
    case READ_NOTIFICATION: return cap_mint(notification_new(), seL4_CanRead, 0);
    case WRITE_NOTIFICATION: return cap_mint(notification_new(), seL4_CanWrite, 0);
    case REPLY: return reply_new();
    case SMALL_CNODE: return small_cnode();
    case LARGE_CNODE: return cnode_new(9);
    case GUARDED_CNODE: return cap_mint(CNODE, seL4_AllRights, 1);
    case TCB: return new_tcb();
    case BOUND_TCB: return bound_tcb();
    case LONG_TCB: return long_tcb();
    case CONTEXT: return sc_new(SLICE, SLICE);
    case LARGER_CONTEXT: return object_new(seL4_SchedContextObject, 8);
    case BOUND_CONTEXT: return context_of(thing(CONTEXT_TCB));
    case CONTEXT_TCB: return new_tcb();
    case TIMING_CONTEXT: return context_of(notification_new());
    case PORTS: return quiet_ports();
    case ISSUED_PORT: return thing(PORTS) != 0 ? QUIET_PORTS + 15 : 0;
    case HANDLER: return handler();
    case ISSUED_IRQ: return thing(HANDLER) != 0 ? HANDLED : 0;
    case SCHED_CONTROL: return schedcontrol;
    case LONGEST_PERIOD: return longest_period();
    case TOO_LONG_PERIOD: return thing(LONGEST_PERIOD) + 1;
    default: return make_memory(t);
    }
}

static seL4_CPtr thing(enum thing t)
{
    if (made[t] == 0) {
        made[t] = make(t);
    }
    return made[t];
}

static seL4_Word meant(seL4_Word value)
{
    bool is_thing = value >> 32 == THING(0) >> 32;

    return is_thing ? thing((enum thing)(value & 0xffffffff)) : value;
}

/* ---- requests ---- */

void change_apply(struct request *request, const struct change *change)
{
    switch (change->field) {
    case SERVICE: request->service = change->value; break;
    case LENGTH: request->length = (unsigned)change->value; break;
    case CAPS: request->cap_count = (unsigned)change->value; break;
    case CAP0:
    case CAP1:
    case CAP2: request->caps[change->field - CAP0] = change->value; break;
    default: request->words[change->field - W0] = change->value; break;
    }
}

void request_prepare(struct request *request)
{
    request->service = meant(request->service);
    for (unsigned i = 0; i < REQUEST_WORDS; i++) {
        request->words[i] = meant(request->words[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        request->caps[i] = meant(request->caps[i]);
    }
}

struct answer request_make(const struct request *request)
{
    struct request r = *request;
    struct answer answer = { 0 };

    request_prepare(&r);
    for (unsigned i = 0; i < REQUEST_WORDS; i++) {
        seL4_SetMR((int)i, r.words[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        seL4_SetCap((int)i, r.caps[i]);
    }
    seL4_MessageInfo_t tag =
        seL4_Call(r.service, seL4_MessageInfo_new(r.label, 0, r.cap_count, r.length));
    answer.error = (unsigned)seL4_MessageInfo_get_label(tag);
    if (answer.error == seL4_NoError) {
        return answer; /* what comes with success is not looked at */
    }
    answer.detail_count = (unsigned)seL4_MessageInfo_get_length(tag);
    for (unsigned i = 0; i < answer.detail_count && i < DETAILS_MAX; i++) {
        answer.details[i] = seL4_GetMR((int)i);
    }
    coverage_note(request->label, answer.error);
    return answer;
}

bool answer_is(const struct answer *answer, const struct change *change)
{
    if (answer->error != change->error || answer->detail_count != change->detail_count) {
        return false;
    }
    for (unsigned i = 0; i < answer->detail_count; i++) {
        if (answer->details[i] != meant(change->details[i])) {
            return false;
        }
    }
    return true;
}

const char *answer_text(const struct answer *answer)
{
    static char texts[4][128];
    static unsigned next;
    char *text = texts[next++ % 4];
    size_t used = (size_t)rt_snprintf(text, sizeof(texts[0]), "%s", error_name(answer->error));

    for (unsigned i = 0; i < answer->detail_count && i < DETAILS_MAX; i++) {
        used +=
            (size_t)rt_snprintf(text + used, sizeof(texts[0]) - used, " %#lx", answer->details[i]);
    }
    return text;
}

const char *change_text(const struct change *change)
{
    struct answer answer = { .error = change->error, .detail_count = change->detail_count };

    for (unsigned i = 0; i < answer.detail_count; i++) {
        answer.details[i] = meant(change->details[i]);
    }
    return answer_text(&answer);
}
