/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel 8259A data sheet (order 231468): ICW1..4 set it up, OCW1 is the mask, OCW2 the end of interrupt, OCW3 reads. */
#include "pic.h"

#include "machine.h"
#include "vectors.h"

#define MASTER_COMMAND 0x20
#define MASTER_DATA 0x21
#define SLAVE_COMMAND 0xa0
#define SLAVE_DATA 0xa1

#define ICW1_INIT_ICW4 0x11
#define ICW4_8086 0x01
#define OCW2_SPECIFIC_EOI 0x60
#define OCW3_READ_IRR 0x0a
#define OCW3_READ_ISR 0x0b

static uint16_t pic_masks = 0xffff; /* bit n: line n is masked [K] */

static void pic_write_masks(void)
{
    uint16_t m = pic_masks;

    if ((m >> 8 & 0xff) != 0xff)
        m &= (uint16_t)~(1u << PIC_CASCADE_LINE);
    out8(MASTER_DATA, (uint8_t)m);
    out8(SLAVE_DATA, (uint8_t)(m >> 8));
}

void pic_init(void)
{
    out8(MASTER_COMMAND, ICW1_INIT_ICW4);
    out8(SLAVE_COMMAND, ICW1_INIT_ICW4);
    out8(MASTER_DATA, IRQ_VECTOR_BASE);
    out8(SLAVE_DATA, IRQ_VECTOR_BASE + 8);
    out8(MASTER_DATA, 1 << PIC_CASCADE_LINE);
    out8(SLAVE_DATA, PIC_CASCADE_LINE);
    out8(MASTER_DATA, ICW4_8086);
    out8(SLAVE_DATA, ICW4_8086);
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
    out8(MASTER_COMMAND, what);
    out8(SLAVE_COMMAND, what);
    return in8(MASTER_COMMAND) | (unsigned)in8(SLAVE_COMMAND) << 8;
}

bool pic_in_service(unsigned line)
{
    return pic_read(OCW3_READ_ISR) >> line & 1;
}

void pic_eoi(unsigned line)
{
    if (line >= 8) {
        out8(SLAVE_COMMAND, (uint8_t)(OCW2_SPECIFIC_EOI | (line & 7)));
        line = PIC_CASCADE_LINE;
    }
    out8(MASTER_COMMAND, (uint8_t)(OCW2_SPECIFIC_EOI | line));
}

unsigned pic_pending(void)
{
    return pic_read(OCW3_READ_IRR) & ~(unsigned)pic_masks & 0xffff & ~(1u << PIC_CASCADE_LINE);
}
