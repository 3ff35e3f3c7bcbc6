// Tests of message-builder.js under node: what was built comes back, and the schema compiler's tool
// reads it; what cannot be built names its field.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildMessage } from "./message-builder.js";
import { readMessage } from "./message-reader.js";
import {
  Empty,
  Point,
  Text,
  Tree,
  build,
  capnp,
  fails,
  field,
  roundTrip,
  schema,
} from "./testing/messages.js";

test("numbers of all types come back, at their limits", () => {
  const limits = {
    int8: [-128, 127, 0, -1],
    uint8: [0, 255],
    int16: [-32768, 32767],
    uint16: [0, 65535],
    int32: [-2147483648, 2147483647],
    uint32: [0, 4294967295],
    int64: [-(2n ** 63n), 2n ** 63n - 1n, 0n],
    uint64: [0n, 2n ** 64n - 1n],
    float32: [0, -0, 1.5, Infinity, -Infinity, NaN],
    float64: [0, -0, Math.PI, Number.MIN_VALUE, -Number.MAX_VALUE, Infinity, NaN],
  };
  const masks = { float32: 0x3dcccccd, float64: 0x3fb999999999999an, int64: -7n, uint64: 7n };
  for (const [name, values] of Object.entries(limits)) {
    for (const value of values) {
      assert.deepEqual(
        roundTrip(field(1, 0, name), { it: value }),
        { it: value },
        `${name} ${value}`,
      );
      const masked = field(1, 0, name, masks[name] ?? 7);
      assert.deepEqual(
        roundTrip(masked, { it: value }),
        { it: value },
        `${name} ${value} with a default`,
      );
    }
    assert.deepEqual(roundTrip(field(0, 1, `${name}List`), { it: values }), { it: values });
  }
});

test("what is left out reads as its default", () => {
  assert.deepEqual(roundTrip(field(1, 0, "uint8", 7), {}), { it: 7 });
  assert.deepEqual(roundTrip(field(1, 0, "int64", -5n), {}), { it: -5n });
  assert.deepEqual(roundTrip(field(1, 0, "bool", true), {}), { it: true });
  assert.deepEqual(roundTrip(field(1, 0, "float64", 0x3ff8000000000000n), {}), { it: 1.5 });
  assert.deepEqual(roundTrip(field(0, 1, "text"), {}), { it: "" });
  assert.deepEqual(roundTrip(field(0, 1, "data"), {}), { it: new Uint8Array(0) });
  assert.deepEqual(roundTrip(field(0, 1, "textList"), {}), { it: [] });
  assert.deepEqual(roundTrip(field(0, 1, "struct", Point), {}), { it: { x: 0, y: 0 } });
  assert.deepEqual(roundTrip(field(0, 1, "capability"), {}), { it: null });
  assert.deepEqual(roundTrip(field(0, 1, "capability"), undefined), { it: null });
});

test("integers of 64 bits may be given as numbers", () => {
  assert.deepEqual(roundTrip(field(1, 0, "int64"), { it: -5 }), { it: -5n });
  fails(
    () => build(field(1, 0, "int64"), { it: 2 ** 60 }),
    /expected an Int64, got 1152921504606847000/,
  );
  fails(() => build(field(1, 0, "uint64"), { it: -1n }), /expected a UInt64, got -1/);
});

test("texts of every kind come back", () => {
  for (const text of [
    "",
    "a",
    "ünï",
    "𝄞 clef",
    "\0inside\0",
    "\uFEFFmarked",
    "x".repeat(100_000),
  ]) {
    assert.equal(roundTrip(Text, { text }), text);
  }
  assert.equal(roundTrip(Text, { text: "half \ud800 pair" }), "half \ufffd pair");
});

test("lists of bits, texts, data, structs, lists and nothing come back", () => {
  const flags = Array.from({ length: 75 }, (_, i) => i % 3 === 0);
  assert.deepEqual(roundTrip(field(0, 1, "boolList"), { it: flags }), { it: flags });
  assert.deepEqual(roundTrip(field(0, 1, "textList"), { it: ["a", "", "ü"] }), {
    it: ["a", "", "ü"],
  });
  const datas = [Uint8Array.of(), Uint8Array.of(9)];
  assert.deepEqual(roundTrip(field(0, 1, "dataList"), { it: datas }), { it: datas });
  const points = [
    { x: 1, y: -1 },
    { x: 0, y: 0 },
  ];
  assert.deepEqual(roundTrip(field(0, 1, "structList", Point), { it: points }), { it: points });
  assert.deepEqual(roundTrip(field(0, 1, "structList", Empty), { it: [{}, {}] }), { it: [{}, {}] });
  assert.deepEqual(roundTrip(field(0, 1, "voidList"), { it: [null, null] }), { it: [null, null] });
  const names = ["red", "green"];
  assert.deepEqual(roundTrip(field(0, 1, "enumList", names), { it: ["green", "red", 7] }), {
    it: ["green", "red", 7],
  });
  const grid = {
    dataWords: 0,
    pointers: 1,
    read: (s) => s.nestedList(0, (e) => e.int32List(0)),
    write: (s, v) => s.setNestedList(0, v.rows, (e, x) => e.setInt32List(0, x)),
  };
  assert.deepEqual(roundTrip(grid, { rows: [[1, 2], [], [-3]] }), [[1, 2], [], [-3]]);
});

test("typed arrays are lists, too", () => {
  assert.deepEqual(roundTrip(field(0, 1, "float32List"), { it: Float32Array.of(1.5, 2) }), {
    it: [1.5, 2],
  });
});

test("capabilities are exported and wrapped by position", () => {
  class Wrapped {
    constructor(inner) {
      this.inner = inner;
    }
  }
  const type = {
    dataWords: 0,
    pointers: 3,
    read: (s) => [s.capability(0, Wrapped), s.capability(1), s.capabilityList(2, Wrapped)],
    write(s, v) {
      s.setCapability(0, v.first);
      s.setCapability(1, v.second);
      s.setCapabilityList(2, v.list);
    },
  };
  const { bytes, capabilities } = buildMessage(
    type,
    { first: "a", second: null, list: ["b", null, "a"] },
    (value) => `handle of ${value}`,
  );
  assert.deepEqual(capabilities, ["handle of a", "handle of b", "handle of a"]);
  const [first, second, list] = type.read(readMessage(bytes, (position) => position));
  assert.deepEqual(first, new Wrapped(0));
  assert.equal(second, null);
  assert.deepEqual(list, [new Wrapped(1), null, new Wrapped(2)]);
});

test("a value that does not fit names its field", () => {
  const heading = {
    dataWords: 1,
    pointers: 1,
    read() {},
    write(s, v) {
      s.setUint8(0, v.level);
      s.setText(0, v.text);
    },
  };
  const type = {
    dataWords: 0,
    pointers: 1,
    read() {},
    write: (s, v) => s.setStructList(0, heading, v.headings),
  };
  const attempt = (headings) => () => build(type, { headings });
  fails(
    attempt([{ level: 1 }, { level: 256 }]),
    /^headings\[1\]\.level: expected a UInt8, got 256$/,
  );
  fails(attempt([{ level: 1.5 }]), /^headings\[0\]\.level: expected a UInt8, got 1\.5$/);
  fails(attempt([{ level: "1" }]), /^headings\[0\]\.level: expected a UInt8, got string$/);
  fails(attempt([{ text: 5 }]), /^headings\[0\]\.text: expected a text, got 5$/);
  fails(attempt([null]), /^headings\[0\]: expected an object, got null$/);
  fails(attempt("none"), /^headings: expected a list, got string$/);
  fails(
    attempt(Object.freeze([Object.freeze({ level: -1 })])),
    /^headings\[0\]\.level: expected a UInt8, got -1$/,
  );
  fails(() => build(field(1, 0, "bool"), { it: 1 }), /^it: expected a Bool, got 1$/);
  fails(() => build(field(1, 0, "float64"), { it: "1" }), /^it: expected a Float64, got string$/);
  fails(
    () => build(field(1, 0, "enum", ["red", "green"]), { it: "blue" }),
    /^it: expected one of red, green, got "blue"$/,
  );
  fails(() => build(field(0, 1, "data"), { it: [1] }), /^it: expected a Uint8Array, got a list$/);
  fails(
    () => build(field(0, 1, "int8List"), { it: [1, undefined] }),
    /^it\[1\]: expected a number, got undefined$/,
  );
  fails(
    () => build(field(0, 1, "textList"), { it: ["a", undefined] }),
    /^it\[1\]: expected an element, got undefined$/,
  );
});

test("what is no object is no struct", () => {
  const noObjects = [
    ["text", "string"],
    [5, "5"],
    [[1], "a list"],
    [() => {}, "function"],
  ];
  for (const [value, shown] of noObjects) {
    fails(() => build(Point, value), new RegExp(`^expected an object, got ${shown}$`));
    fails(
      () => build(field(0, 1, "struct", Point), { it: value }),
      new RegExp(`^it: expected an object, got ${shown}$`),
    );
    fails(
      () => build(field(0, 1, "structList", Point), { it: [{ x: 1 }, value] }),
      new RegExp(`^it\\[1\\]: expected an object, got ${shown}$`),
    );
  }
  assert.deepEqual(build(Point, null), build(Point, {}));
  assert.deepEqual(build(Point, undefined), build(Point, {}));
});

test("errors of the caller's own pass through", () => {
  const value = {
    get it() {
      throw new RangeError("mine");
    },
  };
  assert.throws(() => build(field(1, 0, "uint8"), value), RangeError);
});

test("a value that contains itself is too deep, not endless", () => {
  const tree = { value: 1 };
  tree.left = tree;
  fails(() => build(Tree, tree), /deeper than 64 pointers/);
  const branch = { children: [] };
  branch.children.push(branch);
  fails(() => build(Tree, branch), /deeper than 64 pointers/);
});

test("a union without a tag is the member that is there", () => {
  const type = {
    dataWords: 1,
    pointers: 0,
    names: ["none", "count"],
    read(s) {
      const v = { which: s.enum(0, type.names) };
      if (v.which === "count") v.count = s.uint16(2);
      return v;
    },
    write(s, v) {
      if (s.setWhich(0, type.names, v) === 1) s.setUint16(2, v.count);
    },
  };
  assert.deepEqual(roundTrip(type, { count: 5 }), { which: "count", count: 5 });
  assert.deepEqual(roundTrip(type, { which: "none", count: 5 }), { which: "none" });
  assert.deepEqual(roundTrip(type, {}), { which: "none" });
  fails(() => build(type, { which: "nope" }), /^which: expected one of none, count, got "nope"$/);
});

test("what is built, the schema compiler's tool decodes", () => {
  const text = capnp(
    ["decode", "--short", schema, "Tree"],
    build(Tree, { value: 1, left: { value: -2 }, children: [{ value: 3 }] }),
  );
  assert.match(String(text), /^\(value = 1, left = \(value = -2, .*children = \[\(value = 3.*\]/);
});
