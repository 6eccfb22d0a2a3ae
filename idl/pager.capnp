# SPDX-License-Identifier: BSD-2-Clause

@0xa7f03b5c91e6d248;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Pager extends(Service) $Myelin.id(0x121) {
  # What a pager says of itself; faults come to it from the kernel.

  count @0 () -> (faults :UInt64);
  # Faults served since it was started.
}
