# SPDX-License-Identifier: BSD-2-Clause
#
# An interface as it was; after.capnp has it as it became.

@0xd2b6a8f04c917e35;

using Myelin = import "/myelin.capnp";

enum BeforeMode { a @0; b @1; }

struct BeforeEntry { n @0 :UInt32; }

interface Before $Myelin.id(0x900) {
  plain @0 (a :UInt32, b :UInt64) -> (x :UInt32);
  text @1 (a :UInt64, name :Text $Myelin.max(16)) -> (x :UInt64);
  entries @2 (list :List(BeforeEntry) $Myelin.max(3)) -> (list2 :List(BeforeEntry) $Myelin.max(3));
  mode @3 (mode :BeforeMode) -> (mode2 :BeforeMode);
  answer @4 () -> (text :Text $Myelin.max(16));
}
