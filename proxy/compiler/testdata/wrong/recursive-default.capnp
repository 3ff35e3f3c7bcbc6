@0xd0a1b2c3d4e5f614;

struct Tree {
  left @0 :Tree = (value = 3);
  value @1 :Int32;
  others @2 :List(Tree) = [(value = 1)];
  fine @3 :List(Tree);
}
