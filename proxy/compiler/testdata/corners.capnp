@0xd0a1b2c3d4e5f622;
# Corners of the language: a backslash at the end \
# of a line, what ends a comment */ and what looks like a trigraph ??/
# and other characters: ü, 𝄞.

using Cxx = import "/capnp/c++.capnp";
using Base = import "corners/base.capnp";
$Cxx.namespace("corners::troop::proxy");

annotation note(*) :Text;

enum None {}
enum Single { only @0 $note("the only one"); }

struct Nothing {}

struct HasNothing {
  # Not even members of a union that take room. */ \
  none @0 :None;
  nothing @1 :Nothing;
  union { one @2 :Void; two @3 :Void; }
  group :group { three @4 :Void; union { four @5 :Void; five @6 :Nothing; } }
}

struct Message {
  # Of the same name as one in the global namespace, which it holds.
  message @0 :Base.Message = (text = "held", builder = 3);
  messages @1 :List(Base.Message) = [(text = "one"), ()];
  reader @2 :Base.StructReader;
  which @3 :Single = only;
  struct Message {
    # And again, inside.
    message @0 :Text;
    struct Which { which @0 :Int8; union { a @1 :Text; which2 @2 :Int8; } }
    which @1 :Which;
    union { b @2 :Which; c @3 :List(Which); }
  }
  inner @4 :Message;
  which2 :union { reader @5 :Text; builder @6 :Text; value @7 :Text; this @8 :Void; }
}

struct Wide {
  # Groups that share names with types.
  wide :group { wide @0 :Int64; point :union { x @1 :Int8; y @2 :Float64 = 0.5; } }
  struct Point { x @0 :Bool = true; }
  point @3 :Point = (x = false);
  struct Target { t @0 :Int8; }
  target @4 :Target;
  list @5 :List(Wide);
  values @6 :List(List(List(Int8)));
  i @7 :List(List(Base.Proxy));
  caps @8 :List(Capability);
}

struct Which { union { a @0 :Int8; b @1 :Text; } }

interface Empty {}

interface FooParams { foo @0 (foo :Int8) -> (foo :FooParams); }

interface Outer {
  interface Inner extends(Base.Target) {
    capability @0 (send :Int8, capability :Capability) -> (answer :Inner, get :Outer);
    send @1 (message :Text, builder :Data, params :Text, std :Int8) -> (then :Empty);
    dispatch @2 Message -> Message.Message;
    interfaceId @3 () -> ();
    then @4 (interfaceId :Int8) -> (catch :Capability, finally :Inner);
    constructor @5 (results :Int8) -> (results :Text, message :Data);
    release @6 () -> stream;
    toString @7 () -> (group :HasNothing);
    operator @8 (operator :Int8 = 3, optional :Text = "a\x00b", list :List(Int8) = [1]) -> ();
    method @9 (method :Int8 = -1, single :Single = only, real :Float32 = inf) -> ();
    params @10 () -> ();
    results @11 () -> ();
  }
  struct Inners { inner @0 :Inner; group :group { inner @1 :Inner; next @2 :Inners; } }
  enum Kinds { class @0; struct @1; }
  inners @0 (kinds :Kinds) -> Inners;
  const kinds :List(Kinds) = [class, struct];
  const name :Text = "a name";
  const length :UInt8 = 3;
  const read :Inners = ();
}

interface Derived extends(Base.Proxy, Empty, Outer.Inner, Outer) {
  derived @0 Nothing -> Nothing;
}

interface Hiding extends(Outer) {
  # What it declares has names that something else has in what it extends.
  struct Inners { text @0 :Text; }
  struct Init { init @0 :Int8; }
  interface Inner { inner @0 (inners :Inners, init :Init, outer :Outer.Inners) -> (inner :Inner); }
  hiding @0 () -> (inner :Inner, outer :Outer.Inner);
}

const nothing :Void = void;
const class :Int8 = -5;
const endless :List(Float32) = [inf, -inf, nan];
const nested :Wide = (
  wide = (wide = -9223372036854775808, point = (y = 1e100)),
  values = [[[1], []], []],
  list = [(point = (x = true)), ()]);
const base :Base.Message = (builder = 1);
const aliased :Int8 = .class;
const texts :List(Text) = ["one", "two\x00three", "??="];
