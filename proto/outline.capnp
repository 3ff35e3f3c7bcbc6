@0xaa42c2976fb8ab0c;
# What stands in a document, at a glance. The plugin `outline` of docs/examples/plugins serves it,
# the job of `troop run` calls it.

using Cxx = import "/capnp/c++.capnp";
using Markdown = import "markdown.capnp";
$Cxx.namespace("troop::documents");

interface Outliner {
  outline @0 (markdown :Text) -> (outline :Outline);
}

struct Outline {
  headings @0 :List(Markdown.Heading);
  links @1 :List(Markdown.Link);
  words @2 :UInt32;
  readingSeconds @3 :UInt32;
}
