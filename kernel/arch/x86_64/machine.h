/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions that C has no words for: one line each. Names are the mnemonics. */
#pragma once

#include "types.h"

#define MSR_EFER 0xc0000080u
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u
#define MSR_FMASK 0xc0000084u
#define MSR_FS_BASE 0xc0000100u
#define MSR_GS_BASE 0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_APIC_BASE 0x1bu
#define MSR_TSC_DEADLINE 0x6e0u
#define MSR_SYSENTER_CS 0x174u
#define MSR_PAT 0x277u
#define MSR_SPEC_CTRL 0x48u
#define MSR_PRED_CMD 0x49u
#define MSR_ARCH_CAPABILITIES 0x10au
/* machine checks (Intel SDM vol. 3B, 15.3): how many banks there are; each one's registers */
#define MSR_MCG_CAP 0x179u
#define MSR_MCG_CTL 0x17bu
#define MSR_MC_CTL(bank) (0x400u + 4 * (bank))
#define MSR_MC_STATUS(bank) (0x401u + 4 * (bank))
#define MSR_MC_ADDR(bank) (0x402u + 4 * (bank))
#define MCG_CAP_COUNT 0xffu
#define MCG_CAP_HAS_CTL BIT(8)
#define MC_STATUS_VALID BIT(63)
#define MC_STATUS_HAS_ADDR BIT(58)

#define CR0_MP BIT(1)
#define CR0_EM BIT(2)
#define CR0_TS BIT(3)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR4_MCE BIT(6)
#define CR4_PGE BIT(7)
#define CR4_PCE BIT(8)
#define CR4_OSFXSR BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_UMIP BIT(11)
#define CR4_FSGSBASE BIT(16)
#define CR4_PCIDE BIT(17)
#define CR4_OSXSAVE BIT(18)
#define CR4_SMEP BIT(20)
#define CR4_SMAP BIT(21)
#define EFER_SCE BIT(0)
#define EFER_NXE BIT(11)

#define RFLAGS_ONE BIT(1)
#define RFLAGS_TF BIT(8)
#define RFLAGS_IF BIT(9)
#define RFLAGS_DF BIT(10)
#define RFLAGS_IOPL (3 * BIT(12))
#define RFLAGS_NT BIT(14)
#define RFLAGS_RF BIT(16)
#define RFLAGS_AC BIT(18)
/* what one thread may set for another: CF PF AF ZF SF DF OF */
#define RFLAGS_USER (BIT(0) | BIT(2) | BIT(4) | BIT(6) | BIT(7) | RFLAGS_DF | BIT(11))

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline void clac(void)
{
    __asm__ volatile("clac");
}

/* only where HAS_FSGSBASE_INST, as the next one and write_gs_base_from() */
static inline word_t rdfsbase(void)
{
    word_t v;

    __asm__ volatile("rdfsbase %0" : "=r"(v));
    return v;
}

static inline word_t rdgsbase(void)
{
    word_t v;

    __asm__ volatile("rdgsbase %0" : "=r"(v));
    return v;
}

/* the value is loaded here (an optimisation barrier): the compiler compares it in memory before */
static inline void write_gs_base_from(const word_t *p)
{
    word_t v;

    __asm__ volatile("mov %1, %0\n\twrgsbase %0" : "=r"(v) : "m"(*p));
}

static inline void write_fs_base(word_t v)
{
    if (HAS_FSGSBASE_INST)
        __asm__ volatile("wrfsbase %0" : : "r"(v));
    else
        wrmsr(MSR_FS_BASE, v);
}

static inline void write_gs_base(word_t v)
{
    if (HAS_FSGSBASE_INST)
        __asm__ volatile("wrgsbase %0" : : "r"(v));
    else
        wrmsr(MSR_GS_BASE, v);
}

#define REGISTER(name)                                                                             \
    static inline word_t read_##name(void)                                                         \
    {                                                                                              \
        word_t v;                                                                                  \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(v));                                         \
        return v;                                                                                  \
    }                                                                                              \
    static inline void write_##name(word_t v)                                                      \
    {                                                                                              \
        __asm__ volatile("mov %0, %%" #name : : "r"(v) : "memory");                                \
    }
REGISTER(cr0)
REGISTER(cr2)
REGISTER(cr3)
REGISTER(cr4)
REGISTER(dr0)
REGISTER(dr1)
REGISTER(dr2)
REGISTER(dr3)
REGISTER(dr6)
REGISTER(dr7)
#undef REGISTER

static inline void clts(void)
{
    __asm__ volatile("clts");
}

#define PORTS(bits, size)                                                                          \
    static inline void out##bits(uint16_t port, uint##bits##_t value)                              \
    {                                                                                              \
        __asm__ volatile("out" size " %0, %1" : : "a"(value), "Nd"(port));                         \
    }                                                                                              \
    static inline uint##bits##_t in##bits(uint16_t port)                                           \
    {                                                                                              \
        uint##bits##_t value;                                                                      \
        __asm__ volatile("in" size " %1, %0" : "=a"(value) : "Nd"(port));                          \
        return value;                                                                              \
    }
PORTS(8, "b")
PORTS(16, "w")
PORTS(32, "l")
#undef PORTS
