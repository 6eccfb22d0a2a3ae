/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each invocation with two things wrong at once, all pairs (pairs_core.c, pairs_arch.c): which
 * error is returned, with which words. In the end the same request with nothing wrong must succeed,
 * so none of the refused ones has changed anything that matters to it.
 */
#include "pairs.h"

enum { INVOCATIONS_MAX = 64 };
#define NOWHERE (1ul << 40) /* not within the guard of the root CNode */

static const struct wrongs *wrongs_of(unsigned variant)
{
    if (variant < pairs_core_count) {
        return &pairs_core[variant];
    }
    variant -= pairs_core_count;
    return variant < pairs_arch_count ? &pairs_arch[variant] : NULL;
}

static const char *pairs_name(unsigned variant)
{
    const struct wrongs *w = wrongs_of(variant);

    return w != NULL && (w->good.is_here == NULL || w->good.is_here()) ? w->good.name : NULL;
}

/* What the pair is answered with: the earlier one's answer, unless it is an exception. */
static struct change answer_of(const struct wrongs *w, unsigned first, unsigned second)
{
    struct change answer = w->wrong[first];

    for (unsigned i = 0; i < sizeof(w->exceptions) / sizeof(w->exceptions[0]); i++) {
        const struct exception *e = &w->exceptions[i];

        if (e->first != NULL && strcmp(e->first, w->wrong[first].name) == 0 &&
            strcmp(e->second, w->wrong[second].name) == 0) {
            answer.error = e->error;
            answer.detail_count = e->detail_count;
            memcpy(answer.details, e->details, sizeof(answer.details));
        }
    }
    return answer;
}

/* The good request with these two things, or this one, wrong; false: that is not the answer. */
static bool try(const struct wrongs *w, unsigned first, unsigned second)
{
    struct request request = w->good;
    struct change want = first == second ? w->wrong[first] : answer_of(w, first, second);

    change_apply(&request, &w->wrong[first]);
    change_apply(&request, &w->wrong[second]);
    struct answer got = request_make(&request);
    if (answer_is(&got, &want)) {
        return true;
    }
    rt_printf("# %s: %s", w->good.name, w->wrong[first].name);
    if (first != second) {
        rt_printf(" + %s", w->wrong[second].name);
    }
    rt_printf(": %s, wanted %s\n", answer_text(&got), change_text(&want));
    return false;
}

TEST_VARIANTS(pairs, "pairs", "10.1", INVOCATIONS_MAX, pairs_name)
{
    const struct wrongs *w = wrongs_of(variant);
    unsigned differing = 0, count = 0;

    things_forget();
    for (unsigned i = 0; i < WRONG_MAX && w->wrong[i].name != NULL; i++) {
        for (unsigned j = i; j < WRONG_MAX && w->wrong[j].name != NULL; j++) {
            if (i == j || w->wrong[i].field != w->wrong[j].field) {
                count++;
                differing += !try(w, i, j);
            }
        }
    }
    if (differing != 0) {
        FAIL("%u of %u differ", differing, count);
    }
    struct answer answer = request_make(&w->good);
    if (answer.error != seL4_NoError) {
        FAIL("with nothing wrong: %s", answer_text(&answer));
    }
}

/* ---- and a capability that cannot be found ---- */

static seL4_Word ask(struct thread *self, seL4_Word request, seL4_Word b, seL4_Word c)
{
    (void)b, (void)c;
    struct answer answer = request_make((const struct request *)request);
    self->value = answer.error;
    return 0;
}

static const char *pairs_name_with_cap(unsigned variant)
{
    const struct wrongs *w = wrongs_of(variant);

    return w != NULL && w->good.cap_count != 0 ? pairs_name(variant) : NULL;
}

/* The caller then gets a fault instead of an error, whatever is wrong with the rest. */
TEST_VARIANTS(pairs_fault, "pairs/capability-not-found", "10.1", INVOCATIONS_MAX,
              pairs_name_with_cap)
{
    static struct request request;
    const struct wrongs *w = wrongs_of(variant);
    seL4_CPtr fault_ep = endpoint_new();
    struct thread *t = thread_new(PRIO_HIGH);

    things_forget();
    thread_set_fault_ep(t, fault_ep);
    for (unsigned i = 0; i < WRONG_MAX && w->wrong[i].name != NULL; i++) {
        if (w->wrong[i].field >= CAPS && w->wrong[i].field <= CAP2) {
            continue; /* about the capabilities */
        }
        request = w->good;
        change_apply(&request, &w->wrong[i]);
        request.caps[request.cap_count - 1] = NOWHERE;
        request_prepare(&request);
        thread_start(t, ask, (seL4_Word)&request, 0, 0);
        CHECK_EQ(seL4_MessageInfo_get_label(seL4_NBWait(fault_ep, NULL)), seL4_Fault_CapFault);
        CHECK_EQ(seL4_GetMR(seL4_CapFault_Addr), NOWHERE);
        CHECK_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 0);
        CHECK(!t->finished);
        WORKS(seL4_TCB_Suspend(t->tcb));
    }
}
