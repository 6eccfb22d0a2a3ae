/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration, under the name sources for seL4 include it by. */
#pragma once

#include <autoconf.h>
