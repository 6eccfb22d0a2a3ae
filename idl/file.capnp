# SPDX-License-Identifier: BSD-2-Clause

@0xe91b5c4d7a26f083;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface File extends(Service) $Myelin.id(0x132) {
  # The one protocol of everything that is a file. A session is a capability to the server with a
  # badge; a handle is an open file in it, a number with a generation, and good in that session only.
  # Numbers (flags, modes, types, whence, requests) are Linux's, and so are the errors.
  #
  # A name is a directory and a path in it, with or without a slash at its begin, without a zero.
  # The directory is a handle, or, with bit 31 set, the id of a root that the server knows by itself
  # (0: its own root). A server follows no symbolic link and leaves no directory through its root:
  # where a path leads on elsewhere, the answer is `done` < the path's bytes, and `left` says why:
  # LEFT_LINK: a symbolic link (`text`: where it leads, to be resolved from the directory it is in, which
  # is what the path's first `at` bytes name); LEFT_ABOVE: a .. above the root
  # (`text`: the id of that, a UInt32, if it is not 0); LEFT_MOUNT: something is mounted on this
  # directory (`text`: its id, a UInt32: the path goes on in what the caller's name space has there,
  # or, with rootBit and passBit beside the id for the directory, in this one); LEFT_FILE: at
  # a file that the caller itself has open (`text`: server and handle, UInt32 each), from which the
  # rest of the path goes on; of readLink, with a third UInt32: what it leads to is what that server
  # calls the handle of the process with this number (heir.name). A path that ends in a symbolic link leads on unless O_NOFOLLOW is asked
  # for. Without a path a handle is meant: open makes another open file of it, and everything else is
  # about the file itself.
  # EBADF: no such handle; ENOTDIR, ENOENT, EACCES, ENAMETOOLONG as path_resolution(7).

  read @0 (handle :UInt32, bytes :UInt32, offset :Int64) -> (data :Data $Myelin.window)
      $Myelin.cancellable $Myelin.often;
  # offset -1: at the position, which moves. No bytes: the end. EAGAIN, EISDIR, EBADF: not open so.
  # UNIX_ECROWDED (ipc/unix.h), of what may wait: as many wait as can.

  write @1 (handle :UInt32, offset :Int64, data :Data $Myelin.window) -> (done :UInt32)
      $Myelin.cancellable $Myelin.often;
  # EPIPE, ENOSPC, EFBIG, EAGAIN, UNIX_ECROWDED.

  open @2 (directory :UInt32, flags :UInt32, mode :UInt32, path :Data $Myelin.window) -> Opened
      $Myelin.often;
  # open(2), without O_CLOEXEC, and O_PATH as a handle for names only. Of a device, FIFO or socket: `mode`
  # and `device` say which, and the caller asks the server concerned; there is no handle then (0). Of a
  # FIFO `device` is the key to open it so, and `text` (UInt64) what belongs to it (fifo). Of a socket it is its
  # key, only for who may write to it.
  # openExecute: to be run, which needs the right to do so, and to read it only for who reads it
  # then. ETXTBSY: it is being written, or is run and was to be written. openMemory: a file without
  # a name and of no directory; the path is what memfd_create(2) calls it, and tells nothing; with
  # openSealing it may be sealed.

  close @3 (handle :UInt32) -> () $Myelin.often;
  seek @4 (handle :UInt32, whence :UInt32, offset :Int64) -> (position :Int64);
  # ESPIPE, EINVAL, ENXIO.

  stat @5 (directory :UInt32, flags :UInt32, path :Data $Myelin.window) -> Found
      $Myelin.often;
  # No path: of the handle itself. Flags: O_NOFOLLOW.

  setMode @6 (directory :UInt32, flags :UInt32, mode :UInt32, path :Data $Myelin.window) -> Left;
  setOwner @7 (directory :UInt32, flags :UInt32, uid :UInt32, gid :UInt32,
               path :Data $Myelin.window) -> Left;
  # ~0: as it is. EPERM.

  setTimes @8 (directory :UInt32, flags :UInt32, accessedNs :Int64, modifiedNs :Int64,
               path :Data $Myelin.window) -> Left;
  # Nanoseconds since 1970; -2^63: as it is; 2^63-1: now.

  truncate @9 (handle :UInt32, bytes :Int64) -> ();
  allocate @10 (handle :UInt32, mode :UInt32, offset :Int64, bytes :Int64) -> ();
  # fallocate(2), modes 0 and KEEP_SIZE; PUNCH_HOLE.

  list @11 (handle :UInt32, position :UInt64, bytes :UInt32) -> (entries :Data $Myelin.window);
  # As getdents64(2) gives them, from the entry whose d_off is the position on (0: the first; ~0: at
  # the handle's position, which moves). No bytes: the end. EINVAL: one does not fit.

  makeDirectory @12 (directory :UInt32, mode :UInt32, path :Data $Myelin.window) -> Left;
  makeNode @13 (directory :UInt32, mode :UInt32, device :UInt64, path :Data $Myelin.window) -> Left;
  # Of a socket `text` (UInt64) is what its maker, and nobody else, binds it with (idl/socket.capnp).
  makeLink @14 (directory :UInt32, target :Data $Myelin.window, path :Data $Myelin.window) -> Left;
  # A symbolic link.

  readLink @15 (directory :UInt32, path :Data $Myelin.window) -> LinkText;
  remove @16 (directory :UInt32, flags :UInt32, path :Data $Myelin.window) -> Left;
  # Flags: AT_REMOVEDIR.

  rename @17 (from :UInt32, to :UInt32, flags :UInt32, fromPath :Data $Myelin.window,
              toPath :Data $Myelin.window) -> Left;
  # `which` says of which path. Flags: RENAME_NOREPLACE, RENAME_EXCHANGE.

  link @18 (from :UInt32, to :UInt32, flags :UInt32, fromPath :Data $Myelin.window,
            toPath :Data $Myelin.window) -> Left;
  # No fromPath: the file of the handle.

  sync @19 (handle :UInt32) -> ();
  statfs @20 (directory :UInt32) -> Statfs;
  setFlags @21 (handle :UInt32, flags :UInt32) -> ();
  # fcntl(2), F_SETFL: O_APPEND, O_NONBLOCK.

  control @22 (handle :UInt32, request :UInt32, argument :UInt64, text :Data $Myelin.max(256))
      -> (value :UInt64, text2 :Data $Myelin.max(256));
  # ioctl(2): what the argument points at comes and goes as text. ENOTTY: not of this file.

  poll @23 (thread :UInt32, arm :UInt32, wanted :Data $Myelin.max(800))
      -> (ready :UInt32, events :Data $Myelin.max(400));
  # `wanted`: {handle :UInt32, events :UInt32} each, `events`: UInt16 each; how many are not 0. Bit 31
  # of `wanted`'s events: those alone, not POLLERR and POLLHUP in any case. Bit 30: only if something
  # has changed since that was told of this handle last; and, with bit 29, in any case this time. With `arm`, and none
  # ready, the thread's bell is rung once as soon as one of them may be: instead of those of its poll
  # before (1), or beside them (2). ENOSYS: nobody has given bells to the server. ENOMEM.

  access @24 (directory :UInt32, flags :UInt32, mode :UInt32, path :Data $Myelin.window) -> Left;
  # access(2) with the session's ids; O_NOFOLLOW.

  map @25 (session :UInt64, handle :UInt32, page :UInt64, first :UInt64, count :UInt32,
           slot :UInt32, job :UInt32) -> (node :UInt64, rights :UInt32, lent :UInt64);
  # Only the manager's (EPERM): copies of the capabilities to the frames of `count` pages of a file
  # from `first` on, at most 64, come into the slots from `slot` on of the CNode that cacheFrames
  # gave. Where the file has a hole there is none, but for page number `page`, which is made
  # (ENOSPC) for this job (EDQUOT; Session.quota). Bit n of `lent`: the slot was empty and has a copy now. A page that the file loses is
  # revoked: then nobody has it mapped. `rights`: 1 and 2, as the handle is open to read and to
  # write; 4: nobody may write to it through a mapping that is shared. `node`: the file, whose number no other one ever gets. ENODEV: no file with pages. EINVAL: too many; there
  # is no such job.

  cacheFrames @26 (slots :Service) -> ();
  # Only the manager's, once at its start: a CNode of 2^UNIX_CACHE_BITS slots for map. ENOSYS: there
  # are no pages to map here.

  exportFile @27 (handle :UInt32, rights :UInt32) -> (file :File);
  # A capability to exactly this open file: in it handle 0 is the file, and there is nothing else. Rights
  # are R_OK, W_OK or both; with fewer than the handle has, it is another open file of the same
  # thing, with a position of its own. It ends when handle 0 is closed in it, and with the session that
  # made it. EACCES: more than the handle has; EISDIR; EMFILE, ENFILE: too many are exported.

  adoptFile @28 (file :File $Myelin.own) -> (handle :UInt32);
  # A handle of one's own for an exported file, which stays open when the export ends. EINVAL: it is
  # none; EBADF: it has ended.

  pipe @29 (flags :UInt32) -> (readEnd :UInt32, writeEnd :UInt32);
  # pipe2(2): of the pipe server, ENOSYS elsewhere. Flags: O_NONBLOCK.

  fifo @30 (server :UInt32, node :UInt64, flags :UInt32, key :UInt64, mode :UInt32, other :UInt64)
      -> (handle :UInt32) $Myelin.cancellable;
  # Of the pipe server: open the FIFO that is node `node` of a server, of that mode. A FIFO has two
  # secrets, to read and to write; it is known by the marks of both (base/secret.h). `key` and `other` are what
  # open() answered: the secret of reading and the mark of the other; of O_WRONLY the secret of writing and
  # the mark of the other; of O_RDWR both secrets. Waits for the other end; ENXIO, UNIX_ECROWDED.

  device @31 (number :UInt64, flags :UInt32, server :UInt32, node :UInt64) -> (handle :UInt32);
  # Of the terminal server: open a device by its number: 5:0 the session's terminal, 5:1 the console,
  # 4:n. It is known by node `node` of a server: what stat() of the handle says. ENXIO.

  event @32 (count :UInt64, flags :UInt32) -> (handle :UInt32);
  # eventfd2(2): of the pipe server, ENOSYS elsewhere. Flags: EFD_SEMAPHORE, O_NONBLOCK.

  status @33 (handle :UInt32) -> Status $Myelin.often;
  # fstat(2).

  cut @34 () -> (nodes :Data $Myelin.max(512));
  # Only the manager's, of memfs: files that were mapped and got shorter since it has asked, UInt64 each; 0:
  # there were more. UNIX_CUT_BIT of its notification says that there are some.

  const rootBit :UInt32 = 0x80000000;
  const passBit :UInt32 = 0x40000000;
  const openExecute :UInt32 = 0x40000000;
  const openMemory :UInt32 = 0x20000000;
  const openSealing :UInt32 = 0x10000000;
  const sealBusy :UInt32 = 0x80000000; # of F_ADD_SEALS, which only the manager asks for
  const leftNothing :UInt8 = 0;
  const leftLink :UInt8 = 1;
  const leftAbove :UInt8 = 2;
  const leftMount :UInt8 = 3;
  const leftFile :UInt8 = 4;

  struct Left {
    done @0 :UInt32;
    at @1 :UInt32;
    left @2 :UInt8;
    which @3 :UInt8;
    text @4 :Data $Myelin.max(600);
  }

  struct Opened {
    handle @0 :UInt32;
    mode @1 :UInt32;
    device @2 :UInt64;
    node @3 :UInt64;
    done @4 :UInt32;
    at @5 :UInt32;
    left @6 :UInt8;
    text @7 :Data $Myelin.max(600);
  }

  struct LinkText {
    done @0 :UInt32;
    at @1 :UInt32;
    left @2 :UInt8;
    text @3 :Data $Myelin.max(800);
  }

  struct Found {
    device @0 :UInt64;
    node @1 :UInt64;
    links @2 :UInt64;
    mode @3 :UInt32;
    uid @4 :UInt32;
    gid @5 :UInt32;
    done @6 :UInt32;
    rdev @7 :UInt64;
    bytes @8 :Int64;
    blocks @9 :Int64;
    accessedNs @10 :Int64;
    modifiedNs @11 :Int64;
    changedNs @12 :Int64;
    bornNs @13 :Int64;
    at @14 :UInt32;
    left @15 :UInt8;
    text @16 :Data $Myelin.max(600);
  }

  struct Status {
    node @0 :UInt64;
    device @1 :UInt16; # st_dev
    mode @2 :UInt16;
    links @3 :UInt32;
    uid @4 :UInt32;
    gid @5 :UInt32;
    rdev @6 :UInt32;
    pages @7 :UInt32;  # of 4 KiB, that it takes
    bytes @8 :Int64;
    accessedNs @9 :Int64;
    modifiedNs @10 :Int64;
    changedNs @11 :Int64;
  }

  struct Statfs {
    type @0 :UInt64;
    blockBytes @1 :UInt64;
    blocks @2 :UInt64;
    free @3 :UInt64;
    files @4 :UInt64;
    freeFiles @5 :UInt64;
    nameMax @6 :UInt64;
  }
}
