# SPDX-License-Identifier: BSD-2-Clause

@0xb6d20f7e93c8a415;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Session extends(Service) $Myelin.id(0x131) {
  # What the process server says to each server of files: whose sessions there are, and what lives in
  # them. Only the manager's capability may (UNIX_BADGE_MANAGER), else EPERM. Sessions are named by
  # their badges (ipc/unix.h). Lists of handles are UInt32 each.

  attach @0 (bells :Service) -> ();
  # Once at the start. `bells`: a CNode of 2^UNIX_BELLS_BITS slots, in which UNIX_BELL(number, thread)
  # is the notification of that process's thread. EINVAL: this server can't ring, nor needs it.

  begin @1 (session :UInt64) -> ();
  # EAGAIN: no room for another.

  fork @2 (parent :UInt64, child :UInt64, handles :Data $Myelin.window, pid :Int32) -> ();
  # A session begins in which these handles of the parent's are open, under the same numbers. It
  # acts for whom the parent's does, as process `pid`. What is not open there is passed over: the
  # server may have been started again. EAGAIN, as begin; nothing is there then.

  keep @3 (session :UInt64, handles :Data $Myelin.window) -> ();
  # What is not listed is closed.

  end @4 (session :UInt64) -> (more :UInt32);
  # The session ends in bounded pieces: to be called until `more` is 0. ENOENT: no such session.

  attributes @5 Attributes -> ();
  # Who the session acts for, from now on. ENOENT: no such session.

  lend @6 (session :UInt64, handle :UInt32) -> (handle2 :UInt32);
  # The same open file as a handle of the manager's own session. EBADF, EMFILE.

  name @7 (session :UInt64, handle :UInt32) -> (text :Data $Myelin.max(600));
  # What is open: its path from the session's root on, or what else readlink(2) says of
  # /proc/PID/fd. EBADF; ENOENT: there is nothing to say; ENAMETOOLONG.

  root @8 (session :UInt64, handle :UInt32) -> ();
  # From now on what is open there is the session's root, and that of those forked of it. EBADF,
  # ENOTDIR; ENOSYS: this server has no directories.

  pin @9 (session :UInt64, handle :UInt32, covers :UInt32) -> (pin :UInt32);
  # A number for a directory that is open there: with rootBit of File it is a root, which paths do not
  # leave; or, `covers` 1, something is mounted on it, and paths that lead into it end there with
  # leftMount. It is not renamed then, nor what it is in (EBUSY). EBADF, ENOTDIR, ENOENT: it was
  # removed; ENOSPC; ENOSYS: this server has no such numbers.

  unpin @10 (pin :UInt32, covers :UInt32) -> ();
  # Undo one pin; 0: all, of a manager before.

  give @11 (session :UInt64, handle :UInt32) -> (handle2 :UInt32);
  # What is open in the manager's own session is open in this one, too. EBADF, EMFILE, ENOENT.

  count @12 () -> (sessions :UInt32, handles :UInt32);
  # Sessions of processes that there are, and the handles that are open in them.

  space @13 (session :UInt64, space :UInt32) -> ();
  # Which name space the session's process is in, below 32, and those forked of it; at its begin 0.
  # ENOENT, EINVAL.

  seen @14 (pin :UInt32, spaces :UInt32) -> ();
  # Bit n: name space n has this pin as a root, so that all who are in it may use it. Others may, if
  # they may search all directories above it. ENOSYS.

  quota @15 (job :UInt32, in :UInt32, bytes :UInt64) -> ();
  # A job begins in another one; 0 is the one that is always there. What its sessions have here, and
  # those of all jobs in it, has so many bytes at most: EDQUOT beyond; 0: no quota of its own. If there
  # was a job of that number, it is no more, nor those in it: what they have belongs to the one that it
  # was in. EINVAL: job 0, or one that can't be; ENOSYS: this server counts nothing.

  used @16 (job :UInt32) -> (bytes :UInt64);
  # What a job has here, with those in it. ENOSYS.

  struct Attributes {
    session @0 :UInt64;
    pid @1 :Int32;
    group @2 :Int32;
    sid @3 :Int32;
    uid @4 :UInt32;
    gid @5 :UInt32;
    groups @6 :List(UInt32) $Myelin.max(32);
    bytesMax @7 :UInt64; # of a file that it writes (RLIMIT_FSIZE): EFBIG from there on
    job @8 :UInt32; # whose quota counts
    outer @9 :UInt32; # the outermost job with a quota of memory that it is in: whose share it is of the server's own
  }
}
