@0xd3b6dfc826c7b041;
# What the plugin conformance.cc serves: everything that a schema can say, there and back.

using Cxx = import "/capnp/c++.capnp";
using Test = import "/proxy/compiler/testdata/everything.capnp";
using Shared = import "/proxy/compiler/testdata/shared.capnp";
$Cxx.namespace("troop::test");

interface Conformance {
  # Values come back as they are sent.
  scalars @0 (value :Test.Scalars) -> (value :Test.Scalars);
  defaults @1 (value :Test.Defaults) -> (value :Test.Defaults, isDefault :Bool);
  lists @2 (value :Test.Lists) -> (value :Test.Lists);
  shape @3 (value :Test.Shape) -> (value :Test.Shape);
  groups @4 (value :Test.Groups) -> (value :Test.Groups);
  tree @5 (value :Test.Tree) -> (value :Test.Tree);
  outer @6 (value :Test.Outer) -> (value :Test.Outer);
  keywords @7 (value :Test.Keywords) -> (value :Test.Keywords);
  version @8 (value :Test.OldVersion) -> (value :Test.NewVersion);

  # As the plugin knows them.
  constants @9 () -> (
      answer :UInt32, pi :Float64, greeting :Text, blob :Data, favourite :Test.Color,
      primes :List(UInt8), disc :Test.Shape, yes :Bool, small :Int64, defaults :Test.Defaults);
  describe @10 (value :Test.Scalars) -> (text :Text);

  # Objects of the plugin.
  store @11 () -> (store :Test.Store);
  calculator @12 () -> (calculator :Test.Calculator);
  book @13 () -> (book :Test.Book);

  # What the plugin sees when it calls.
  visit @14 (store :Test.Store, calculator :Test.Calculator, book :Test.Book) -> (text :Text);
}
