# SPDX-License-Identifier: BSD-2-Clause

@0x8e21c5d4a9b3f067;

using Myelin = import "myelin.capnp";

interface Service $Myelin.id(0x100) {
  # What anything that serves answers.

  ping @0 (a :UInt64, b :UInt64) -> (c :UInt64, d :UInt64) $Myelin.repeatable;
  # The same numbers again.
}
