/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that hold for every invocation alike: no capability, the wrong kind of object, too short a
 * message.
 */

#include "env.h"
#include <myelin/extension.h>

#include <abi_pairs.h>

#define PAIRS (sizeof(abi_pairs) / sizeof(abi_pairs[0]))

static const char *invocation_name(unsigned variant)
{
    return abi_pairs[variant].name;
}

/* A wrong capability would let a message be taken for another object's. */
TEST_VARIANTS(null_capability, "generic/empty-slot-is-invalid-capability", "10.1.2", PAIRS,
              invocation_name)
{
    FAILS(seL4_InvalidCapability, abi_pairs[variant].label,
          raw_label(slot_new(), abi_pairs[variant].label));
    ARGUMENT_IS(0);
}

static const char *extension_name(unsigned variant)
{
    return extension_pairs[variant].name;
}

TEST_VARIANTS(null_capability_extension, "generic/empty-slot-invoked-with-an-extension",
              "extension", sizeof(extension_pairs) / sizeof(extension_pairs[0]), extension_name)
{
    if (!myelin_version(boot)) {
        test_skip("not our kernel");
    }
    FAILS(seL4_InvalidCapability, extension_pairs[variant].label,
          raw_label(slot_new(), extension_pairs[variant].label));
    ARGUMENT_IS(0);
}

static bool is_cnode_label(unsigned label)
{
    return label >= CNodeRevoke && label <= CNodeRotate;
}

TEST_VARIANTS(wrong_object, "generic/wrong-object-is-illegal-operation", "10.1.3", PAIRS,
              invocation_name)
{
    unsigned label = abi_pairs[variant].label;
    seL4_CPtr service = is_cnode_label(label) ? object_new(seL4_TCBObject, 0) : cnode_new(4);

    FAILS(seL4_IllegalOperation, label, raw_label(service, label));
}
