/* SPDX-License-Identifier: BSD-2-Clause */
/* Which (invocation, error) pairs the cases have provoked. */

#include "env.h"
#include <myelin/extension.h>

#include <abi_pairs.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define EXTENSION_LABEL 0x4d590000u /* they count from here */
#define EXTENSION_LABELS 32u

static unsigned seen[nArchInvocationLabels], seen_extension[EXTENSION_LABELS];
static unsigned pairs, provoked, beyond, excused;

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

/* The errors seen of that label, a bit each; NULL: no invocation has it. */
static unsigned *seen_of(unsigned label)
{
    if (label < nArchInvocationLabels)
        return &seen[label];
    return label - EXTENSION_LABEL < EXTENSION_LABELS ? &seen_extension[label - EXTENSION_LABEL]
                                                      : NULL;
}

void coverage_note(unsigned label, unsigned error)
{
    unsigned *errors = seen_of(label);

    if (errors != NULL) {
        *errors |= 1u << error;
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

static void count(const struct abi_pairs *p, unsigned error)
{
    bool named = p->errors & 1u << error, done = *seen_of(p->label) & 1u << error;
    const char *reason;

    pairs += named;
    provoked += named && done;
    beyond += !named && done;
    if (!named || done)
        return;
    reason = why_unreachable(p->label, error);
    excused += reason != NULL;
    rt_printf("# not provoked: %s %s%s%s\n", p->name, error_name(error), reason ? ": " : "",
              reason ? reason : "");
}

unsigned coverage_print(void)
{
    for (unsigned error = 1; error < seL4_NumErrors; error++) {
        for (size_t i = 0; i < COUNT(abi_pairs); i++)
            count(&abi_pairs[i], error);
        for (size_t i = 0; myelin_version(boot) && i < COUNT(extension_pairs); i++)
            count(&extension_pairs[i], error);
    }
    rt_printf("# coverage: %u of %u (invocation, error) pairs provoked, %u cannot be here; %u more "
              "that the interface files don't name\n",
              provoked, pairs, excused, beyond);
    return pairs - provoked - excused;
}
