# SPDX-License-Identifier: BSD-2-Clause
#
# before.capnp's interface with more of everything: fields in holes and behind the end, a Text more in
# both directions, longer list elements, an enumerant, a method.

@0x86f7e1c35d0b29a4;

using Myelin = import "/myelin.capnp";

enum AfterMode { a @0; b @1; c @2; }

struct AfterEntry { n @0 :UInt32; m @1 :UInt32; far @2 :UInt64; }

interface After $Myelin.id(0x900) {
  plain @0 (a :UInt32, b :UInt64, hole :UInt16, c :UInt64) -> (x :UInt32, y :UInt32, z :UInt64);
  text @1 (a :UInt64, name :Text $Myelin.max(16), more :Text $Myelin.max(16), fix :Text $Myelin.fixed(8)) -> (x :UInt64);
  entries @2 (list :List(AfterEntry) $Myelin.max(3)) -> (list2 :List(AfterEntry) $Myelin.max(3));
  mode @3 (mode :AfterMode) -> (mode2 :AfterMode);
  answer @4 () -> (text :Text $Myelin.max(16), more :Text $Myelin.max(16));
  extra @5 () -> ();
}
