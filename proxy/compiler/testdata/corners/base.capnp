@0xd0a1b2c3d4e5f621;
# No namespace: the global one. Its names are those that generated code uses itself.

struct Message { text @0 :Text = "base"; builder @1 :Int8; }
struct Promise { message @0 :Message; }
interface Proxy { proxy @0 (proxy :Proxy) -> (proxy :Proxy); }
interface Target extends(Proxy) {
  target @0 (target :Target) -> (target :Target, get :Target, pipeline :Target, ready :Target);
}
interface Capability { call @0 () -> (call :Proxy); }
enum Void { void @0; }
struct Boxed { boxed @0 :Boxed; void @1 :Void; }
struct StructReader { reader @0 :Text; }
struct Object { uint8Array @0 :Data = "x"; }
struct Uint8Array { data @0 :Data = "abc"; }
const capability :Text = "capability";
