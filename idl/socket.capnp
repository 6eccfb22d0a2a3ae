# SPDX-License-Identifier: BSD-2-Clause

@0xf0b3d62c8e91a547;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Socket extends(Service) $Myelin.id(0x136) {
  # Of the pipe server, beside idl/file.capnp in the same sessions: Unix sockets. Numbers and errors are
  # Linux's. What reads and writes at once or waits is File.read and File.write; nothing here waits: what
  # can't be done yet is EAGAIN, and whoever asked may wait for the handle with File.poll.
  #
  # A name is what stands behind the family in an address. One that begins with a zero byte is abstract,
  # `key` 0. Else it is a file, and `key` what File.open of memfs answered as its device: which it is, known
  # to those who may write to it.

  create @0 (type :UInt32, flags :UInt32) -> (handle :UInt32);
  # SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET; flags: O_NONBLOCK.

  pair @1 (type :UInt32, flags :UInt32) -> (first :UInt32, second :UInt32);
  # Two that are connected.

  bind @2 (handle :UInt32, key :UInt64, name :Data $Myelin.max(109)) -> ();
  # No name: one is made. Of a file `key` is what File.makeNode told its maker, of which the key that others get
  # is the mark (base/secret.h). EINVAL: it has a name; EADDRINUSE.

  listen @3 (handle :UInt32, backlog :UInt32) -> ();
  join @4 (handle :UInt32, key :UInt64, name :Data $Myelin.max(109)) -> ();
  # EAGAIN: as many wait there as may; POLLOUT says when that may have changed. No name: of a SOCK_DGRAM, to
  # nobody any more.

  accept @5 (handle :UInt32, flags :UInt32) -> (accepted :UInt32, name :Data $Myelin.max(109));

  send @6 (handle :UInt32, flags :UInt32, key :UInt64, pid :Int32, uid :UInt32, gid :UInt32,
           to :Data $Myelin.max(109), data :Data $Myelin.window, rights :Data $Myelin.window)
      -> (done :UInt32);
  # `to`: empty, or the name of a socket of SOCK_DGRAM. pid 0: the sender as it is; EPERM: it is not
  # that one. `rights`: descriptors to be handed on, struct unix_right each (ipc/unix_files.h), up to 253.

  receive @7 (handle :UInt32, flags :UInt32, bytes :UInt32, descriptors :UInt32)
      -> (total :UInt32, flags2 :UInt32, pid :Int32, uid :UInt32, gid :UInt32,
          name :Data $Myelin.max(109), data :Data $Myelin.window, rights :Data $Myelin.window)
      $Myelin.cancellable;
  # Flags: MSG_PEEK. `total`: bytes of a message, however many of them came. flags2: MSG_TRUNC, MSG_CTRUNC, `passes`: the
  # socket wants to know who sent it.
  # The tokens of rights are the caller's until it receives others; those that do not come are dropped.

  shutdown @8 (handle :UInt32, how :UInt32) -> ();
  name @9 (handle :UInt32, peer :UInt32) -> (name :Data $Myelin.max(109));
  # Its own (0) or its peer's (1). ENOTCONN.

  get @10 (handle :UInt32, option :UInt32) -> (value :UInt64, more :UInt32);
  # Of SOL_SOCKET. SO_PEERCRED: pid and uid (in the upper half), `more`: gid. SO_RCVTIMEO, SO_SNDTIMEO:
  # microseconds, 0: no limit, ~0: no wait. SO_LINGER: seconds in the upper half. ENOPROTOOPT.

  set @11 (handle :UInt32, option :UInt32, value :UInt64) -> ();

  dropped @12 () -> (tokens :Data $Myelin.window);
  # Only the manager's (EPERM): tokens of rights that nobody gets any more, UInt64 each; they are
  # forgotten. UNIX_DROPPED_BIT of its notification says that there are some.

  const passes :UInt32 = 0x80000000;

  known @13 (tokens :Data $Myelin.max(512)) -> (known :UInt64);
  # Only the manager's: bit n: token n is on its way.

  cycles @14 (tokens :Data $Myelin.window) -> ();
  # Only the manager's: all that it keeps of this server, token and handle of its own session, UInt64
  # each. What is on its way only in queues that nobody can get at is dropped. EINVAL: more than 256.
}
