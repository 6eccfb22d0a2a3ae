/* SPDX-License-Identifier: BSD-2-Clause */
/* What the desk (desk.c) is asked by its visitors (visit.c). */
#pragma once

enum desk_op {
    DESK_NOTE = 16, /* number: remembered for this session */
    DESK_RECALL,    /* -> the number */
    DESK_BOARD,     /* -> a page of text, as a capability to map it for reading */
};

enum { DESK_SESSIONS = 8, DESK_BOARD_PAGES = 1 };
