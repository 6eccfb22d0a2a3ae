/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and destroying objects by type: see object.c. */
#pragma once

#include "arch.h"

bool object_type_exists(word_t type);

/* log2 of the size in bytes of an object of this type (which exists); user_bits is the request's size argument. */
unsigned object_size_bits(word_t type, unsigned user_bits);

/* The least size argument for this type. */
unsigned object_min_bits(word_t type);

bool object_may_be_device(word_t type);

/* Make the object from zeroed memory at p; its first capability. */
struct cap object_create(word_t type, paddr_t p, unsigned user_bits, bool is_device);

/* The last capability c to a core object goes away, and the object with it. False: not finished, call again; the object
 * can no longer be used through c. */
bool MUST_CHECK object_destroy(struct slot *s);
