# SPDX-License-Identifier: BSD-2-Clause

@0x9a3d4b1f72c0e851;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Echo extends(Service) $Myelin.id(0x120) {
  # The smallest passive server.

  count @0 () -> (calls :UInt64, signals :UInt64);
  # Calls answered and signals taken since it was started.

  hang @1 () -> ();
  # Never answered: for showing what a caller of a killed server gets.

  spin @2 () -> ();
  # Uses the caller's time without end: for showing how that ends.

  same @3 (data :Data $Myelin.max(900)) -> (back :Data $Myelin.max(900)) $Myelin.repeatable;
  # The same bytes again.
}
