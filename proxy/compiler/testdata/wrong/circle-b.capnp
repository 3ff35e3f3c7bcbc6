@0xd0a1b2c3d4e5f616;
using C = import "circle-c.capnp";
struct B { c @0 :List(C.C); }
