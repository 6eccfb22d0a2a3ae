# SPDX-License-Identifier: BSD-2-Clause

@0xe3b9a64d02f7c158;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Keyboard extends(Service) $Myelin.id(0x710) {
  # Every client gets every key, in its own time: keys have numbers, from 1 on.

  next @0 (seen :UInt64) -> (number :UInt64, code :UInt8);
  # The first key behind number `seen` that is still known; waits for one. A number that there was
  # not yet is of an earlier life: then the next one. code: scan code set 1. EBUSY: too many wait.

  last @1 () -> (number :UInt64);
  # Of the last key so far.
}
