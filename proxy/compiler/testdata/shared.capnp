@0xc1f3a6b2d4e58790;
# What everything.capnp imports: the same names in another namespace.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troop::test::shared");

enum Color { red @0; green @1; deepBlue @2; }

struct Point { x @0 :Int32; y @1 :Int32; }

struct Holder {
  # Holds a service of the other file's kind.
  label @0 :Text;
  greeter @1 :Greeter;
  point @2 :Point;
}

interface Greeter {
  greet @0 (name :Text) -> (greeting :Text);
}
