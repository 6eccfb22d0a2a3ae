/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel 8259A data sheet (order 231468): ICW1..4 set it up, OCW1 is the mask, OCW2 the end of
 * interrupt, OCW3 reads.
 */
#include "pic.h"

#include "machine.h"
#include "vectors.h"

/* two registers each */
#define MASTER 0x20
#define SLAVE 0xa0
enum { COMMAND = 0, DATA = 1 };

#define ICW1_INIT_ICW4 0x11
#define ICW4_8086 0x01
#define OCW2_SPECIFIC_EOI 0x60
#define OCW3_READ_IRR 0x0a
#define OCW3_READ_ISR 0x0b

static uint16_t pic_masks = 0xffff; /* bit n: line n is masked [K] */

static void pic_write(unsigned reg, uint8_t master, uint8_t slave)
{
    out8(MASTER + reg, master);
    out8(SLAVE + reg, slave);
}

static void pic_write_masks(void)
{
    uint16_t m = pic_masks;

    if ((m >> 8 & 0xff) != 0xff)
        m &= (uint16_t) ~(1u << PIC_CASCADE_LINE);
    pic_write(DATA, (uint8_t)m, (uint8_t)(m >> 8));
}

void pic_init(void)
{
    pic_write(COMMAND, ICW1_INIT_ICW4, ICW1_INIT_ICW4);
    pic_write(DATA, IRQ_VECTOR_BASE, IRQ_VECTOR_BASE + 8);
    pic_write(DATA, 1 << PIC_CASCADE_LINE, PIC_CASCADE_LINE);
    pic_write(DATA, ICW4_8086, ICW4_8086);
    pic_masks = 0xffff;
    pic_write_masks();
}

void pic_mask(unsigned line, bool is_masked)
{
    uint16_t bit = (uint16_t)(1u << (line & 15));

    if (((pic_masks & bit) != 0) == is_masked)
        return;
    pic_masks ^= bit;
    pic_write_masks();
}

static unsigned pic_read(uint8_t what)
{
    pic_write(COMMAND, what, what);
    return in8(MASTER + COMMAND) | (unsigned)in8(SLAVE + COMMAND) << 8;
}

bool pic_in_service(unsigned line)
{
    return pic_read(OCW3_READ_ISR) >> line & 1;
}

void pic_eoi(unsigned line)
{
    if (line >= 8) {
        out8(SLAVE + COMMAND, (uint8_t)(OCW2_SPECIFIC_EOI | (line & 7)));
        line = PIC_CASCADE_LINE;
    }
    out8(MASTER + COMMAND, (uint8_t)(OCW2_SPECIFIC_EOI | line));
}

unsigned pic_pending(void)
{
    return pic_read(OCW3_READ_IRR) & ~(unsigned)pic_masks & 0xffff & ~(1u << PIC_CASCADE_LINE);
}
