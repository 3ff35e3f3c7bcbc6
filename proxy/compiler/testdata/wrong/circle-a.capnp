@0xd0a1b2c3d4e5f615;
using B = import "circle-b.capnp";
struct A { b @0 :B.B; }
