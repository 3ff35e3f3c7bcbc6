@0xd0a1b2c3d4e5f6a1;
# Types that whoever uses them decides: AnyPointer and its kin, and type parameters.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troop::test::generics");

struct Holder {
  # Holds anything.
  anything @0 :AnyPointer;
  anyStruct @1 :AnyStruct;
  anyList @2 :AnyList;
  union { nothing @3 :Void; something @4 :AnyPointer; }
  name @5 :Text;
}

struct Point { x @0 :Int32; y @1 :Int32; }

struct Map(Key, Value) {
  # Entries in the order in which they were added.
  entries @0 :List(Entry);
  struct Entry { key @0 :Key; value @1 :Value; }
  const size :UInt8 = 3;
}

struct Atlas {
  places @0 :Map(Text, Point);
  first @1 :Map(Text, Point).Entry;
  nested @2 :Map(Text, Map(Text, Point));
  origin @3 :Map(Text, Point) = (entries = []);
}

interface Source(T) {
  # Gives values of one type.
  next @0 () -> (value :T);
  copy @1 [Other] (other :Other) -> (both :Map(Other, T), source :Source(Other));
}

interface Points extends(Source(Point)) {
  put @0 (point :Point, extra :AnyPointer) -> (holder :Holder);
  echo @1 (anything :AnyPointer) -> (anything :AnyPointer);
}
