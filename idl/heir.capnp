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

  keep @1 (handles :Data $Myelin.window) -> ();
  # The caller has executed another program, and has these open yet: what else is open in its session is
  # closed.

  name @2 (pid :Int32, handle :UInt32) -> (text :Data $Myelin.max(600));
  # What a process has open here: its path from the server's root on. ESRCH, EBADF; EPERM: of another
  # user's process, and the caller's is not 0; ENOENT: there is nothing to say; ENAMETOOLONG.

  lend @3 (handle :UInt32, token :UInt64, place :UInt32) -> ();
  # An open file of the caller's is kept for who has the token (proc.escrow) until that ends. EBADF;
  # ENFILE: too many are.

  take @4 (token :UInt64) -> (handle :UInt32);
  # What is kept for a token is open in the caller's session, and for nobody else any more. EBADF: there
  # is nothing; EMFILE.
}
