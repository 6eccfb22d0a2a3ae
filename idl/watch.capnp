# SPDX-License-Identifier: BSD-2-Clause

@0xb7d1e04c5a9836f2;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Watch extends(Service) $Myelin.id(0x137) {
  # Of the pipe server, beside idl/file.capnp in the same sessions: sets of open files to wait for, epoll(7).
  # A set is an open file itself. What is open at the pipe server it looks at by itself; of a file of another
  # server (or what else a process has) it keeps what processes call it, and whoever looks asks for these
  # itself before (`others`). A file of that kind is known to who added it and to the processes forked from that
  # since, until each has said that it closed it (`leave`) or has ended.

  create @0 () -> (handle :UInt32);

  control @1 (handle :UInt32, operation :UInt32, events :UInt32, fd :Int32, data :UInt64, server :UInt32,
              target :UInt32) -> ();
  # epoll_ctl(2): the file with this descriptor, which a server has under this handle. EINVAL, EEXIST, ENOENT,
  # EBADF, ELOOP; ENOSPC: no room; 40 files of other servers in a set, 256 by one process; 1000 sets that wait
  # for one thing.

  look @2 (handle :UInt32, thread :UInt32, how :UInt32, room :UInt32, found :Data $Myelin.max(640))
      -> (events :Data $Myelin.max(768));
  # epoll_wait(2) without waiting: `room` events at most, struct epoll_event each. `how`: with lookArm, and none
  # there, the thread's bell is rung once as soon as there may be some, instead of what its poll before asked for;
  # lookOn: no files that the look before told. `found`: of others, what was ready: {item :UInt32, events
  # :UInt32, mark :UInt32} each.

  others @3 (handle :UInt32) -> (items :Data $Myelin.max(800));
  # Those that the caller knows, in the sets of this set, too: {item :UInt32, server :UInt32, target :UInt32, events
  # :UInt32, mark :UInt32} each. Events with otherNew: whatever is ready is an edge. `mark` is what who found it
  # ready last has left there.

  leave @4 (server :UInt32, target :UInt32) -> ();

  const lookArm :UInt32 = 1;
  const lookOn :UInt32 = 2;
  const otherNew :UInt32 = 0x04000000;
}
