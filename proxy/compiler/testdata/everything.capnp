@0xd0a1b2c3d4e5f607;
# Everything that a schema can say and capnpc-troop writes.

using Cxx = import "/capnp/c++.capnp";
using Shared = import "shared.capnp";
using import "shared.capnp".Point;
$Cxx.namespace("troop::test");

struct Scalars {
  # Every scalar, in an order that leaves holes.
  nothing @0 :Void;
  flag @1 :Bool;
  tiny @2 :Int8;
  small @3 :Int16;
  medium @4 :Int32;
  large @5 :Int64;
  byte @6 :UInt8;
  unsignedSmall @7 :UInt16;
  unsignedMedium @8 :UInt32;
  unsignedLarge @9 :UInt64;
  single @10 :Float32;
  double @11 :Float64;
  color @12 :Color;
  otherFlag @13 :Bool;
  text @14 :Text;
  data @15 :Data;
}

struct Defaults {
  flag @0 :Bool = true;
  tiny @1 :Int8 = -128;
  small @2 :Int16 = -32768;
  medium @3 :Int32 = -2147483648;
  large @4 :Int64 = -9223372036854775808;
  byte @5 :UInt8 = 255;
  unsignedSmall @6 :UInt16 = 65535;
  unsignedMedium @7 :UInt32 = 4294967295;
  unsignedLarge @8 :UInt64 = 18446744073709551615;
  single @9 :Float32 = 0.1;
  double @10 :Float64 = -1.5e300;
  endless @11 :Float64 = inf;
  noNumber @12 :Float32 = nan;
  color @13 :Color = green;
  text @14 :Text = "quotes \" and \\ and\nlines and ünïcode ??/";
  data @15 :Data = 0x"00 ff 10";
  numbers @16 :List(Int16) = [1, -2, 3];
  words @17 :List(Text) = ["one", "two"];
  grid @18 :List(List(Float32)) = [[1.5], [], [2, -0.25]];
  point @19 :Point = (x = 3, y = -4);
  points @20 :List(Point) = [(x = 1), (y = 2)];
  shape @21 :Shape = (name = "disc", circle = 2.5);
  switches @22 :List(Bool) = [true, false, true];
  colors @23 :List(Color) = [deepBlue, red];
  blobs @24 :List(Data) = [0x"01", ""];
  nothings @25 :List(Void) = [void, void];
  negativeZero @26 :Float64 = -0.0;
}

struct Lists {
  nothings @0 :List(Void);
  flags @1 :List(Bool);
  tinies @2 :List(Int8);
  smalls @3 :List(Int16);
  mediums @4 :List(Int32);
  larges @5 :List(Int64);
  bytes @6 :List(UInt8);
  unsignedSmalls @7 :List(UInt16);
  unsignedMediums @8 :List(UInt32);
  unsignedLarges @9 :List(UInt64);
  singles @10 :List(Float32);
  doubles @11 :List(Float64);
  colors @12 :List(Color);
  texts @13 :List(Text);
  datas @14 :List(Data);
  points @15 :List(Point);
  empties @16 :List(Empty);
  grid @17 :List(List(Int32));
  cube @18 :List(List(List(Text)));
  shapes @19 :List(List(Shape));
  flagRows @20 :List(List(Bool));
  colorRows @21 :List(List(Color));
}

struct Empty {}

enum Color {
  # The colours of this file.
  red @0;
  green @1;  # between the others
  deepBlue @2;
  new @3;
}

struct Shape {
  # A named figure: an unnamed union beside fields.
  name @0 :Text;
  union {
    nothing @1 :Void;
    circle @2 :Float64;
    # The radius.
    polygon @3 :List(Point);
    box :group {
      corner @4 :Point;
      width @5 :UInt32 = 1;
      height @6 :UInt32 = 1;
    }
    label @7 :Text = "none";
    nested @8 :Shape;
  }
}

struct Groups {
  # Groups and named unions, one inside the other.
  address :group {
    street @0 :Text;
    place :group {
      city @1 :Text;
      code @2 :UInt32;
    }
  }
  kind :union {
    unknown @3 :Void;
    person :group {
      age @4 :UInt8;
      mood :union { fine @5 :Void; bad @6 :Text; }
    }
    machine @7 :Text;
  }
}

struct Tree {
  # Contains itself: directly, in a list, in a group, and through another struct.
  value @0 :Int32;
  left @1 :Tree;
  right @2 :Tree;
  children @3 :List(Tree);
  through @4 :Knot;
  more :group { tree @5 :Tree; }
}

struct Knot { tree @0 :Tree; trees @1 :List(List(Tree)); }

struct Later { earlier @0 :Outer.Inner; }

struct Outer {
  struct Inner {
    word @0 :Text;
    deep @1 :Deep;
    struct Deep { number @0 :UInt16; kind @1 :Kind; }
    enum Kind { plain @0; fancy @1; }
    const limit :UInt32 = 12;
  }
  inner @0 :Inner;
  deeps @1 :List(Inner.Deep);
  const origin :Point = (x = 1, y = 2);
}

struct Keywords {
  # Names that languages keep for themselves, or that generated code uses.
  class @0 :Int32;
  new @1 :Text;
  delete @2 :Bool;
  namespace @3 :Text;
  default @4 :Int8;
  read @5 :Text;
  write @6 :Text;
  which @7 :Text;
  dataWords @8 :Int32;
  pointers @9 :Int32;
  value @10 :Int32;
  reader @11 :Text;
  builder @12 :Text;
  constructor @13 :Text;
  unix @14 :Int32;
  errno @15 :Int32;
  this @16 :Int32;
  function @17 :Int32;
  std @18 :Int32;
  troop @19 :Int32;
  bool @20 :Bool;
  union { which1 @21 :Void; switch @22 :Text; case @23 :Int32; }
}

struct Renamed $Cxx.name("Recalled") {
  old @0 :Int32 $Cxx.name("young");
}

struct OldVersion { number @0 :Int32; text @1 :Text; }
struct NewVersion {
  number @0 :Int32;
  text @1 :Text;
  added @2 :Int64 = 7;
  more @3 :Text = "more";
  point @4 :Point;
}

const answer :UInt32 = 42;
const pi :Float64 = 3.141592653589793;
const greeting :Text = "hello\x00there";
const blob :Data = 0x"de ad";
const favourite :Color = deepBlue;
const primes :List(UInt8) = [2, 3, 5];
const disc :Shape = (name = "d", circle = 1);
const yes :Bool = true;
const small :Int64 = -9223372036854775808;

interface Calculator {
  # Adds up.
  struct Step { name @0 :Text; value @1 :Float64; }
  add @0 (left :Int64, right :Int64) -> (sum :Int64);
  # The sum of two numbers.
  join @1 (words :List(Text), separator :Text = ", ") -> (text :Text);
  measure @2 Shape -> Scalars;
  # Parameters and results that are structs declared elsewhere.
  log @3 (step :Step, steps :List(Step), color :Color = green) -> ();
  feed @4 (chunk :Data) -> stream;
  fail @5 (reason :Text) -> ();
  delete @6 (class :Text, message :Text, params :Int32) -> (new :Text);
}

interface Store {
  # Capabilities in parameters, results, structs and lists.
  open @0 (name :Text) -> (document :Document);
  lookUp @1 (name :Text) -> (entry :Entry, found :Bool);
  watch @2 (watcher :Watcher, others :List(Watcher)) -> (told :UInt32);
  any @3 (capability :Capability) -> (capability :Capability, then :Document, answer :Document);
  holder @4 (holder :Shared.Holder) -> (holder :Shared.Holder);
  choose @5 (useFirst :Bool) -> Choice;

  struct Entry {
    document @0 :Document;
    parent :group { store @1 :Store; name @2 :Text; }
    next @3 :Entry;
  }
  struct Choice { union { document @0 :Document; reason @1 :Text; } }
  struct OpenParams { unrelated @0 :Int32; }
  # Has the name of what is generated for open().
  interface Target { poke @0 () -> (); }
}

interface Document {
  read @0 () -> (text :Text);
  append @1 (text :Text) -> (size :UInt64);
  duplicate @2 () -> (document :Document);
}

interface Watcher { changed @0 (name :Text) -> (); }

interface Named { name @0 () -> (name :Text); }
interface Sized extends(Named) { size @0 () -> (size :UInt64); }
interface Owned extends(Named) { owner @0 () -> (owner :Named); }
interface Book extends(Sized, Owned, Shared.Greeter) {
  # Inherits one interface twice, and one from another file.
  page @0 (number :UInt32) -> (text :Text);
}
