# SPDX-License-Identifier: BSD-2-Clause
#
# One method for each thing that schemas can say.

@0xc41f5a9e3d7b2086;

using Myelin = import "/myelin.capnp";

enum Color { red @0; green @1; darkBlue @2; }

struct Point {
  x @0 :Int32;
  y @1 :Int32 = -7;
  flag @2 :Bool;
  color @3 :Color;
}

struct Shape {
  area @0 :UInt32;
  union {
    none @1 :Void;
    circle @2 :Float64;
    square :group { side @3 :UInt16; filled @4 :Bool; }
    tint @5 :Color;
  }
}

struct Info {
  size @0 :UInt64;
  name @1 :Text $Myelin.fixed(16);
  id @2 :Data $Myelin.fixed(5);
  note @3 :Text $Myelin.max(20);
  used @4 :UInt32;
}

struct Back {
  size @0 :UInt64;
  name @1 :Text $Myelin.fixed(16);
  id @2 :Data $Myelin.fixed(5);
  remark @3 :Text $Myelin.max(20);
  used @4 :UInt32;
}

struct Many {
  a @0 :UInt64;
  b @1 :UInt32;
  c @2 :UInt32;
  d @3 :UInt64;
  e @4 :UInt64;
  f @5 :UInt64;
  g @6 :UInt64;
}

interface All $Myelin.id(0x801) {
  nothing @0 () -> ();
  add @1 (a :UInt64, b :UInt64) -> (sum :UInt64);
  small @2 (a :UInt8, b :Int16, c :Bool, d :Bool, color :Color) -> (a2 :UInt32, b2 :Int64, c2 :Bool);
  floats @3 (a :Float32, b :Float64 = 2.5) -> (product :Float64);
  five @4 (a :UInt64, b :UInt64, c :UInt64, d :UInt64, e :UInt64) -> (sum :UInt64);
  say @5 (text :Text $Myelin.max(30)) -> (back :Text $Myelin.max(40));
  blob @6 (a :UInt32, data :Data $Myelin.max(100)) -> (back :Data $Myelin.max(100), b :UInt32);
  list @7 (numbers :List(UInt16) $Myelin.max(10)) -> (sums :List(UInt32) $Myelin.max(10));
  points @8 (from :List(Point) $Myelin.max(4), one :Point) -> (to :List(Point) $Myelin.max(4), last :Point);
  shape @9 Shape -> Shape;
  info @10 Info -> Back;
  write @11 (offset :UInt64, data :Data $Myelin.window) -> (done :UInt64);
  read @12 (offset :UInt64) -> (data :Data $Myelin.window);
  both @13 (a :UInt64, b :UInt64, c :UInt64, from :Data $Myelin.window, name :Text $Myelin.max(9))
        -> (to :Data $Myelin.window, n :UInt64);
  open @14 (name :Text $Myelin.max(60)) -> (file :All $Myelin.handle);
  close @15 (file :All $Myelin.handle) -> () $Myelin.cancellable;
  adopt @16 (own :All $Myelin.own) -> (badge :UInt64);
  take @17 (cap :All) -> (n :UInt64);
  give @18 () -> (cap :All);
  again @19 (n :UInt64) -> (n2 :UInt64) $Myelin.repeatable;
  later @20 (n :UInt64) -> (text :Text $Myelin.max(12), n2 :UInt64) $Myelin.cancellable;
  fixed @21 (name :Text $Myelin.fixed(8), id :Data $Myelin.fixed(3)) -> (back :Text $Myelin.fixed(8));
  copyOut @22 (bytes :UInt64) -> (data :Data $Myelin.window);
  many @23 (first :UInt64, all :Bool) -> Many $Myelin.often;
  tell @24 (text :Text $Myelin.window, room :UInt64) -> (length :UInt64);
  part @25 (text :Text $Myelin.window, offset :UInt64, bytes :UInt64) -> ();
  recite @26 (length :UInt64) -> (text :Text $Myelin.window);
  echo @27 (from :Text $Myelin.window, pieces :UInt64) -> (to :Text $Myelin.window);
}
