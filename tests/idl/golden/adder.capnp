# SPDX-License-Identifier: BSD-2-Clause

@0xb1d7f3e92c5a4086;

using Myelin = import "/myelin.capnp";

enum Round { down @0; up @1; }

struct Counts {
  added @0 :UInt64;
  averaged @1 :UInt64;
  joined @2 :UInt64;
  blots @3 :UInt32;
  errors @4 :UInt64;
}

interface Adder $Myelin.id(0x700) {
  add @0 (a :UInt64, b :UInt64) -> (sum :UInt64);
  average @1 (a :UInt32, round :Round, b :UInt32 = 1) -> (mean :UInt32);
  join @2 (a :Text $Myelin.max(20), b :Data $Myelin.window) -> (all :Text $Myelin.max(40));
  blot @3 (a :UInt32, b :Data $Myelin.window) -> (c :UInt16, d :Data $Myelin.max(40));
  counts @4 () -> Counts $Myelin.often;
  note @5 (text :Text $Myelin.window) -> (all :Text $Myelin.window);
}
