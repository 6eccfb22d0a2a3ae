/* SPDX-License-Identifier: BSD-2-Clause */
/* Which (invocation, error) pairs the cases have provoked. */

#include "env.h"
#include <abi_pairs.h>

#define PAIRS (sizeof(abi_pairs) / sizeof(abi_pairs[0]))

static unsigned seen[nArchInvocationLabels];

/*
 * Pairs the interface files name which no call can provoke on any machine of ours; the reason is
 * part of the table printed.
 */
static const struct {
    unsigned label, error;
    const char *reason;
} unreachable[] = {
#ifdef CONFIG_HARDWARE_DEBUG_API
    { TCBConfigureSingleStepping, seL4_InvalidArgument,
      "on this architecture all arguments are appropriate" },
#endif
#ifdef CONFIG_IOMMU
    { X86IOPageTableMap, seL4_FailedLookup, "without an IOMMU there is no I/O space capability" },
    { X86IOPageTableMap, seL4_DeleteFirst, "likewise" },
    { X86PageMapIO, seL4_InvalidArgument, "likewise" },
    { X86PageMapIO, seL4_FailedLookup, "likewise" },
    { X86PageMapIO, seL4_DeleteFirst, "likewise" },
#endif
    { 0, 0, NULL },
};

const char *error_name(unsigned error)
{
    static const char *const names[seL4_NumErrors] = {
        "NoError",     "InvalidArgument", "InvalidCapability", "IllegalOperation",
        "RangeError",  "AlignmentError",  "FailedLookup",      "TruncatedMessage",
        "DeleteFirst", "RevokeFirst",     "NotEnoughMemory",
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
 * Why no call can provoke the pair here, NULL: one can. A machine has either an I/O APIC or the
 * PIC, and refuses the calls for the other before it reads their arguments: what is excused on one
 * must be provoked on the other.
 */
static const char *why_unreachable(unsigned label, unsigned error)
{
    bool is_for_ioapic = label == X86IRQIssueIRQHandlerIOAPIC || label == X86IRQIssueIRQHandlerMSI;

    if (label == IRQIssueIRQHandler || is_for_ioapic) {
        return is_for_ioapic != machine_has_pic() ? NULL
               : is_for_ioapic                    ? "needs a machine with an I/O APIC"
                                                  : "needs a machine without an I/O APIC";
    }
    for (size_t i = 0; unreachable[i].reason != NULL; i++) {
        if (unreachable[i].label == label && unreachable[i].error == error) {
            return unreachable[i].reason;
        }
    }
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
                rt_printf("# not provoked: %s %s%s%s\n", p->name, error_name(error),
                          reason ? ": " : "", reason ? reason : "");
            }
        }
    }
    rt_printf("# coverage: %u of %u (invocation, error) pairs provoked, %u cannot be here; %u more "
              "that the interface "
              "files don't name\n",
              provoked, pairs, excused, beyond);
    return pairs - provoked - excused;
}
