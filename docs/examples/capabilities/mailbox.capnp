@0xd5f0b1c25d4a7e93;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("examples");

interface Mailbox {
  deliver @0 (letter :Text) -> ();
  read @1 () -> (letters :List(Text));
}
