/* SPDX-License-Identifier: BSD-2-Clause */
/* Which (invocation, error) pairs the cases have provoked. */

#include "env.h"
#include <abi_pairs.h>

#define PAIRS (sizeof(abi_pairs) / sizeof(abi_pairs[0]))

static unsigned seen[nArchInvocationLabels];

#ifdef CONFIG_IOMMU
/* Pairs that no call can provoke where there is no IOMMU. */
static const struct {
    unsigned label, error;
} need_io_space[] = {
    { X86IOPageTableMap, seL4_FailedLookup },
    { X86IOPageTableMap, seL4_DeleteFirst },
    { X86PageMapIO, seL4_InvalidArgument },
    { X86PageMapIO, seL4_FailedLookup },
    { X86PageMapIO, seL4_DeleteFirst },
};
#endif

const char *error_name(unsigned error)
{
    static const char *const names[seL4_NumErrors] = {
        "NoError", "InvalidArgument", "InvalidCapability", "IllegalOperation", "RangeError", "AlignmentError",
        "FailedLookup", "TruncatedMessage", "DeleteFirst", "RevokeFirst", "NotEnoughMemory",
    };

    return error < seL4_NumErrors ? names[error] : "(no error number)";
}

void coverage_note(unsigned label, unsigned error)
{
    if (label < nArchInvocationLabels) {
        seen[label] |= 1u << error;
    }
}

/*
 * Why no call can provoke the pair here, NULL: one can. A machine has either an I/O APIC or the PIC, and refuses the calls for
 * the other before it reads their arguments: what is excused on one must be provoked on the other.
 */
static const char *why_unreachable(unsigned label, unsigned error)
{
    bool is_for_ioapic = label == X86IRQIssueIRQHandlerIOAPIC || label == X86IRQIssueIRQHandlerMSI;

    if (label == IRQIssueIRQHandler || is_for_ioapic) {
        return is_for_ioapic != machine_has_pic() ? NULL
               : is_for_ioapic ? "needs a machine with an I/O APIC" : "needs a machine without an I/O APIC";
    }
#ifdef CONFIG_IOMMU
    for (size_t i = 0; i < sizeof(need_io_space) / sizeof(need_io_space[0]); i++) {
        if (need_io_space[i].label == label && need_io_space[i].error == error) {
            return "without an IOMMU there is no I/O space capability";
        }
    }
#endif
    (void)error;
    return NULL;
}

unsigned coverage_print(void)
{
    unsigned pairs = 0, provoked = 0, beyond = 0, excused = 0;

    for (size_t i = 0; i < PAIRS; i++) {
        const struct abi_pairs *p = &abi_pairs[i];
        for (unsigned error = 1; error < seL4_NumErrors; error++) {
            bool named = p->errors & 1u << error, done = seen[p->label] & 1u << error;
            pairs += named;
            provoked += named && done;
            beyond += !named && done;
            if (named && !done) {
                const char *reason = why_unreachable(p->label, error);
                excused += reason != NULL;
                rt_printf("# not provoked: %s %s%s%s\n", p->name, error_name(error), reason ? ": " : "",
                          reason ? reason : "");
            }
        }
    }
    rt_printf("# coverage: %u of %u (invocation, error) pairs provoked, %u cannot be here; %u more that the interface "
              "files don't name\n", provoked, pairs, excused, beyond);
    return pairs - provoked - excused;
}
