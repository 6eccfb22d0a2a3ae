# SPDX-License-Identifier: BSD-2-Clause

@0xc4f1a86e3b7d9052;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Console extends(Service) $Myelin.id(0x140) {
  # The driver of a device that shows and types bytes. It and its one client, the terminal server,
  # share memory (console/region.h) and wake each other by signals; nothing else is ever asked.

  attach @0 (region :Service) -> ();
  # From now on bytes go through this region, a capability as shm_give() makes it, CONSOLE_PAGES pages
  # for writing. The one before is let go. What is in it is gone on with. EINVAL: it is no such region.
}
