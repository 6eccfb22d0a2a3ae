/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of pipes, sockets, events, timers and sets of files to wait for: idl/file.capnp,
 * session.capnp, socket.capnp, alarm.capnp, watch.capnp.
 */
#include "server.h"

#include <idl/alarm.h>
#include <idl/socket.h>
#include <idl/watch.h>
#include <serve/clock.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int pipe_main(void);

/* ---- serve/clock.h ---- */

void serve_clock_open(const char *self)
{
    (void)self;
}

bool serve_clock_is_there(void)
{
    return true;
}

void serve_clock_set(uint64_t deadline)
{
    (void)deadline;
}

/* ---- the target ---- */

/* What of descriptors is lost on its way is told to the manager. */
static void tidy(struct file self)
{
    uint64_t tokens[64];
    size_t bytes = sizeof tokens;

    while (bytes > 0)
        MUST(socket_dropped((struct socket){ self.cap }, tokens, sizeof tokens, &bytes) == 0);
}

static const struct call_method *const methods[] = {
    &file_read_method_,       &file_read_method_,       &file_write_method_,
    &file_write_method_,      &file_write_method_,      &file_open_method_,
    &file_close_method_,      &file_close_method_,      &file_seek_method_,
    &file_stat_method_,       &file_set_flags_method_,  &file_control_method_,
    &file_poll_method_,       &file_poll_method_,       &file_export_file_method_,
    &file_adopt_file_method_, &file_pipe_method_,       &file_pipe_method_,
    &file_fifo_method_,       &file_fifo_method_,       &file_event_method_,
    &file_status_method_,     &file_truncate_method_,   &socket_create_method_,
    &socket_create_method_,   &socket_pair_method_,     &socket_pair_method_,
    &socket_bind_method_,     &socket_listen_method_,   &socket_join_method_,
    &socket_join_method_,     &socket_accept_method_,   &socket_send_method_,
    &socket_send_method_,     &socket_send_method_,     &socket_receive_method_,
    &socket_receive_method_,  &socket_shutdown_method_, &socket_name_method_,
    &socket_get_method_,      &socket_set_method_,      &socket_dropped_method_,
    &socket_known_method_,    &socket_cycles_method_,   &alarm_create_method_,
    &alarm_set_method_,       &alarm_set_method_,       &watch_create_method_,
    &watch_control_method_,   &watch_control_method_,   &watch_look_method_,
    &watch_others_method_,    &watch_leave_method_,
};

static const uint64_t words[] = {
    0,          1,          2,           04000,       04001,     5,           1031,
    1032,       4096,       8192,        65536,       1048576,   SO_PASSCRED, SO_PEERCRED,
    SO_SNDBUF,  SO_TYPE,    SO_RCVTIMEO, SO_SNDTIMEO, FIONREAD,  MSG_PEEK,    0x20000005,
    0xe0000001, 1ull << 63, ~1ull,       1000000000,  999999999, 0x80000001,  0x40000005,
};

const struct fuzzed fuzzed = {
    .of = &of_files,
    .main = pipe_main,
    .methods = methods,
    .method_count = sizeof methods / sizeof methods[0],
    .signals = PROCESS_SIGNAL_CLIENT | PROCESS_SIGNAL_NOTIFY(SERVE_CLOCK_BIT),
    .words = words,
    .word_count = sizeof words / sizeof words[0],
    .tidy = tidy,
};
