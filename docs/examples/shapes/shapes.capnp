@0xe4b1c6a2d3f59087;
# Shapes, who measures them, and who ranks them by that.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("examples");

struct Shape {
  name @0 :Text;
  union {
    circle :group { radius @1 :Float64; }
    square :group { side @2 :Float64; }
  }
}

interface Geometer {
  measure @0 (shapes :List(Shape)) -> (areas :List(Float64));
}

interface Ranking {
  largest @0 (shapes :List(Shape)) -> (name :Text, area :Float64);
}
