@0xae675a66bcdd852b;
# Documents in Markdown: rendering them, and asking what stands in them. The plugin `markdown` of
# docs/examples/plugins serves this, the job of `troop run` calls it.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troop::documents");

interface Renderer {
  render @0 (markdown :Text) -> (html :Text);
}

interface Parser extends(Renderer) {
  parse @0 (markdown :Text) -> (document :Document);
  # Holding the document keeps it in the plugin's memory.
}

interface Document {
  # A text that has been read, and answers questions about itself.

  headings @0 () -> (headings :List(Heading));
  links @1 () -> (links :List(Link));
  text @2 () -> (text :Text);
  # The words alone, as a reader sees them.
}

struct Heading {
  level @0 :UInt8;
  text @1 :Text;
}

struct Link {
  target @0 :Text;
  text @1 :Text;
}
