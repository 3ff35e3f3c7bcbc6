@0xe1b2c3d4e5f60718;
# Documents and what can be done with them.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("acme::text");

enum Style {
  plain @0;
  bold @1;  # Not for whole paragraphs.
}

struct Heading {
  # A heading of a document.
  level @0 :UInt8 = 1;
  text @1 :Text;
  style @2 :Style;
  under @3 :List(Heading);
  source :union {
    unknown @4 :Void;
    line @5 :UInt32;
  }
}

interface Document {
  headings @0 () -> (headings :List(Heading));
  close @1 () -> ();
}

interface Parser {
  # Makes documents of texts.

  parse @0 (text :Text, name :Text = "document") -> (document :Document, warnings :List(Text));
  # Fails only for texts that are too long.
}
