# SPDX-License-Identifier: BSD-2-Clause

@0xc5e07a1d94b2f638;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Init extends(Service) $Myelin.id(0x110) {
  # init, on SLOT_INIT of every process. It knows by the badge who asks. What is marked with * needs
  # `control` in the caller's manifest entry, else EPERM.

  # A process about itself.

  exit @0 (code :Int64) -> ();
  # Never answered: the process is no more.

  log @1 (text :Data $Myelin.max(Init.logBytesMax)) -> ();
  # One or more lines on the system's log.

  threadStart @2 (index :UInt64, rip :UInt64, rsp :UInt64, fs :UInt64) -> ();
  # EINVAL: there is no such thread, it runs, or these are no addresses.

  threadExit @3 (index :UInt64) -> ();
  # The calling thread, not number 0, which exit is for: never answered.

  protect @4 (address :UInt64, bytes :UInt64, rights :UInt64) -> ();
  # What heap pages may be used for: bit 0 read, bit 1 write. EINVAL: not such pages.

  fault @5 (badge :UInt64, label :UInt64, words :List(UInt64) $Myelin.max(8)) -> ();
  # A pager hands on a fault it does not serve. EPERM: not one of a client of its, as it runs now.

  client @6 (badge :UInt64) -> ();
  # ENOENT: no running component has the caller's endpoint with this badge.

  faultEntry @7 (address :UInt64) -> ();
  # Where the caller's threads go on when they fault, with struct process_fault; 0: nowhere, they end.

  time @8 () -> (us :List(UInt64) $Myelin.max(8));
  # Microseconds that each of its threads has run.

  # The boot archive. ENOENT: no such file.

  fileStat @9 (index :UInt64) -> (bytes :UInt64, name :Text $Myelin.max(Init.fileNameMax));
  fileFind @10 (name :Text $Myelin.max(Init.fileNameMax)) -> (index :UInt64, bytes :UInt64);
  fileRead @11 (index :UInt64, offset :UInt64) -> (data :Data $Myelin.max(Init.fileBytesMax));
  # No bytes: at the end.

  # The components. ENOENT: no such component.

  component @12 (index :UInt64) -> Component;
  holds @13 (index :UInt64, line :UInt64) -> (text :Text $Myelin.max(199));
  # A line of what it holds. ENOENT: after the last as well.

  memory @14 () -> Memory;

  start @15 (name :Text $Myelin.max(Init.nameMax), args :Text $Myelin.max(Init.argsBytesMax),
             outputBadge :UInt64, outputHandle :UInt32) -> (index :UInt64);
  # * Arguments none: those of the manifest. The caller is told of its end by a signal. With
  # `outputBadge` the terminal is for this life of the component the caller instead, called with that
  # badge, and what it writes goes to `outputHandle` there (idl/file.capnp). EBUSY: runs already;
  # EINVAL: too many arguments, or it does not call the terminal, or calls to the caller would not
  # lead to a higher priority; ENOMEM: could not be started, the log says why.

  stop @16 (name :Text $Myelin.max(Init.nameMax)) -> ();
  # * It stays stopped. EBUSY: does not run.

  kill @17 (name :Text $Myelin.max(Init.nameMax)) -> ();
  # * As if it had died: started again if the manifest says so. EBUSY: does not run.

  restart @18 (name :Text $Myelin.max(Init.nameMax)) -> ();
  # *

  signal @19 (name :Text $Myelin.max(Init.nameMax)) -> ();
  # * EINVAL: it has no notification.

  watch @20 (index :UInt64, on :Bool) -> ();
  # * The messages that a component receives are written down from now on, or no more: ipc/watch.h.
  # ENOMEM.

  watchRead @21 (index :UInt64, at :UInt64)
      -> (from :UInt64, words :List(UInt64) $Myelin.max(Init.watchWordsMax));
  # * Words of what was written from number `at` on, or, where these are lost, the oldest there are:
  # `from` is the first. ~0: none, but the number of the next. No words: there are no more yet.

  logTake @22 (room :UInt64) -> (text :Data $Myelin.max(Init.logReadMax));
  # What of the log is to be shown next, `room` bytes at most. Of who has `log` in its manifest entry,
  # else EPERM: it is signalled when there is something.

  logRead @23 (at :UInt64) -> (from :UInt64, text :Data $Myelin.max(Init.logReadMax));
  # The log from byte number `at` on, or, where that is lost, the oldest there is: `from` is the
  # first. No bytes: there are no more.

  const logReadMax :UInt32 = 900;

  const watchWordsMax :UInt32 = 100;

  const logBytesMax :UInt32 = 128;
  # Of one log: it is written to a serial line at the highest priority, and must not take long.

  const argsBytesMax :UInt32 = 159;
  const argsWordsMax :UInt32 = 23;
  # Arguments of one start: characters, and words that they are divided into at blanks.

  const nameMax :UInt32 = 63;
  const fileNameMax :UInt32 = 99;
  const fileBytesMax :UInt32 = 944;

  enum State {
    stopped @0; # not started, or stopped on request
    running @1;
    exited @2;  # ended by itself; code
    faulted @3; # ended by a fault; code is a Fault
  }

  enum Fault {
    none @0; # killed
    memory @1;
    exception @2;
    syscall @3;
    cap @4;
    timeout @5;
    pager @6; # its pager died
  }

  struct Component {
    name @0 :Text $Myelin.fixed(16);
    program @1 :Text $Myelin.fixed(24);
    state @2 :State;
    code @3 :Int64;
    starts @4 :UInt64;   # how often it was started since boot
    priority @5 :UInt64;
    budgetUs @6 :UInt64;
    periodUs @7 :UInt64;
    memoryBytes @8 :UInt64; # all it may have
    usedBytes @9 :UInt64;   # of these in objects now
    passive @10 :Bool;
    serves @11 :Bool;
    manual @12 :Bool;
    notification @13 :Bool;
    ownTime @14 :Bool; # a passive server that runs on time of its own just now
  }

  struct Memory {
    ramBytes @0 :UInt64;       # untyped memory the kernel gave
    freeBytes @1 :UInt64;      # of these not given to anyone
    componentBytes @2 :UInt64; # set aside for components
    usedBytes @3 :UInt64;      # of these in objects now
    slotsUsed @4 :UInt64;      # of init's capability space
    slotsTotal @5 :UInt64;
  }
}
