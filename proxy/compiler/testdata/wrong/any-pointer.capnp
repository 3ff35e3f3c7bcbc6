@0xd0a1b2c3d4e5f612;

struct Outer {
  union {
    none @0 :Void;
    group :group {
      anything @1 :AnyPointer;
    }
  }
  struct Inner {
    some @0 :AnyStruct;
  }
}

interface Service {
  call @0 (params :AnyPointer) -> (
      # The results.
      results :AnyList);
}

const known :UInt8 = 1;
