@0xc7d2e4f6a8b0c2d5;
# Unions and groups in every combination, and a schema that grew.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troop::test::unions");

struct Older {
  name @0 :Text;
  union { number @1 :UInt32; text @2 :Text; }
}

struct Newer {
  # What Older became.
  name @0 :Text;
  union {
    number @1 :UInt32;
    text @2 :Text;
    pair :group { first @3 :Text; second @4 :Int64; }
  }
}

struct Figure {
  union {
    nothing @0 :Void;
    circle :group { radius @1 :Float64 = 1.5; }
    styled :group {
      width @2 :UInt8;
      union { plain @3 :Void; colour @4 :Text = "red"; }
    }
  }
}

struct Figures {
  figures @0 :List(Figure);
  preset @1 :Figure = (styled = (width = 3, colour = "blue"));
  frame :group {
    margin @2 :Int16 = -1;
    union { open @3 :Void; closed @4 :Figure; }
  }
}

interface Painter {
  paint @0 (figure :Figure, newer :Newer) -> (figure :Figure, older :Older);
}
