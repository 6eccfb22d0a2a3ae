# SPDX-License-Identifier: BSD-2-Clause

@0xa1c97be0f26d4385;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Locker extends(Service) $Myelin.id(0x135) {
  # Of memfs, beside idl/file.capnp in the same sessions: locks that keep nobody from anything but
  # locking, flock(2) and those of fcntl(2). Numbers are Linux's. Handles as in File.

  record @0 (handle :UInt32, how :UInt32, type :UInt32, whence :UInt32, start :Int64, bytes :Int64)
      -> (oldType :UInt32, oldStart :Int64, oldBytes :Int64, pid :Int32) $Myelin.cancellable;
  # A range of a file, from `start` on (`whence`: SEEK_SET, ..): `bytes` 0: to its end, however far
  # that is, negative: before it. `how`: tell whose lock is in the way (0: oldType F_UNLCK if none
  # is), lock (1) or wait until it is possible (2); with 4: for the open file (OFD locks, pid -1) and not for
  # the session. A session's locks of a file end when it closes any of its handles of that. EAGAIN,
  # EDEADLK, EBADF, EINVAL, EOVERFLOW, ENOLCK: too many, UNIX_ECROWDED.

  whole @1 (handle :UInt32, operation :UInt32) -> () $Myelin.cancellable;
  # flock(2): the lock is the open file's. EWOULDBLOCK, EINVAL, EBADF, ENOLCK, UNIX_ECROWDED.

  forget @2 () -> () $Myelin.cancellable;
  # The calling thread waits for no lock any more.

  release @3 (handle :UInt32) -> ();
  # End the session's locks of what is open there: a descriptor of it was closed, but not the last.

  const tell :UInt32 = 0;
  const set :UInt32 = 1;
  const wait :UInt32 = 2;
  const ofFile :UInt32 = 4;
}
