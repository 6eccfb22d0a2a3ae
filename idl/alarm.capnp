# SPDX-License-Identifier: BSD-2-Clause

@0xd8a4f19c36e7025b;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Alarm extends(Service) $Myelin.id(0x133) {
  # Of the pipe server, beside idl/file.capnp in the same sessions: open files that count how often a
  # time has come, timerfd_create(2). Reading and waiting are those of the file protocol.

  create @0 (clock :UInt32, flags :UInt32) -> (handle :UInt32);
  # Clocks and flags are Linux's: O_NONBLOCK. EINVAL: no clock of those that tell the time.

  set @1 (handle :UInt32, how :UInt32, valueNs :UInt64, intervalNs :UInt64)
      -> (leftNs :UInt64, oldIntervalNs :UInt64);
  # `how`: change it (1), to a time of its clock instead of from now on (3), or only tell (0). Value 0:
  # it is off. The answers are of before: how long until it came, 0: it was off. EINVAL: it is no timer.
}
