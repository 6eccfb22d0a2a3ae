/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts of /proc, in the formats of proc(5), as far as programs read them. A number that this
 * system does not have is 0, as on a Linux that was built without it; a line whose value it does
 * not know is left out.
 */
#pragma once

#include "procfs_out.h"
#include "view.h"

/* Of one process. */
typedef void text_process(struct out *o, const struct view *v);

text_process text_stat, text_statm, text_status, text_cmdline, text_environ, text_comm, text_maps,
    text_mounts, text_caps, text_job;

/* Of the machine. */
typedef void text_machine(struct out *o, const struct view_system *s);

text_machine text_system_stat, text_meminfo, text_uptime, text_loadavg, text_cpuinfo,
    text_filesystems, text_resources;
