/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared memory with another process: given, taken, moved, revoked; semaphores in it; pools. */
#include "peer.h"
#include "sdk.h"

#include <ipc/message.h>
#include <shm/pool.h>
#include <shm/shm.h>
#include <sync/semaphore.h>

static seL4_CPtr peer;

/* Ask the peer something with up to two words and a capability; the first word of the answer. */
static uint64_t ask(unsigned op, uint64_t a, uint64_t b, seL4_CPtr give)
{
    struct peer_two two = { a, b };
    uint64_t word = 0;
    struct msg m = MSG(op, two, word);

    if (give != SLOT_NULL)
        m.give[m.gives++] = give;
    enum msg_outcome outcome = msg_call(peer, &m, MSG_FOREVER);
    return outcome == MSG_OK ? word : 1000000u + outcome;
}

static uint64_t give_region(const struct shm *shm, unsigned pages, bool given, bool wanted)
{
    seL4_CPtr cap;

    if (shm_give(shm, given, &cap) != seL4_NoError)
        return 999;
    uint64_t error = ask(PEER_MAP, pages, wanted, cap);
    (void)cap_delete(cap);
    return error;
}

static void test_own(void)
{
    struct left before = left_now();
    struct shm a, b;

    check(shm_create(&a, 0) == seL4_RangeError && shm_create(&a, 257) == seL4_RangeError,
          "shm: sizes that are none");
    check(shm_create(&a, 3) == seL4_NoError && shm_create(&b, 1) == seL4_NoError && a.at != b.at,
          "shm: two regions");
    uint8_t *bytes = a.at;
    unsigned wrong = 0;
    for (unsigned i = 0; i < 3 * SHM_PAGE; i++)
        wrong += bytes[i] != 0;
    memset(bytes, 7, 3 * SHM_PAGE);
    check(wrong == 0 && *(uint8_t *)b.at == 0, "shm: zero at first, and apart");
    shm_close(&a);
    check(shm_create(&a, 3) == seL4_NoError && *(uint8_t *)a.at == 0,
          "shm: zero again in the next life");
    shm_close(&a);
    shm_close(&b);
    check(left_same(before), "shm: memory, slots and page tables are back");
    for (int i = 0; i < 50; i++) {
        wrong += shm_create(&a, 1 + (unsigned)i % 20) != seL4_NoError;
        shm_close(&a);
    }
    check(wrong == 0 && left_same(before), "shm: 50 times");
    check(shm_create(&a, 256) == seL4_NotEnoughMemory && left_same(before),
          "shm: more than there is");
}

static void test_shared(void)
{
    struct shm shm;

    (void)shm_create(&shm, 3);
    memset(shm.at, 1, 3 * SHM_PAGE);
    check(give_region(&shm, 3, true, true) == 0, "shm: given to another process, to write");
    check(ask(PEER_READ, 0, 0, 0) == 3 * SHM_PAGE, "shm: it reads what we wrote");
    (void)ask(PEER_WRITE, 2, 0, 0);
    check(((uint8_t *)shm.at)[3 * SHM_PAGE - 1] == 2, "shm: and we what it wrote");
    (void)ask(PEER_UNMAP, 0, 0, 0);
    check(give_region(&shm, 3, false, false) == 0 && ask(PEER_READ, 0, 0, 0) == 6 * SHM_PAGE,
          "shm: the same for reading only");
    check(ask(PEER_WRITE, 3, 0, 0) == 1000000 + MSG_DEAD && ((uint8_t *)shm.at)[0] == 2,
          "shm: whoever writes then, faults");
    check(give_region(&shm, 3, false, true) == 0 && ask(PEER_READ, 0, 0, 0) == 6 * SHM_PAGE &&
              ask(PEER_WRITE, 3, 0, 0) == 1000000 + MSG_DEAD && ((uint8_t *)shm.at)[0] == 2,
          "shm: also when it maps it for writing");
    check(give_region(&shm, 3, true, true) == 0, "shm: given once more");
    shm_revoke(&shm);
    check(((uint8_t *)shm.at)[0] == 2, "shm: revoked, we keep it");
    check(ask(PEER_READ, 0, 0, 0) == 1000000 + MSG_DEAD, "shm: and the other loses it at once");
    shm_close(&shm);
}

/* Tables that are not what the message says. */
static void test_bad_tables(void)
{
    struct shm one, got;
    seL4_CPtr cap, note;

    (void)shm_create(&one, 1);
    struct left before = left_now();
    check(give_region(&one, 4, true, true) != 0, "shm: fewer pages than the message says");
    check(ask(PEER_MAP, 0, 1, 0) != 0 && ask(PEER_MAP, 257, 1, 0) != 0 &&
              ask(PEER_MAP, 1, 1, 0) != 0,
          "shm: no pages, too many, no table at all");
    (void)notification_create(&note);
    check(ask(PEER_MAP, 1, 1, note) != 0, "shm: something that is no table");
    check(shm_take(peer, 1, true, &got) != seL4_NoError,
          "shm: an endpoint in a table's place is not called");
    (void)cap_create(seL4_CapTableObject, 1, &cap);
    check(shm_take(cap, 1, true, &got) != seL4_NoError, "shm: an empty table");
    (void)seL4_CNode_Copy(cap, 0, 1, SLOT_CNODE, note, seL4_WordBits, seL4_AllRights);
    check(shm_take(cap, 1, true, &got) != seL4_NoError, "shm: a table of something else");
    (void)seL4_CNode_Delete(cap, 0, 1);
    (void)seL4_CNode_Copy(cap, 0, 1, SLOT_CNODE, peer, seL4_WordBits, seL4_AllRights);
    check(shm_take(cap, 1, true, &got) != seL4_NoError && shm_take_moved(cap, 1, &got) != 0,
          "shm: an endpoint in a frame's place is not called");
    (void)cap_delete(cap);
    (void)cap_delete(note);
    check(left_same(before), "shm: what could not be taken leaves nothing");
    struct peer_two two = { 20, 22 };
    uint64_t sum[3] = { 0, 0, 0 };
    struct msg m = MSG(PEER_ADD, two, sum);
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && sum[0] == 42, "shm: the peer lives");
    shm_close(&one);
}

static void test_move(void)
{
    struct shm shm;
    struct left before = left_now();
    seL4_CPtr cap;
    unsigned wrong = 0;

    (void)shm_create(&shm, 2);
    for (unsigned round = 0; round < 5; round++) {
        struct peer_two two = { 2, 0 };
        uint64_t error = 99;
        struct msg m = MSG(PEER_MOVED, two, error);
        wrong += shm_move(&shm, &cap) != seL4_NoError || shm.at != NULL;
        wrong += shm_move(&shm, &cap) != seL4_IllegalOperation;
        m.give[m.gives++] = cap;
        m.accept = true;
        wrong += msg_call(peer, &m, MSG_FOREVER) != MSG_OK || error != 0 || m.taken == SLOT_NULL;
        (void)cap_delete(cap);
        wrong += shm_take_moved(m.taken, 2, &shm) != seL4_NoError;
        (void)cap_delete(m.taken);
        wrong += ((uint8_t *)shm.at)[0] != round + 1 || ((uint8_t *)shm.at)[8191] != round + 1;
    }
    check(wrong == 0, "shm: pages move there and back five times, with what is in them");
    (void)shm_move(&shm, &cap);
    shm_close(&shm);
    (void)cap_delete(cap);
    check(left_same(before), "shm: moved away and ended, all is back");
}

static void test_semaphore(void)
{
    struct semaphore s;
    struct shm shm;
    unsigned wrong = 0;

    (void)shm_create(&shm, 1);
    (void)give_region(&shm, 1, true, true);
    check(semaphore_create(&s, shm.at, 0) == seL4_NoError, "semaphore: in shared memory");
    (void)ask(PEER_NOTE, 0, 0, s.wake);
    (void)ask(PEER_UPS, 1000, 0, 0);
    for (int i = 0; i < 1000; i++)
        wrong += semaphore_down(&s, msg_in_us(1000000)) != MSG_OK;
    check(wrong == 0 && semaphore_down(&s, MSG_NOW) == MSG_DEADLINE,
          "semaphore: another process does 1000 ups");
    (void)ask(PEER_DOWNS, 1000, 0, 0); /* which begins to wait now */
    for (int i = 0; i < 1000; i++)
        (void)semaphore_up(&s);
    check(ask(PEER_ADD, 1, 2, 0) == 3 && semaphore_down(&s, MSG_NOW) == MSG_DEADLINE,
          "semaphore: and 1000 downs");
    s.word->bits = ~0ull; /* as a peer may do that means us ill */
    check(!semaphore_up(&s), "semaphore: a word of nonsense is refused,");
    s.word->bits = 0xffffffffull << 32;
    check(semaphore_down(&s, msg_in_us(300)) == MSG_DEADLINE, "semaphore: or ends at the deadline");
    (void)ask(PEER_UNMAP, 0, 0, 0);
    semaphore_destroy(&s);
    shm_close(&shm);
}

/* A window that ends before its length says so: what is there is read, and no more. */
static void test_short_window(void)
{
    struct peer_two two = { 2 * SHM_PAGE, 0 };
    struct peer_copied copied = { 0, 0, 0 };
    struct shm shm;

    (void)shm_create(&shm, 1);
    memset(shm.at, 1, SHM_PAGE);
    struct msg m = MSG(PEER_SUM, two, copied);
    m.windows = 1;
    m.window[0] = (struct msg_window){ shm.at, 2 * SHM_PAGE, true, false };
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && copied.outcome == MSG_TOUCH &&
              copied.bytes == SHM_PAGE,
          "shm: a window half of which is not there");
    shm_close(&shm);
    m = (struct msg)MSG(PEER_SUM, two, copied);
    m.windows = 1;
    m.window[0] =
        (struct msg_window){ (void *)(uintptr_t)PROCESS_SHARED_ADDR, 2 * SHM_PAGE, true, false };
    check(msg_call(peer, &m, MSG_FOREVER) == MSG_OK && copied.outcome == MSG_TOUCH &&
              copied.bytes == 0,
          "shm: or nothing of it");
}

static void test_pool(void)
{
    struct pool pool;
    struct pool_buffer b[4], none, back;
    uint64_t token;

    check(pool_create(&pool, 0, 64) == seL4_RangeError &&
              pool_create(&pool, 65, 64) == seL4_RangeError &&
              pool_create(&pool, 4, 100) == seL4_RangeError &&
              pool_create(&pool, 64, 1 << 20) == seL4_RangeError,
          "pool: sizes that are none");
    check(pool_create(&pool, 4, 1024) == seL4_NoError, "pool: four buffers");
    unsigned wrong = 0;
    for (int i = 0; i < 4; i++)
        wrong += !pool_take(&pool, &b[i]);
    check(wrong == 0 && !pool_take(&pool, &none), "pool: four are taken, no fifth");
    check(pool_give(&pool, &b[3]) && !pool_give(&pool, &b[3]) && pool_lend(&pool, &b[3]) == 0,
          "pool: given back once, and not lent then");
    token = pool_lend(&pool, &b[1]);
    check(token != 0 && pool_lend(&pool, &b[1]) == 0 && !pool_give(&pool, &b[1]),
          "pool: lent once, and not given back meanwhile");
    check(pool_find(&pool.shm, 1024, token) == b[1].at && pool_find(&pool.shm, 1024, 0) == NULL &&
              pool_find(&pool.shm, 1024, 5) == NULL && pool_find(&pool.shm, 1024, ~0ull) == NULL &&
              pool_find(&pool.shm, 0, 1) == NULL,
          "pool: the peer finds it, and nothing outside the region");
    check(!pool_back(&pool, token + 1, &back) && !pool_back(&pool, token ^ 1ull << 32, &back) &&
              !pool_back(&pool, 0, &back) && !pool_back(&pool, 77, &back),
          "pool: forged tokens are refused");
    check(pool_back(&pool, token, &back) && back.at == b[1].at && !pool_back(&pool, token, &back),
          "pool: it comes back once");
    (void)give_region(&pool.shm, 1, true, true);
    memset(back.at, 3, 1024);
    token = pool_lend(&pool, &back);
    check(ask(PEER_READ, 0, 0, 0) == 3 * 1024, "pool: a peer reads what was lent");
    pool_revoke(&pool);
    check(!pool_back(&pool, token, &none) && pool_take(&pool, &none) && pool_take(&pool, &none),
          "pool: revoked, what was lent is free again");
    check(ask(PEER_READ, 0, 0, 0) == 1000000 + MSG_DEAD, "pool: and the peer has nothing any more");
    pool_destroy(&pool);
}

void test_shm(void)
{
    peer = process_cap(PROCESS_CAP_ENDPOINT, "peer")->slot;
    test_own();
    test_shared();
    test_bad_tables();
    test_move();
    test_semaphore();
    test_short_window();
    test_pool();
}
