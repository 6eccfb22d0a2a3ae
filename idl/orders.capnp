# SPDX-License-Identifier: BSD-2-Clause

@0xa5e09b7d34c1f826;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Orders extends(Service) $Myelin.id(0x7e3) {
  # For tests/orders: what passive servers are asked, and in which state their callers end.

  work @0 (us :UInt64) -> ();
  # Takes so much time, of the caller's.

  park @1 () -> ();
  # Never answered. EBUSY: no room to park one more.

  exit @2 () -> ();
  # The server exits.
}
