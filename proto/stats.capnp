@0xfda9afa3f1739519;
# How much there is to read in a document, and how hard that is. The plugin `stats` of
# docs/examples/plugins serves it, the job of `troop run` calls it.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("troop::documents");

interface Stats {
  count @0 (markdown :Text) -> (figures :Figures);
}

struct Figures {
  headings @0 :UInt32;
  deepestHeading @1 :UInt8;
  # The level of the one that lies deepest; 0 where there is none.
  links @2 :UInt32;
  words @3 :UInt32;
  sentences @4 :UInt32;
  syllables @5 :UInt32;
  htmlBytes @6 :UInt32;
  # Of the rendered document.
  readingEase @7 :Float32;
  # Flesch's: about 100 for the easiest texts, below 30 for hard ones; 0 where there are no words.
}
