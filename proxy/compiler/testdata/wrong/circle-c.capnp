@0xd0a1b2c3d4e5f617;
using A = import "circle-a.capnp";
struct C { a @0 :A.A; }
