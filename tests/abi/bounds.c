/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each number that an invocation takes at its bounds: the last that is accepted and the first that
 * is not, with the answer. The rest of the request is the good one of pairs_core.c or pairs_arch.c.
 */
#include "bounds.h"
#include "pairs.h"

enum { BOUNDS_MAX = 128 };

static const struct wrongs *find(const struct wrongs *table, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(table[i].good.name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static const struct request *request_of(const struct bound *b)
{
    const struct wrongs *w = find(pairs_core, pairs_core_count, b->request);

    if (w == NULL) {
        w = find(pairs_arch, pairs_arch_count, b->request);
    }
    return w != NULL ? &w->good : NULL;
}

static const char *bound_name(unsigned variant)
{
    static char name[96];
    const struct request *request = variant < bounds_count ? request_of(&bounds[variant]) : NULL;

    if (request == NULL || (request->is_here != NULL && !request->is_here())) {
        return NULL;
    }
    rt_snprintf(name, sizeof(name), "%s/%s", bounds[variant].request, bounds[variant].what);
    return name;
}

static bool try(const struct bound *b, unsigned i)
{
    struct request request = *request_of(b);
    struct change change = {
        b->what, b->field, b->at[i].value, b->at[i].error, b->at[i].detail_count, { 0 }
    };

    memcpy(change.details, b->at[i].details, sizeof(change.details));
    things_forget();
    for (unsigned j = 0; j < SET_MAX && b->set[j].is_used; j++) {
        change_apply(&request,
                     &(struct change){ .field = b->set[j].field, .value = b->set[j].value });
    }
    change_apply(&request, &change);
    struct answer got = request_make(&request);
    if (answer_is(&got, &change)) {
        return true;
    }
    rt_printf("# %s/%s: %#lx: %s, wanted %s\n", b->request, b->what, b->at[i].value,
              answer_text(&got), change_text(&change));
    return false;
}

TEST_VARIANTS(bound, "bounds", "10", BOUNDS_MAX, bound_name)
{
    unsigned differing = 0;

    for (unsigned i = 0; i < VALUES_MAX && bounds[variant].at[i].is_used; i++) {
        differing += !try(&bounds[variant], i);
        env_reset(); /* for the next value */
    }
    if (differing != 0) {
        FAIL("%u differ", differing);
    }
}

/* ---- numbers that are not in requests ---- */

TEST(badge_whole, "bounds/badge-has-64-bits", "4.2.1")
{
    static const seL4_Word badges[] = { 1, 1ul << 63, ~0ul };
    seL4_CPtr notification = notification_new();
    seL4_Word badge;

    for (unsigned i = 0; i < sizeof(badges) / sizeof(badges[0]); i++) {
        seL4_Signal(cap_mint(notification, seL4_AllRights, badges[i]));
        seL4_Wait(notification, &badge);
        CHECK_EQ(badge, badges[i]);
    }
}

static seL4_Word send_cap(struct thread *self, seL4_Word dest, seL4_Word cap, seL4_Word c)
{
    (void)self, (void)c;
    seL4_SetCap(0, cap);
    seL4_Send(dest, seL4_MessageInfo_new(0, 0, 1, 0));
    return 0;
}

TEST(receive_depth, "bounds/depth-of-the-slot-to-receive-in", "4.2.2")
{
    static const seL4_Word depths[] = { 0, 1, 63, 65, 256 + 64, ~0ul };
    seL4_CPtr endpoint = endpoint_new(), given = notification_new(), slot = slot_new();

    for (unsigned i = 0; i <= sizeof(depths) / sizeof(depths[0]); i++) {
        bool is_right = i == sizeof(depths) / sizeof(depths[0]);

        thread_run(PRIO_HIGH, send_cap, endpoint, given, 0);
        seL4_SetCapReceivePath(CNODE, slot, is_right ? DEPTH : depths[i]);
        seL4_MessageInfo_t tag = seL4_Recv(endpoint, NULL, reply_new());
        CHECK_EQ(seL4_MessageInfo_get_extraCaps(tag), is_right);
        CHECK_EQ(slot_is_empty(slot), !is_right);
    }
}
