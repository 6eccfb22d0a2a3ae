# SPDX-License-Identifier: BSD-2-Clause

@0xe17b0c52a94f6d38;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Sample extends(Service) $Myelin.id(0x7e2) {
  # For tests/sdk: served and asked in C++.

  add @0 (a :UInt64, b :UInt64) -> (sum :UInt64) $Myelin.repeatable;
  # Adds two numbers.

  say @1 (text :Text $Myelin.window) -> (back :Text $Myelin.window, letters :UInt64);
  # The same text in capitals, and how many of them are letters. EMSGSIZE: longer than 20000.

  soon @2 (n :UInt64) -> (twice :UInt64);
  # Answered by the next `add`. EBUSY: another one waits.

  keep @3 (text :Text $Myelin.max(40), ask :Bool) -> (first :UInt64, now :UInt64);
  # Eight bytes of the text as the handler begins, and, after it has asked init for something, what
  # is there now.

  kept @4 () -> (now :UInt64);
  # What is there in the next call.
}
