/* SPDX-License-Identifier: BSD-2-Clause */
/* Semaphores between threads, mutexes, and semaphores of interrupts. */
#include "sdk.h"

#include <driver/gsi.h>
#include <ipc/message.h>
#include <sync/semaphore.h>

static struct semaphore items, done;

static void test_alone(void)
{
    struct semaphore s;
    uint32_t taken = 9;

    check(semaphore_create(&s, NULL, 0x80000000u) == seL4_InvalidArgument,
          "semaphore: a count that is too high");
    check(semaphore_create(&s, NULL, 3) == seL4_NoError, "semaphore: one of 3");
    unsigned wrong = 0;
    for (int i = 0; i < 3; i++)
        wrong += semaphore_down(&s, MSG_NOW) != MSG_OK;
    check(wrong == 0 && semaphore_down(&s, MSG_NOW) == MSG_DEADLINE,
          "semaphore: three downs, and no fourth");
    msg_time until = msg_in_us(400);
    check(semaphore_down(&s, until) == MSG_DEADLINE && msg_in_us(0) >= until && s.own.bits == 0,
          "semaphore: a down ends at its deadline, and is not counted any more");
    for (int i = 0; i < 5; i++)
        (void)semaphore_up(&s);
    check(semaphore_down_to_zero(&s, MSG_FOREVER, &taken) == MSG_OK && taken == 5 &&
              semaphore_down_to_zero(&s, MSG_NOW, &taken) == MSG_DEADLINE && taken == 0,
          "semaphore: down to zero takes all there are, and waits for one");
    s.own.bits = SEMAPHORE_MAX;
    check(!semaphore_up(&s) && s.own.bits == SEMAPHORE_MAX,
          "semaphore: an up beyond the highest count is refused");
    semaphore_destroy(&s);
}

/*
 * Uncontended means: not a system call. With an empty slot for a notification each would be a fault
 * or do nothing; the count tells that all were good.
 */
static void test_no_system_call(void)
{
    struct semaphore_word word = { 0 };
    struct semaphore s;
    unsigned wrong = 0;

    semaphore_attach(&s, &word, 0);
    for (int i = 0; i < 1000; i++) {
        wrong += !semaphore_up(&s);
        wrong += semaphore_down(&s, MSG_FOREVER) != MSG_OK;
    }
    check(wrong == 0 && word.bits == 0, "semaphore: nothing of the kernel is needed uncontended");
}

static void *consumer(void *count)
{
    uintptr_t taken = 0;

    for (uintptr_t n = (uintptr_t)count; n > 0; n--)
        taken += semaphore_down(&items, MSG_FOREVER) == MSG_OK;
    (void)semaphore_up(&done);
    return (void *)taken;
}

static void *producer(void *count)
{
    for (uintptr_t n = (uintptr_t)count; n > 0; n--)
        (void)semaphore_up(&items);
    return NULL;
}

static void test_threads(void)
{
    enum { EACH = 3000 };
    pthread_t thread[6];
    void *result;
    uintptr_t taken = 0;

    (void)semaphore_create(&items, NULL, 0);
    (void)semaphore_create(&done, NULL, 0);
    for (int i = 0; i < 3; i++)
        thread[i] = thread_start(consumer, (void *)EACH);
    sleep_us(500); /* all of them wait: now ups come faster than they are taken */
    for (int i = 3; i < 6; i++)
        thread[i] = thread_start(producer, (void *)EACH);
    unsigned wrong = 0;
    for (int i = 0; i < 3; i++)
        wrong += semaphore_down(&done, msg_in_us(5000000)) != MSG_OK;
    check(wrong == 0, "semaphore: three consumers and three producers come to their end");
    for (int i = 0; i < 6; i++) {
        (void)pthread_join(thread[i], &result);
        taken += (uintptr_t)result;
    }
    check(taken == 3 * EACH && items.own.bits == 0, "semaphore: nothing was lost or invented");
    semaphore_destroy(&items);
    semaphore_destroy(&done);
}

/* Many ups while waiters have not run yet: their signals come as one. */
static void test_signals_merge(void)
{
    pthread_t thread[3];
    void *result;

    (void)semaphore_create(&items, NULL, 0);
    (void)semaphore_create(&done, NULL, 0);
    for (int i = 0; i < 3; i++)
        thread[i] = thread_start(consumer, (void *)1);
    sleep_us(500);
    for (int i = 0; i < 3; i++)
        (void)semaphore_up(&items);
    unsigned wrong = 0;
    for (int i = 0; i < 3; i++)
        wrong += semaphore_down(&done, msg_in_us(100000)) != MSG_OK;
    check(wrong == 0, "semaphore: three ups in a row wake three");
    for (int i = 0; i < 3; i++)
        (void)pthread_join(thread[i], &result);
    semaphore_destroy(&items);
    semaphore_destroy(&done);
}

static struct mutex mutex;
static volatile unsigned inside, most, total;

static void *enter(void *unused)
{
    (void)unused;
    for (int i = 0; i < 300; i++) {
        if (mutex_lock(&mutex, MSG_FOREVER) != MSG_OK)
            continue;
        inside++;
        if (inside > most)
            most = inside;
        if (i % 16 == 0)
            seL4_Yield();
        total++;
        inside--;
        (void)mutex_unlock(&mutex);
    }
    return NULL;
}

static void test_mutex(void)
{
    pthread_t thread[3];

    check(mutex_create(&mutex, NULL) == seL4_NoError && !mutex_unlock(&mutex),
          "mutex: one that is not locked can't be unlocked");
    check(mutex_lock(&mutex, MSG_NOW) == MSG_OK && mutex_lock(&mutex, MSG_NOW) == MSG_DEADLINE &&
              mutex_lock(&mutex, msg_in_us(300)) == MSG_DEADLINE && mutex_unlock(&mutex),
          "mutex: locked once, with a deadline for the second");
    for (int i = 0; i < 3; i++)
        thread[i] = thread_start(enter, NULL);
    for (int i = 0; i < 3; i++)
        thread_join(thread[i]);
    check(most == 1 && total == 900, "mutex: one thread at a time is inside");
    mutex_destroy(&mutex);
}

/* ---- interrupts ---- */

/* The PC's interval timer, an i8254: counter 0 is line 2 here. Source: Intel 82C54 data sheet */
enum { PIT_DATA = 0x40, PIT_CONTROL = 0x43, PIT_RATE = 0x34, PIT_STOP = 0x30, PIT_LINE = 2 };

static void pit_put(unsigned port, unsigned value)
{
    (void)seL4_X86_IOPort_Out8(process_cap(PROCESS_CAP_PORTS, NULL)->slot, port, value);
}

static void test_gsi(void)
{
    struct gsi gsi;
    unsigned wrong = 0;

    check(gsi_open(&gsi, 9) == seL4_FailedLookup, "gsi: a line that the manifest does not give");
    check(gsi_open_pci(&gsi, 0, 32, 0) == seL4_RangeError &&
              gsi_open_pci(&gsi, 0, 30, 0) == seL4_FailedLookup &&
              gsi_open_pci(&gsi, 0, 0, 0) == seL4_FailedLookup,
          "gsi: PCI devices that can't be, are not there, have no line of ours");
    check(gsi_open(&gsi, PIT_LINE) == seL4_NoError, "gsi: the line of the timer");
    pit_put(PIT_CONTROL, PIT_STOP); /* firmware leaves it running, 18 times a second */
    for (int i = 0; i < 10 && gsi_down(&gsi, msg_in_us(80000)) == MSG_OK; i++)
        continue;
    check(gsi_down(&gsi, msg_in_us(3000)) == MSG_DEADLINE, "gsi: nothing before it is asked for");
    pit_put(PIT_CONTROL, PIT_RATE);
    pit_put(PIT_DATA, 1193 & 0xff); /* a millisecond */
    pit_put(PIT_DATA, 1193 >> 8);
    for (int i = 0; i < 5; i++)
        wrong += gsi_down(&gsi, msg_in_us(1000000)) != MSG_OK;
    check(wrong == 0, "gsi: five interrupts");
    pit_put(PIT_CONTROL, PIT_STOP);
    unsigned more = 0; /* at its end the count that was running interrupts once more */
    while (more < 10 && gsi_down(&gsi, msg_in_us(80000)) == MSG_OK)
        more++;
    check(more < 3, "gsi: and no more when it has stopped");
    gsi_close(&gsi);
}

/*
 * A PC16550D on the PCI bus, with a class code and one set of ports. It interrupts while it has
 * nothing to send, until it is asked why. Source: PC16550D data sheet, 8.0; PCI Local Bus
 * Specification 3.0, 6.2
 */
enum { SERIAL = 5, SERIAL_PORTS = 0xc000 };
enum { SERIAL_DATA = 0, SERIAL_ENABLE = 1, SERIAL_WHY = 2 }; /* registers */
enum { WHEN_EMPTY = 2, WHY_MASK = 0xf, WHY_EMPTY = 2, WHY_NOTHING = 1 };
enum { PCI_ADDRESS = 0xcf8, PCI_DATA = 0xcfc, PCI_COMMAND = 4, PCI_BAR0 = 0x10, PCI_PORTS = 1 };

/* The capability for a port that the manifest gives us. */
static seL4_X86_IOPort ports_of(unsigned port)
{
    const struct process_info *info = process_info();

    for (uint32_t i = 0; i < info->cap_count; i++) {
        const struct process_cap *c = &info->caps[i];
        if (c->kind == PROCESS_CAP_PORTS && c->a <= port && port <= c->b)
            return c->slot;
    }
    return 0;
}

static void pci_put(unsigned reg, unsigned value)
{
    seL4_X86_IOPort ports = ports_of(PCI_ADDRESS);

    (void)seL4_X86_IOPort_Out32(ports, PCI_ADDRESS, 1u << 31 | SERIAL << 11 | reg);
    (void)seL4_X86_IOPort_Out32(ports, PCI_DATA, value);
}

static void serial_put(unsigned reg, unsigned value)
{
    (void)seL4_X86_IOPort_Out8(ports_of(SERIAL_PORTS), SERIAL_PORTS + reg, value);
}

static unsigned serial_why(void)
{
    return seL4_X86_IOPort_In8(ports_of(SERIAL_PORTS), SERIAL_PORTS + SERIAL_WHY).result & WHY_MASK;
}

static void test_gsi_pci(void)
{
    struct gsi gsi;
    unsigned wrong = 0;

    pci_put(PCI_BAR0, SERIAL_PORTS | PCI_PORTS);
    pci_put(PCI_COMMAND, PCI_PORTS);
    serial_put(SERIAL_ENABLE, 0);
    check(gsi_open_pci(&gsi, 0, SERIAL, 0) == seL4_NoError, "gsi: the line of a PCI device");
    check(gsi_down(&gsi, msg_in_us(3000)) == MSG_DEADLINE && serial_why() == WHY_NOTHING,
          "gsi: nothing before the device is told to");
    serial_put(SERIAL_ENABLE, WHEN_EMPTY);
    for (int i = 0; i < 5; i++) {
        wrong += gsi_down(&gsi, msg_in_us(1000000)) != MSG_OK || serial_why() != WHY_EMPTY;
        serial_put(SERIAL_DATA, 'x');
    }
    check(wrong == 0, "gsi: an interrupt of it for each byte");
    serial_put(SERIAL_ENABLE, 0);
    while (gsi_down(&gsi, msg_in_us(3000)) == MSG_OK)
        wrong++;
    check(wrong < 2, "gsi: and no more when it may not");
    gsi_close(&gsi);
}

void test_sync(void)
{
    struct left before = left_now();

    test_alone();
    test_no_system_call();
    test_threads();
    test_signals_merge();
    test_mutex();
    test_gsi();
    test_gsi_pci();
    check(left_same(before), "semaphores leave nothing behind");
}
