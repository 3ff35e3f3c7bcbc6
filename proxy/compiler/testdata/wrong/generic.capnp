@0xd0a1b2c3d4e5f611;

struct Map(Key, Value) {
  # A generic struct; struct Decoy {} in a comment is none.
  entries @0 :List(Entry);
  struct Entry { key @0 :Key; value @1 :Value; }
}

struct User {
  name @0 :Text = "struct Decoy { }";
  ages @1 :Map(Text, Data);
}

interface Finder {
  find @0 (id :UInt64,
      map :Map(Text, Text)) -> (found :Map(Text, Data));
  any @1 [Item] (item :Item) -> ();
}
