# SPDX-License-Identifier: BSD-2-Clause

@0xa4d17c39be526f08;

using Myelin = import "myelin.capnp";
using Service = import "service.capnp".Service;

interface Shelf $Myelin.id(0x7e0) {
  # What the file server among the examples (programs/examples/components/shelf/) has beside
  # idl/file.capnp, through the same capability.

  pages @0 (handle :UInt32) -> (pages :Service);
  # The pages of a file, to be read in place: a capability as shm_give() makes it, of pageCount pages.

  records @1 (handle :UInt32, bytes :UInt32, offsets :List(UInt32) $Myelin.max(64))
      -> (data :Data $Myelin.window);
  # A batch of reads: of `bytes` bytes each, one behind the other. ENXIO: one is not in the file.

  const pageCount :UInt32 = 4;
}
