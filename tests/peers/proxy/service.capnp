@0xc8f1d0a35b7e9264;
# What is called in the measurements of calls: each method does next to nothing.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("peers");

interface Service {
  nothing @0 () -> ();
  echo @1 (bytes :Data) -> (bytes :Data);
  pass @2 (service :Service) -> (service :Service);
  # Calls nothing() of another one so often, one call after the other.
  callOther @3 (service :Service, times :UInt32) -> ();
}
