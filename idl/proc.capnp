# SPDX-License-Identifier: BSD-2-Clause

@0x8f4b27c6d1093ea5;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Proc extends(Service) $Myelin.id(0x130) {
  # The process server, as the processes see it: on SLOT_INIT of each. The badge says which process
  # asks; threads are meant by their index in it. Numbers (flags, options, resources, signals) are
  # Linux's, and so are the errors. Lists of handles are pairs {server, handle} of UInt32.

  # Memory. Addresses are multiples of 4096; lengths are rounded up.

  map @0 (address :UInt64, bytes :UInt64, rights :UInt32, flags :UInt32, server :UInt32,
          handle :UInt32, offset :UInt64) -> (at :UInt64);
  # mmap(2). Anonymous ones name no file. ENODEV: a shared mapping of what memfs does not keep.

  unmap @1 (address :UInt64, bytes :UInt64) -> ();
  protect @2 (address :UInt64, bytes :UInt64, rights :UInt64) -> ();
  # ENOMEM: there is a hole in the range.

  remap @3 (address :UInt64, bytes :UInt64, newBytes :UInt64, flags :UInt32, newAddress :UInt64)
      -> (at :UInt64);
  # mremap(2): MAYMOVE, FIXED.

  brk @4 (end :UInt64) -> (now :UInt64);
  # Where the break is afterwards: as asked, or as it was.

  advise @5 (address :UInt64, bytes :UInt64, advice :UInt64) -> ();
  # madvise(2): DONTNEED empties; the others change nothing that can be seen.

  # Processes.

  fork @6 (thread :UInt32, stack :UInt64, flags :UInt32, handles :Data $Myelin.window) -> (pid :Int32);
  # A process like this one, with the calling thread, which goes on at linux_child_entry with rsp as
  # given; and with copies of the sessions, in which these handles survive. Flags: forkHeld, it does not
  # run before launch(); forkLent, its memory is this one's, but for the personality's own pages, until
  # it executes another program, or this one does or ends: then it has it alone.

  exec @7 (server :UInt32, handle :UInt32, argc :UInt32, envc :UInt32, name :UInt32,
           block :Data $Myelin.window, handles :Data $Myelin.window, thread :UInt32) -> ();
  # Another program in this process: the file, `block` as its strings (argc and envc of them, then
  # its name), the handles that survive. `thread` is the calling one; it is the only one and number 0
  # from then on. Answered only when it fails, and nothing has changed then.
  # ENOEXEC, EACCES, E2BIG, ENOMEM.

  exit @8 (status :UInt32) -> ();
  # Never answered. As wait(2) shows it: code << 8, or a signal's number with 128 for a core.

  threadStart @9 (rip :UInt64, rsp :UInt64, fs :UInt64, index :UInt32) -> (tid :Int32);
  # Thread `index`, which threadRoom has given out and whose page has been filled in. EAGAIN: it was
  # not given out.

  threadRoom @10 () -> (index :UInt32, tid :Int32);
  # Make room for another thread: its page and stack are there afterwards. `tid` is its number.
  # EAGAIN: no more.

  threadExit @11 (thread :UInt32, status :UInt32) -> ();
  # The calling one. Never answered. The process ends with its last thread, whose status, as exit
  # has it, is its own then.

  wait @12 (kind :UInt32, id :Int32, options :UInt32)
      -> (pid :Int32, status :UInt32, uid :UInt32, code :UInt32, userUs :UInt64, kernelUs :UInt64)
      $Myelin.cancellable;
  # waitid(2): P_ALL 0, P_PID 1, P_PGID 2, with all its options. ECHILD. pid 0: WNOHANG, and none.

  # Signals.

  kill @13 (kind :UInt32, id :Int32, thread :Int32, signal :UInt32, code :Int32, value :UInt64) -> ();
  # Kind 0: a process; 1: a group, 0 being the caller's; 2: all but the caller; 3: one thread of
  # process `id`, or of any if that is 0. Signal 0 only asks. ESRCH, EPERM, EINVAL, EAGAIN.

  stop @14 (signal :UInt32, thread :UInt32) -> ();
  # The calling thread stops: the default action of a signal was taken, and the process stops with
  # it; or, signal 0, the mail says that it is stopped. Comes back when the process goes on, or at
  # once if it has nothing to stop for: a SIGCONT came since, or the group is orphaned.

  taken @15 (mask :UInt64) -> ();
  # The process has taken signals out of its mail: what was stopped for want of room comes now.

  alarm @16 (which :UInt32, valueUs :UInt64, intervalUs :UInt64) -> (leftUs :UInt64, everyUs :UInt64);
  # setitimer(2) with ITIMER_REAL: SIGALRM. value ~0: only ask.

  # Who is who.

  ids @17 (who :Int32) -> (pid :Int32, parent :Int32, group :Int32, session :Int32);
  # who 0: the caller. ESRCH.

  setGroup @18 (pid :Int32, group :Int32) -> ();
  # setpgid(2). ESRCH, EPERM, EACCES, EINVAL.

  setSession @19 () -> (session :Int32);
  # setsid(2). EPERM.

  credentials @20 () -> Credentials;
  setCredentials @21 Credentials -> ();
  # What setresuid(2) and its kin allow; the personality works out which. EPERM.

  limit @22 (pid :Int32, resource :UInt32, change :UInt32, soft :UInt64, hard :UInt64)
      -> (oldSoft :UInt64, oldHard :UInt64);
  # prlimit(2); change 0: only ask. ESRCH, EPERM, EINVAL.

  usage @23 (who :Int32) -> (userUs :UInt64, kernelUs :UInt64, maxKilobytes :UInt64, faults :UInt64);
  # getrusage(2): RUSAGE_SELF 0, RUSAGE_CHILDREN -1, RUSAGE_THREAD 1.

  memory @24 () -> (total :UInt64, free :UInt64, count :UInt64);
  # Bytes; for sysinfo(2).

  priority @25 (which :UInt32, who :Int32, change :UInt32, nice :Int32) -> (was :Int32);
  # getpriority(2), setpriority(2).

  # Terminals. Group changes and what the background may do are judged here.

  foreground @26 (handle :UInt32, group :Int32, anyway :UInt32) -> ();
  # tcsetpgrp(3) of a handle of the terminal server. EBADF; ENOTTY: not the caller's terminal, or it
  # is in the background and nobody will ever let it go on; EINVAL, ESRCH: no such group; EPERM: of
  # another session; UNIX_EBACKGROUND: the caller's group was sent SIGTTOU, ask again. `anyway`:
  # the caller blocks or ignores that.

  background @27 (write :UInt32) -> ();
  # A read or write, or change, was refused as from the background: the group was sent SIGTTIN or
  # SIGTTOU, ask again. EIO: nobody will ever put it in the foreground.

  control @28 (handle :UInt32, steal :UInt32) -> ();
  # TIOCSCTTY: it becomes the controlling terminal of the caller's session. EBADF; EPERM: the caller
  # leads no session or has a terminal, or it is another session's and not to be stolen by user 0.

  disown @29 () -> ();
  # TIOCNOTTY: the caller, or if it leads a session that, has no terminal any more. ENOTTY.

  # Names.

  bind @30 (server :UInt32, root :UInt32, prefix :Data $Myelin.window, onServer :UInt32,
            onHandle :UInt32) -> ();
  # Mount a server, or, of memfs, the directory that is open as `root` (0: all of it): it is seen in the
  # place of another directory from now on, in front of what was seen there before. That one is a
  # handle of memfs, which knows its name; or, of another server or 0, what the prefix names, an
  # absolute path without . and ..; it is the caller's word then. EPERM, ENODEV: no such server;
  # ENOTDIR, EBADF, ENOENT: it was removed; ENOSPC, EINVAL.

  unbind @31 (prefix :Data $Myelin.window) -> ();
  # Undo the last bind of a prefix. ENOENT; EBUSY: the root that everything is in.

  unshare @32 (flags :UInt64) -> ();
  # CLONE_NEWNS: a name space of its own. EINVAL: anything else.

  reaper @33 (change :UInt32, on :UInt32) -> (was :UInt32);
  # Whether children of its descendants become its own when their parents end, as with
  # PR_SET_CHILD_SUBREAPER of prctl(2); change 0: only ask.

  setName @34 (name :Data $Myelin.max(16)) -> ();
  # What /proc/PID/comm says, up to its zero or the 15th byte.

  root @35 (server :UInt32, handle :UInt32) -> ();
  # chroot(2): a directory of memfs becomes the root of the caller's names, in a name space of its
  # own that keeps what is mounted below it. EPERM, ENOTDIR, EXDEV: of another server; ENOSPC.

  launched @36 (pid :Int32) -> () $Myelin.cancellable;
  # vfork(2): wait until this child has executed another program or has ended.

  # Words that threads wait on, in memory that processes share. Each says whether it is; if not, it
  # did nothing.

  futexWait @37 (thread :UInt32, address :UInt64, bits :UInt32) -> (shared :UInt32);
  # The thread is to be woken: `woken` of its page is 0 until then, and its notification is signalled.
  # Whoever waits looks at the word after this, and gives it up (futexCancel) if that has changed.
  # EFAULT, EINVAL.

  futexCancel @38 (thread :UInt32) -> (woken :UInt32);
  # It waits no more. woken 1: it did not any more.

  futexWake @39 (address :UInt64, count :UInt32, bits :UInt32) -> (shared :UInt32, woken :UInt32);
  # Wake so many who wait with one of these bits. EFAULT, EINVAL.

  find @40 (name :Data $Myelin.max(16)) -> (server :UInt32);
  # The server of a name, as /proc/mounts has it. ENODEV.

  offer @41 (thread :UInt32, name :Data $Myelin.max(16)) -> (server :UInt32, replies :UInt32);
  # The calling thread serves files from now on, under a name of 15 bytes at most: on SLOT_SERVE, with
  # so many reply objects from SLOT_REPLY_FIRST on, SLOT_NOTIFICATION bound to it, and at
  # PROCESS_SESSIONS_ADDR who its clients are. Whoever may bind lets others see it. It ends with the
  # thread or an exec: calls end then, and no name leads to it any more. EBUSY: the process serves
  # already; EEXIST: there is such a name; ENFILE, ENOMEM.

  launch @42 (pid :Int32) -> ();
  # A child that was held runs from now on; it would end with the caller. ESRCH.

  seal @43 (handle :UInt32, seals :UInt32) -> ();
  # fcntl(2), F_ADD_SEALS, of a file of memfs. EINVAL, EPERM; EBUSY: it is mapped to be written.

  futexRequeue @44 (address :UInt64, count :UInt32, moved :UInt32, other :UInt64, compare :UInt32,
                    value :UInt32) -> (shared :UInt32, woken :UInt32, requeued :UInt32);
  # Wake so many; then let so many wait on another word instead. compare 1: only if the word has that
  # value, else EAGAIN. EFAULT, EINVAL.

  escrow @45 (server :UInt32, handle :UInt32) -> (token :UInt64, place :UInt32);
  # Keep an open file for whom the caller sends the token to (idl/socket.capnp). Of a server that is a
  # process the caller has to have it kept there, with the token and its place (heir.lend). EINVAL: not one
  # of that server's; EBADF; ETOOMANYREFS: too many of the caller's are on their way.

  redeem @46 (token :UInt64) -> (server :UInt32, handle :UInt32);
  # The file of a token is open in the caller's session, and the token is no more. Of a server that is
  # a process: the caller has a session with it, in which it takes the file (heir.take), and then
  # releases the token; handle 0. EBADF, EMFILE, ENFILE, ENOMEM; EIO: that server has ended.

  release @47 (token :UInt64) -> ();
  # It is no more. EBADF.

  ring @48 (session :UInt64, thread :UInt32) -> ();
  # Of a process that serves: wake a thread of the process with this session, which waits for what
  # is open there (File.poll). ESRCH: it has none with the caller.

  const forkHeld :UInt32 = 1;
  const forkLent :UInt32 = 2;

  struct Credentials {
    ruid @0 :UInt32;
    euid @1 :UInt32;
    suid @2 :UInt32;
    rgid @3 :UInt32;
    egid @4 :UInt32;
    sgid @5 :UInt32;
    groups @6 :List(UInt32) $Myelin.max(32);
  }
}
