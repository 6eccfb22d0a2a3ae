/* SPDX-License-Identifier: BSD-2-Clause */
/* The public interface: one header for all of it. */
#pragma once

#include <sel4/syscalls.h>
#include <sel4/faults.h>
#include <sel4/bootinfo.h>
#include <interfaces/sel4_client.h>
#include <sel4/virtual_client.h>
