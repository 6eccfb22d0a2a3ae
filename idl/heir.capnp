# SPDX-License-Identifier: BSD-2-Clause

@0xc4f2a90d1b7e6385;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Heir extends(Service) $Myelin.id(0x134) {
  # What a process says to a server that is a process as well (proc.offer), beside idl/file.capnp in the
  # same session, as the process server tells such a server nothing.

  inherit @0 (child :Int32, handles :Data $Myelin.window) -> ();
  # The session of a child that has just been forked begins, with these handles of the caller's (UInt32
  # each) open in it, under the same numbers. ESRCH: it is no child of the caller; EBADF; EAGAIN: it
  # has a session; ENOMEM.
}
