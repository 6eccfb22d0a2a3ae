# SPDX-License-Identifier: BSD-2-Clause

@0xc3a8e7190d5b4f62;

using Myelin = import "myelin.capnp";
using File = import "file.capnp".File;

interface Scribe $Myelin.id(0x7e1) {
  # An example (programs/examples/components/scribe.c): who writes into files of others.

  note @0 (log :File, line :Text $Myelin.max(80)) -> ();
  # Appends a line to an open file that the caller has exported: errors of File.write.
}
