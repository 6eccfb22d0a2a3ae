/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that got shorter, and what processes have of them in private mappings. */
#pragma once

/** memfs says that there are some: pages behind their ends are taken away. */
void cut_look(void);
