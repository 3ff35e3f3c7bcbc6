@0x88428697f3f3242b;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("examples");

interface Greeter {
  greet @0 (name :Text) -> (greeting :Text);
}
