// A schema with a field of every kind, and an interface whose method takes and gives them.
#pragma once

namespace troop::calling {

inline constexpr const char* allKindsSchema = R"(@0xd0a1b2c3d4e5f6f1;
enum Colour { red @0; green @1; }
struct All {
  nothing @0 :Void; truth @1 :Bool;
  i8 @2 :Int8; i16 @3 :Int16; i32 @4 :Int32; i64 @5 :Int64;
  u8 @6 :UInt8; u16 @7 :UInt16; u32 @8 :UInt32; u64 @9 :UInt64;
  f32 @10 :Float32; f64 @11 :Float64;
  text @12 :Text; data @13 :Data; colour @14 :Colour;
  texts @15 :List(Text); lists @16 :List(List(UInt8)); trees @17 :List(Tree); tree @18 :Tree;
  place :group { x @19 :Int32; y @20 :Int32; }
  union { none @21 :Void; one @22 :Text; pair :group { a @23 :UInt8; b @24 :UInt8; } }
  object @25 :Base;
  objects @26 :List(Base);
}
struct Tree { name @0 :Text; left @1 :Tree; }
interface Base @0xd0a1b2c3d4e5f6f2 { old @0 All -> All; }
interface Some @0xd0a1b2c3d4e5f6f3 extends(Base) { new @1 () -> (); same @0 All -> All; }
)";

}  // namespace troop::calling
