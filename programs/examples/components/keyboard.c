/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver that broadcasts: a key of the PS/2 keyboard is the answer to everybody who waits for it.
 * Nobody can hold it up: who comes late finds the last keys kept, and who comes too late is told by
 * their numbers how many he has missed.
 *
 * Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and auxiliary device
 * controller"
 */
#include <driver/driver.h>
#include <idl/keyboard.h>
#include <ipc/process.h>

enum { WAITING_MAX = 4, KEPT = 16 }; /* manifest: replies 5 */

enum { DATA = 0, STATUS = 4, COMMAND = 4 };                          /* registers */
enum { OUTPUT_FULL = 1, INPUT_FULL = 2, FROM_MOUSE = 0x20 };         /* of the status */
enum { WRITE_MODE = 0x60, ENABLE_KEYBOARD = 0xae };                  /* commands */
enum { MODE_INTERRUPT = 1, MODE_SYSTEM = 4, MODE_TRANSLATE = 0x40 }; /* to scan code set 1 */

static struct driver_ports ports;
static struct driver_irq irq;
static struct call waiting[WAITING_MAX];
static unsigned waiting_count;
static uint8_t kept[KEPT];
static uint64_t last; /* key's number */

static int next(struct call *c, uint64_t seen, uint64_t *number, uint8_t *code)
{
    if (seen < last) {
        *number = last - seen > KEPT ? last - KEPT + 1 : seen + 1;
        *code = kept[*number % KEPT];
        return 0;
    }
    if (waiting_count == WAITING_MAX)
        return EBUSY;
    int e = call_later(c, &waiting[waiting_count]);
    if (e == CALL_LATER)
        waiting_count++;
    return e;
}

static int tell_last(struct call *c, uint64_t *number)
{
    (void)c;
    *number = last;
    return 0;
}

static void key(uint8_t code)
{
    kept[++last % KEPT] = code;
    while (waiting_count > 0) /* who has given up meanwhile is none of our business */
        (void)keyboard_next_answer(&waiting[--waiting_count], last, code);
}

static void interrupt(struct call_server *server, uint64_t bits)
{
    uint8_t status;

    (void)server;
    if ((bits & irq.badge) == 0)
        return;
    while (((status = driver_in8(&ports, STATUS)) & OUTPUT_FULL) != 0) {
        uint8_t code = driver_in8(&ports, DATA);
        if ((status & FROM_MOUSE) == 0)
            key(code);
    }
    driver_irq_acknowledge(&irq);
}

/* The controller takes a byte at a time. */
static void write(unsigned reg, uint8_t value)
{
    for (unsigned patience = 100000; patience > 0; patience--)
        if ((driver_in8(&ports, STATUS) & INPUT_FULL) == 0)
            break;
    driver_out8(&ports, reg, value);
}

int main(void)
{
    static const struct keyboard_ops ops = { .next = next, .last = tell_last };
    struct call_server server;

    if (call_server_open(&server) != 0 || !driver_ports_find(&ports) || !driver_irq_find(&irq))
        return 1;
    server.signal = interrupt;
    write(COMMAND, WRITE_MODE);
    write(DATA, MODE_INTERRUPT | MODE_SYSTEM | MODE_TRANSLATE);
    write(COMMAND, ENABLE_KEYBOARD);
    keyboard_serve_on(&server, &ops);
}
