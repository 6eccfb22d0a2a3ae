/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What init has from the kernel, and its own small needs: slots, memory, objects that live for
 * ever, and a window to write into frames it gives away.
 */
#pragma once

#include <cap/cap.h>
#include <myelin/extension.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <stdint.h>

/* Size of a scheduling context, log2. */
#define SC_BITS 8

/* Badges on init's endpoint: low bits say which component, the flags what it is about. */
#define BADGE_COMPONENT(badge) ((unsigned)((badge)&0xff))
#define BADGE_THREAD(badge) ((unsigned)((badge) >> 8 & 0xff))
#define BADGE_REQUEST (1ul << 16) /* a process about itself */
#define BADGE_FAULT (1ul << 17)   /* the kernel about a thread */
#define BADGE_DEAD (1ul << 18)    /* a call to a component that does not run */
/* notification: the low bits are passive servers that wait now */
#define BADGE_READY (1ul << 62)

/* [I] after system_open(), but for slots, memory, pool and ready_missed */
struct system {
    const seL4_BootInfo *boot;
    bool has_upcall; /* the kernel announces the extension */
    uint64_t tsc_hz;
    uint64_t boot_time_s;
    uint64_t ram_bytes;
    seL4_CPtr endpoint;     /* all requests and faults */
    seL4_CPtr notification; /* bound to us */
    seL4_CPtr reply;        /* for what we are answering */
    seL4_CPtr scratch;      /* a slot for a capability that is needed for a moment */
    seL4_CPtr drain_reply;  /* for calls we answer in the place of the dead */
    /* badges of our notification that are still to be looked at */
    seL4_Word ready_missed;
    seL4_CPtr no_time; /* a scheduling context that never gets a budget, see time.c */
    struct cap_slots slots;
    struct cap_memory memory;
    struct cap_pool pool; /* our own objects */
};

extern struct system sys;

/** Take stock of what the kernel gave; NULL or what is missing. */
const char *system_open(const seL4_BootInfo *boot);

/** An object that lives for ever, or 0. */
seL4_CPtr system_make(seL4_Word type, unsigned size_bits, unsigned bytes_bits);

/** A badged copy of an endpoint or notification in our own space, or 0. */
seL4_CPtr system_mint(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge);

/** I/O ports first..last; the same range again gives the same capability. 0: refused. */
seL4_CPtr system_ports(uint64_t first, uint64_t last);

/** Handler of an interrupt line; 0: refused. */
seL4_CPtr system_irq(unsigned line);

/** Map a frame where we can write it; NULL when that fails. One at a time. */
void *window_open(seL4_CPtr frame);
void window_close(seL4_CPtr frame);

/** The frame of our own image at an address; 0: no page begins there. */
seL4_CPtr image_page(const uint8_t *at);

/** Attributes that keep a page from being executed, where the kernel offers that. */
seL4_X86_VMAttributes attributes_data(void);
