/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be wrong with the invocations of this architecture; see pairs.h. */
#include "pairs.h"

#define BAD_INDEX (1ul << 40) /* outside the root CNode's guard */

static bool has_io_apic(void)
{
    return !machine_has_pic();
}

const struct wrongs pairs_arch[] = {
    {
        .good = REQUEST(X86PDPTMap, THING(PDPT), WORDS(2, UNMAPPED_ADDRESS, 0),
                        CAPABILITIES(1, THING(SPACE))),
        .wrong = {
            { "one word", LENGTH, 1, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "is mapped", SERVICE, THING(MAPPED_PDPT), CAPABILITY(0) },
            { "no address space", CAP0, THING(ENDPOINT), CAPABILITY(1) },
            { "without ASID", CAP0, THING(NEW_SPACE), CAPABILITY(1) },
            { "beyond user addresses", W0, 1ul << 47, ARGUMENT(0) },
            { "has lost its ASID", CAP0, THING(DEAD_SPACE), NO_ROOT(0) },
            { "something is there", W0, MAPPED_ADDRESS, DELETE_FIRST },
        },
    },
    {
        .good = REQUEST(X86PDPTUnmap, THING(MAPPED_PDPT), NO_WORDS, NO_CAPS),
        .wrong = {
            { "has a copy", SERVICE, THING(COPIED_PDPT), REVOKE_FIRST },
        },
    },
    {
        .good = REQUEST(X86PageDirectoryMap, THING(PAGE_DIRECTORY),
                        WORDS(2, MAPPED_ADDRESS + (9ul << 30), 0), CAPABILITIES(1, THING(SPACE))),
        .wrong = {
            { "one word", LENGTH, 1, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "is mapped", SERVICE, THING(MAPPED_DIRECTORY), CAPABILITY(0) },
            { "no address space", CAP0, THING(ENDPOINT), CAPABILITY(1) },
            { "without ASID", CAP0, THING(NEW_SPACE), CAPABILITY(1) },
            { "beyond user addresses", W0, 1ul << 47, ARGUMENT(0) },
            { "has lost its ASID", CAP0, THING(DEAD_SPACE), NO_ROOT(0) },
            { "no table above", W0, UNMAPPED_ADDRESS, MISSING(0, 39) },
            { "something is there", W0, MAPPED_ADDRESS, DELETE_FIRST },
        },
    },
    {
        .good = REQUEST(X86PageDirectoryUnmap, THING(MAPPED_DIRECTORY), NO_WORDS, NO_CAPS),
        .wrong = {
            { "has a copy", SERVICE, THING(COPIED_DIRECTORY), REVOKE_FIRST },
        },
    },
    {
        .good = REQUEST(X86PageTableMap, THING(PAGE_TABLE),
                        WORDS(2, MAPPED_ADDRESS + (9ul << seL4_LargePageBits), 0),
                        CAPABILITIES(1, THING(SPACE))),
        .wrong = {
            { "one word", LENGTH, 1, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "is mapped", SERVICE, THING(MAPPED_TABLE), CAPABILITY(0) },
            { "no address space", CAP0, THING(ENDPOINT), CAPABILITY(1) },
            { "without ASID", CAP0, THING(NEW_SPACE), CAPABILITY(1) },
            { "beyond user addresses", W0, 1ul << 47, ARGUMENT(0) },
            { "has lost its ASID", CAP0, THING(DEAD_SPACE), NO_ROOT(0) },
            { "no table above", W0, UNMAPPED_ADDRESS, MISSING(0, 39) },
            { "something is there", W0, MAPPED_ADDRESS, DELETE_FIRST },
        },
    },
    {
        .good = REQUEST(X86PageTableUnmap, THING(MAPPED_TABLE), NO_WORDS, NO_CAPS),
        .wrong = {
            { "has a copy", SERVICE, THING(COPIED_TABLE), REVOKE_FIRST },
        },
    },
    {
        .good = REQUEST(X86PageMap, THING(FRAME), WORDS(3, MAPPED_ADDRESS, 3, 0),
                        CAPABILITIES(1, THING(SPACE))),
        .wrong = {
            { "two words", LENGTH, 2, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "no address space", CAP0, THING(ENDPOINT), CAPABILITY(1) },
            { "without ASID", CAP0, THING(NEW_SPACE), CAPABILITY(1) },
            { "beyond user addresses", W0, 1ul << 47, ARGUMENT(0) },
            { "has lost its ASID", CAP0, THING(DEAD_SPACE), NO_ROOT(0) },
            { "not aligned", W0, MAPPED_ADDRESS + 8, ALIGNMENT },
            { "no table", W0, UNMAPPED_ADDRESS, MISSING(0, 39) },
        },
    },
    {
        .good = REQUEST_NAMED("X86PageMap, mapped", X86PageMap, THING(MAPPED_FRAME),
                              WORDS(3, MAPPED_ADDRESS, 3, 0), CAPABILITIES(1, THING(SPACE))),
        .wrong = {
            { "two words", LENGTH, 2, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "no address space", CAP0, THING(ENDPOINT), CAPABILITY(1) },
            { "without ASID", CAP0, THING(NEW_SPACE), CAPABILITY(1) },
            { "another address space", CAP0, THING(OTHER_SPACE), CAPABILITY(1) },
            { "has lost its ASID", CAP0, THING(DEAD_SPACE), CAPABILITY(1) },
            { "another address", W0, MAPPED_ADDRESS + 0x1000, ARGUMENT(0) },
            { "beyond user addresses", W0, 1ul << 47, ARGUMENT(0) },
            { "not aligned", W0, MAPPED_ADDRESS + 8, ARGUMENT(0) },
        },
    },
    {
        .good = REQUEST_NAMED("X86PageMap, large", X86PageMap, THING(LARGE_FRAME),
                              WORDS(3, MAPPED_ADDRESS + (9ul << seL4_LargePageBits), 3, 0),
                              CAPABILITIES(1, THING(SPACE))),
        .wrong = {
            { "two words", LENGTH, 2, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "no address space", CAP0, THING(ENDPOINT), CAPABILITY(1) },
            { "without ASID", CAP0, THING(NEW_SPACE), CAPABILITY(1) },
            { "beyond user addresses", W0, 1ul << 47, ARGUMENT(0) },
            { "has lost its ASID", CAP0, THING(DEAD_SPACE), NO_ROOT(0) },
            { "not aligned", W0, MAPPED_ADDRESS + 0x1000, ALIGNMENT },
            { "no table above", W0, UNMAPPED_ADDRESS, MISSING(0, 39) },
            { "a table is there", W0, MAPPED_ADDRESS, DELETE_FIRST },
        },
    },
    {
        .good = REQUEST(X86ASIDControlMakePool, seL4_CapASIDControl,
                        WORDS(2, THING(NEW_SLOT), DEPTH),
                        CAPABILITIES(2, THING(PAGE_UNTYPED), CNODE)),
        .wrong = {
            { "one word", LENGTH, 1, TRUNCATED },
            { "one capability", CAPS, 1, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "no region", CAP0, THING(ENDPOINT), CAPABILITY(1) },
            { "of another size", CAP0, THING(UNTYPED), CAPABILITY(1) },
            { "of a device", CAP0, THING(DEVICE_UNTYPED), CAPABILITY(1) },
            { "in use", CAP0, THING(USED_UNTYPED), REVOKE_FIRST },
            { "root is no CNode", CAP1, THING(ENDPOINT), NO_ROOT(0) },
            { "depth 65", W1, 65, RANGE(1, 64) },
            { "depth 5", W1, 5, OTHER_GUARD(0, 5, 0, ROOT_GUARD_BITS) },
            { "index outside", W0, BAD_INDEX, OTHER_GUARD(0, 64, 0, ROOT_GUARD_BITS) },
            { "full", W0, THING(NOTIFICATION), DELETE_FIRST },
        },
    },
    {
        .good = REQUEST(X86ASIDPoolAssign, THING(POOL), NO_WORDS,
                        CAPABILITIES(1, THING(NEW_SPACE))),
        .wrong = {
            { "no capability", CAPS, 0, TRUNCATED },
            { "no address space", CAP0, THING(ENDPOINT), CAPABILITY(1) },
            { "has one already", CAP0, THING(OTHER_SPACE), CAPABILITY(1) },
            { "had one", CAP0, THING(DEAD_SPACE), CAPABILITY(1) },
            { "none is left", SERVICE, THING(FULL_POOL), DELETE_FIRST },
        },
    },
    {
        .good = REQUEST(X86IOPortControlIssue, seL4_CapIOPortControl,
                        WORDS(4, QUIET_PORTS + 32, QUIET_PORTS + 33, THING(NEW_SLOT), DEPTH),
                        CAPABILITIES(1, CNODE)),
        .wrong = {
            { "three words", LENGTH, 3, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "last before first", W1, QUIET_PORTS - 1, ARGUMENT(1) },
            { "issued already", W0, THING(ISSUED_PORT), REVOKE_FIRST },
            { "root is no CNode", CAP0, THING(ENDPOINT), NO_ROOT(0) },
            { "depth 65", W3, 65, RANGE(1, 64) },
            { "depth 5", W3, 5, OTHER_GUARD(0, 5, 0, ROOT_GUARD_BITS) },
            { "index outside", W2, BAD_INDEX, OTHER_GUARD(0, 64, 0, ROOT_GUARD_BITS) },
            { "full", W2, THING(NOTIFICATION), DELETE_FIRST },
        },
    },
    {
        .good = REQUEST(X86IOPortIn8, THING(PORTS), WORDS(1, QUIET_PORTS), NO_CAPS),
        .wrong = {
            { "no word", LENGTH, 0, TRUNCATED },
            { "another port", W0, QUIET_PORTS + 16, ILLEGAL },
        },
    },
    {
        .good = REQUEST(X86IOPortIn16, THING(PORTS), WORDS(1, QUIET_PORTS), NO_CAPS),
        .wrong = {
            { "no word", LENGTH, 0, TRUNCATED },
            { "another port", W0, QUIET_PORTS + 15, ILLEGAL },
        },
    },
    {
        .good = REQUEST(X86IOPortIn32, THING(PORTS), WORDS(1, QUIET_PORTS), NO_CAPS),
        .wrong = {
            { "no word", LENGTH, 0, TRUNCATED },
            { "another port", W0, QUIET_PORTS + 13, ILLEGAL },
        },
    },
    {
        .good = REQUEST(X86IOPortOut8, THING(PORTS), WORDS(2, QUIET_PORTS, 0), NO_CAPS),
        .wrong = {
            { "one word", LENGTH, 1, TRUNCATED },
            { "another port", W0, QUIET_PORTS + 16, ILLEGAL },
        },
    },
    {
        .good = REQUEST(X86IOPortOut16, THING(PORTS), WORDS(2, QUIET_PORTS, 0), NO_CAPS),
        .wrong = {
            { "one word", LENGTH, 1, TRUNCATED },
            { "another port", W0, QUIET_PORTS + 15, ILLEGAL },
        },
    },
    {
        .good = REQUEST(X86IOPortOut32, THING(PORTS), WORDS(2, QUIET_PORTS, 0), NO_CAPS),
        .wrong = {
            { "one word", LENGTH, 1, TRUNCATED },
            { "another port", W0, QUIET_PORTS + 13, ILLEGAL },
        },
    },
    {
        .good = REQUEST_IF(has_io_apic, X86IRQIssueIRQHandlerIOAPIC, seL4_CapIRQControl,
                           WORDS(7, THING(NEW_SLOT), DEPTH, 0, 20, 0, 0, NOT_HANDLED),
                           CAPABILITIES(1, CNODE)),
        .wrong = {
            { "six words", LENGTH, 6, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "no such vector", W6, 200, RANGE(0, 107) },
            { "has a handler", W6, THING(ISSUED_IRQ), REVOKE_FIRST },
            { "root is no CNode", CAP0, THING(ENDPOINT), NO_ROOT(0) },
            { "depth 65", W1, 65, RANGE(1, 64) },
            { "depth 5", W1, 5, OTHER_GUARD(0, 5, 0, ROOT_GUARD_BITS) },
            { "index outside", W0, BAD_INDEX, OTHER_GUARD(0, 64, 0, ROOT_GUARD_BITS) },
            { "full", W0, THING(NOTIFICATION), DELETE_FIRST },
            { "no such I/O APIC", W2, 1, RANGE(0, 0) },
            { "no such pin", W3, 24, RANGE(0, 23) },
            { "no such trigger", W4, 2, RANGE(0, 1) },
            { "no such polarity", W5, 2, RANGE(0, 1) },
        },
    },
    {
        .good = REQUEST_IF(has_io_apic, X86IRQIssueIRQHandlerMSI, seL4_CapIRQControl,
                           WORDS(7, THING(NEW_SLOT), DEPTH, 0, 0, 0, 0, NOT_HANDLED),
                           CAPABILITIES(1, CNODE)),
        .wrong = {
            { "six words", LENGTH, 6, TRUNCATED },
            { "no capability", CAPS, 0, TRUNCATED },
            { "no such vector", W6, 200, RANGE(0, 107) },
            { "has a handler", W6, THING(ISSUED_IRQ), REVOKE_FIRST },
            { "root is no CNode", CAP0, THING(ENDPOINT), NO_ROOT(0) },
            { "depth 65", W1, 65, RANGE(1, 64) },
            { "depth 5", W1, 5, OTHER_GUARD(0, 5, 0, ROOT_GUARD_BITS) },
            { "index outside", W0, BAD_INDEX, OTHER_GUARD(0, 64, 0, ROOT_GUARD_BITS) },
            { "full", W0, THING(NOTIFICATION), DELETE_FIRST },
            { "no such bus", W2, 256, RANGE(0, 255) },
            { "no such device", W3, 32, RANGE(0, 31) },
            { "no such function", W4, 8, RANGE(0, 7) },
        },
    },
#ifdef CONFIG_HARDWARE_DEBUG_API
    {
        .good = REQUEST(TCBSetBreakpoint, THING(TCB),
                        WORDS(5, 0, FREE_VADDR, seL4_DataBreakpoint, 4, seL4_BreakOnWrite),
                        NO_CAPS),
        .wrong = {
            { "kernel address", W1, 1ul << 47, ARGUMENT(1) },
            { "no such type", W2, 2, ARGUMENT(2) },
            { "an instruction, with size and access", W2, seL4_InstructionBreakpoint, ARGUMENT(3) },
            { "size 3", W3, 3, ARGUMENT(3) },
            { "no such access", W4, 3, ARGUMENT(3) },
            { "not aligned", W1, FREE_VADDR + 1, ALIGNMENT },
            { "no such breakpoint", W0, 4, RANGE(0, 3) },
            { "size 8", W3, 8, ARGUMENT(3) },
        },
    },
    {
        .good = REQUEST(TCBGetBreakpoint, THING(TCB), WORDS(1, 0), NO_CAPS),
        .wrong = {
            { "no such breakpoint", W0, 4, RANGE(0, 3) },
        },
    },
    {
        .good = REQUEST(TCBUnsetBreakpoint, THING(TCB), WORDS(1, 0), NO_CAPS),
        .wrong = {
            { "no such breakpoint", W0, 4, RANGE(0, 3) },
        },
    },
    {
        .good = REQUEST(TCBConfigureSingleStepping, THING(TCB), WORDS(2, 0, 0), NO_CAPS),
    },
#endif
};
const unsigned pairs_arch_count = sizeof(pairs_arch) / sizeof(pairs_arch[0]);
