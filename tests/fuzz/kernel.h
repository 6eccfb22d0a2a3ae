/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Included before everything that a server under the fuzzer consists of: what it would ask the
 * kernel for is asked of server.c.
 */
#pragma once

#define file_handle host_file_handle /* idl/file.capnp has one, too */
#include <fcntl.h>
#undef file_handle

#include <base/tsc.h>
#include <sel4/sel4.h>

seL4_Error fake_delete(seL4_CPtr slot);
seL4_Error fake_mint(seL4_CPtr slot, uint64_t badge);
seL4_Error fake_move(seL4_CPtr to, seL4_CPtr from);
seL4_Error fake_copy(seL4_CPtr to);
void fake_signal(seL4_CPtr slot);
uint64_t fake_tsc(void);

#define seL4_CNode_Delete(root, slot, depth) fake_delete(slot)
#define seL4_CNode_Mint(root, slot, depth, from_root, from, from_depth, rights, badge)             \
    fake_mint(slot, badge)
#define seL4_CNode_Move(root, slot, depth, from_root, from, from_depth) fake_move(slot, from)
#define seL4_CNode_Copy(root, slot, depth, from_root, from, from_depth, rights) fake_copy(slot)
#define seL4_Signal(slot) fake_signal(slot)
#define tsc_read() fake_tsc()
