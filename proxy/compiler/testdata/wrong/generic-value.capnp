@0xd0a1b2c3d4e5f611;

struct Box(Value) { value @0 :Value; label @1 :Text; }
struct User {
  box @0 :Box(Text) = (value = "boxed");
  empty @1 :Box(Text) = (label = "fine");
}
const full :Box(Text) = (value = "boxed");
