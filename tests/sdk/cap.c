/* SPDX-License-Identifier: BSD-2-Clause */
/* Own capabilities: made, copied with less, given back; by one thread and by several. */
#include "sdk.h"

static void test_create(void)
{
    struct left before = left_now();
    seL4_CPtr endpoint, frames, none = 4711;
    seL4_Word bits = 0;

    check(endpoint_create(&endpoint) == seL4_NoError && endpoint >= SLOT_FREE,
          "an endpoint is made in a slot of our own");
    check(cap_create_run(seL4_X86_4K, 0, 2, &frames) == seL4_NoError, "four frames are made");
    check(cap_create(4711, 0, &none) == seL4_InvalidArgument && none == 4711,
          "an unknown type is refused, and nothing is written");
    check(cap_create(seL4_UntypedObject, 64, &none) == seL4_RangeError &&
              cap_create(seL4_UntypedObject, 3, &none) == seL4_RangeError,
          "sizes that don't exist are refused");
    check(cap_create(seL4_UntypedObject, 21, &none) == seL4_NotEnoughMemory,
          "more memory than there is");
    check(cap_create_run(seL4_X86_4K, 0, 9, &none) == seL4_RangeError, "more objects than at once");
    check(cap_delete(frames + 1) == seL4_InvalidArgument, "a run ends as a whole");
    check(cap_delete(SLOT_INIT) == seL4_InvalidArgument && cap_delete(0) == seL4_InvalidArgument &&
              cap_delete(~0ul) == seL4_InvalidArgument,
          "what we were given can't be given back");
    check(cap_delete(frames) == seL4_NoError && cap_delete(endpoint) == seL4_NoError &&
              cap_delete(endpoint) == seL4_InvalidArgument,
          "things are given back once");
    check(msg_wait(SLOT_NOTIFICATION, MSG_NOW, &bits) == MSG_DEADLINE, "no signal came of that");
    check(left_same(before), "all memory and slots are back");
}

static void test_derive(void)
{
    struct left before = left_now();
    seL4_CPtr note, badged, weak, again;
    seL4_Word bits = 0;

    (void)notification_create(&note);
    check(cap_mint(note, CAP_SEND, 0, &badged) == seL4_InvalidArgument, "badge 0 is no badge");
    check(cap_mint(note, CAP_SEND, 6, &badged) == seL4_NoError, "a badged capability to signal");
    msg_notify(badged);
    check(msg_wait(note, MSG_NOW, &bits) == MSG_OK && bits == 6, "its badge arrives");
    check(cap_mint(badged, CAP_SEND, 7, &again) == seL4_IllegalOperation,
          "a badge can't be replaced");
    check(cap_derive(badged, CAP_RECEIVE, &weak) == seL4_NoError, "one without any right");
    check(cap_derive(weak, CAP_ALL, &again) == seL4_NoError, "one more made of that, with all");
    msg_notify(again);
    check(msg_wait(note, MSG_NOW, &bits) == MSG_DEADLINE, "has none either: rights only shrink");
    check(cap_revoke(note) == seL4_NoError, "all copies are revoked");
    check(cap_derive(badged, CAP_ALL, &bits) == seL4_FailedLookup, "and are not there any more");
    (void)cap_delete(badged);
    (void)cap_delete(weak);
    (void)cap_delete(again);
    (void)cap_delete(note);
    check(left_same(before), "all memory and slots are back after revoking, too");
}

static void test_end(void)
{
    struct left before = left_now();
    seL4_CPtr endpoint, client;
    struct msg m = { .label = 1 };

    (void)endpoint_create(&endpoint);
    (void)cap_mint(endpoint, CAP_CALL, 1, &client);
    check(msg_call(client, &m, MSG_NOW) == MSG_DEADLINE, "nobody receives: a call polls in vain");
    (void)cap_delete(endpoint);
    check(cap_derive(client, CAP_ALL, &endpoint) == seL4_FailedLookup,
          "an object that is given back takes its copies along");
    (void)cap_delete(client);
    check(left_same(before), "and all is back");
}

static void test_exhaustion(void)
{
    struct left before = left_now();
    static seL4_CPtr held[2048];
    unsigned count = 0;
    unsigned wrong = 0;
    seL4_CPtr last;

    while (count < 2048 && notification_create(&held[count]) == seL4_NoError)
        count++;
    check(count > 250 && count < 2048, "slots run out with an error");
    seL4_CPtr slot = cap_slot(); /* an object takes two: the last one may be left */
    check(cap_mint(held[0], CAP_SEND, 1, &last) == seL4_NotEnoughMemory, "so does copying");
    if (slot != 0)
        (void)cap_delete(slot);
    for (unsigned i = 0; i < count; i++)
        wrong += !(cap_delete(held[i]) == seL4_NoError);
    check(wrong == 0 && left_same(before), "and come back");
    for (count = 0; cap_create(seL4_X86_4K, 0, &held[count]) == seL4_NoError;)
        count++;
    check(count >= 200, "memory runs out with an error");
    for (unsigned i = 0; i < count; i++)
        wrong += !(cap_delete(held[i]) == seL4_NoError);
    check(wrong == 0 && left_same(before), "and comes back");
    check(cap_create(seL4_UntypedObject, 19, &last) == seL4_NoError && cap_delete(last) == 0,
          "in one piece");
}

/* Make, copy and end things at random; an error that has no reason counts. */
static void *churn(void *seed_of)
{
    enum { HELD = 24 };
    seL4_CPtr object[HELD] = { 0 }, copy[HELD] = { 0 };
    uintptr_t seed = (uintptr_t)seed_of, errors = 0;

    for (unsigned i = 0; i < 1500; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        unsigned n = (unsigned)(seed >> 40) % HELD;
        if (object[n] != 0) {
            errors += copy[n] != 0 && cap_delete(copy[n]) != seL4_NoError;
            errors += cap_delete(object[n]) != seL4_NoError;
            object[n] = copy[n] = 0;
        } else if (cap_create_run((seed >> 50 & 1) != 0 ? seL4_NotificationObject : seL4_X86_4K, 0,
                                  (unsigned)(seed >> 52) & 1, &object[n]) != seL4_NoError) {
            errors++;
        } else if (cap_derive(object[n], CAP_SEND, &copy[n]) != seL4_NoError) {
            errors++;
        }
    }
    for (unsigned n = 0; n < HELD; n++)
        if (object[n] != 0)
            errors += cap_delete(copy[n]) != seL4_NoError || cap_delete(object[n]) != seL4_NoError;
    return (void *)errors;
}

static void test_threads(void)
{
    struct left before = left_now();
    pthread_t thread[3];
    uintptr_t errors = (uintptr_t)0;
    void *result;

    for (uintptr_t i = 0; i < 3; i++)
        thread[i] = thread_start(churn, (void *)(i + 1));
    for (int i = 0; i < 3; i++) {
        (void)pthread_join(thread[i], &result);
        errors += (uintptr_t)result;
    }
    check(errors == 0, "three threads make and end 4500 things at once");
    check(left_same(before), "and nothing has leaked");
}

void test_cap(void)
{
    test_create();
    test_derive();
    test_end();
    test_exhaustion();
    test_threads();
}
