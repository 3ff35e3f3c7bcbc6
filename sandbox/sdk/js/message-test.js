// Tests of message.js under node, against the encoding itself: bytes laid out by hand, other
// messages that the schema compiler's tool makes or reads, and bytes that nobody should have made.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { MessageError, buildMessage, readMessage } from "./message.js";

const schema = process.env.SCHEMA ?? "proxy/compiler/testdata/everything.capnp";

// Specs as capnpc-troop writes them.
const Point = {
  dataWords: 1,
  pointers: 0,
  read: (s) => ({ x: s.int32(0), y: s.int32(4) }),
  write(s, v) {
    s.setInt32(0, v.x);
    s.setInt32(4, v.y);
  },
};
const Tree = {
  dataWords: 1,
  pointers: 5,
  read: (s) => ({
    value: s.int32(0),
    left: s.structOrNull(0, Tree),
    right: s.structOrNull(1, Tree),
    children: s.structList(2, Tree),
  }),
  write(s, v) {
    s.setInt32(0, v.value);
    s.setStruct(0, Tree, v.left);
    s.setStruct(1, Tree, v.right);
    s.setStructList(2, Tree, v.children);
  },
};
const Text = {
  dataWords: 0,
  pointers: 1,
  read: (s) => s.text(0),
  write: (s, v) => s.setText(0, v.text),
};
const Empty = { dataWords: 0, pointers: 0, read: () => ({}), write() {} };

const noCapabilities = () => null;
const read = (type, bytes, wrap = noCapabilities) => type.read(readMessage(bytes, wrap));
const build = (type, value) => buildMessage(type, value, () => 0).bytes;
const roundTrip = (type, value) => read(type, build(type, value));

// A type with one field, read and written by the methods named.
const field = (dataWords, pointers, name, ...more) => ({
  dataWords,
  pointers,
  read: (s) => ({ it: s[name](0, ...more) }),
  write: (s, v) => s[`set${name[0].toUpperCase()}${name.slice(1)}`](0, ...insert(more, v.it)),
});
// Enums and structs have their type before the value, masks come after it.
const insert = (more, value) =>
  typeof more[0] === "object" ? [more[0], value, ...more.slice(1)] : [value, ...more];

// A framed message of segments given as words: numbers are [low, high] halves.
function message(...segments) {
  const table = [segments.length - 1, ...segments.map((words) => words.length)];
  if (table.length % 2 === 1) table.push(0);
  return new Uint8Array(Uint32Array.from([...table, ...segments.flat(2)]).buffer);
}
const structPointer = (offset, dataWords, pointers) => [
  (offset << 2) >>> 0,
  dataWords | (pointers << 16),
];
const listPointer = (offset, size, count) => [((offset << 2) | 1) >>> 0, (count << 3) | size];
const farPointer = (offset, segment) => [(offset << 3) | 2, segment];
const doubleFarPointer = (offset, segment) => [(offset << 3) | 6, segment];
const word = (low, high = 0) => [low >>> 0, high >>> 0];

const fails = (action, pattern) =>
  assert.throws(action, (error) => {
    assert.ok(error instanceof MessageError, `${error.stack}`);
    assert.equal(error.kind, "failed");
    assert.equal(error.detail, "badMessage");
    assert.match(error.message, pattern);
    return true;
  });

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

test("data is a copy of the message's bytes", () => {
  const type = field(0, 1, "data");
  const bytes = build(type, { it: Uint8Array.of(1, 2, 3) });
  const { it } = read(type, bytes);
  bytes.fill(0);
  assert.deepEqual(it, Uint8Array.of(1, 2, 3));
});

test("a message may begin anywhere in its buffer", () => {
  const bytes = build(Text, { text: "hello" });
  const buffer = new Uint8Array(bytes.length + 5);
  buffer.set(bytes, 3);
  assert.equal(read(Text, buffer.subarray(3, 3 + bytes.length)), "hello");
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
    write: (s, v) => s.setNestedList(0, v, (e, x) => e.setInt32List(0, x)),
  };
  assert.deepEqual(roundTrip(grid, [[1, 2], [], [-3]]), [[1, 2], [], [-3]]);
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
      s.setCapability(0, v[0]);
      s.setCapability(1, v[1]);
      s.setCapabilityList(2, v[2]);
    },
  };
  const { bytes, capabilities } = buildMessage(
    type,
    ["a", null, ["b", null, "a"]],
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

test("far pointers lead to other segments", () => {
  const hello = [0x6c6c6568, 0x6f]; // "hello", NUL
  assert.equal(
    read(Text, message([structPointer(0, 0, 1), farPointer(0, 1)], [listPointer(0, 2, 6), hello])),
    "hello",
  );
  // A double-far pointer: its landing pad, in a third segment, says where the bytes are and what
  // they are.
  const landing = [farPointer(1, 1), listPointer(0, 2, 6)];
  assert.equal(
    read(
      Text,
      message([structPointer(0, 0, 1), doubleFarPointer(0, 2)], [word(0), hello], landing),
    ),
    "hello",
  );
  // The root pointer itself can be one, and pointers inside what it leads to are relative to their
  // own segment.
  assert.equal(
    read(Text, message([farPointer(0, 1)], [structPointer(0, 0, 1), listPointer(0, 2, 6), hello])),
    "hello",
  );
});

test("malformed far pointers fail", () => {
  const at =
    (pointer, ...more) =>
    () =>
      read(Text, message([structPointer(0, 0, 1), pointer], ...more));
  fails(at(farPointer(0, 7)), /there is no segment 7/);
  fails(at(farPointer(3, 1), [word(0)]), /out of the message/);
  fails(at(doubleFarPointer(0, 1), [word(0)]), /out of the message/);
  fails(at(doubleFarPointer(0, 1), [listPointer(0, 2, 1), word(0)]), /landing pad is malformed/);
  fails(at(farPointer(0, 1), [farPointer(0, 0)]), /text or data was expected/);
  fails(at(doubleFarPointer(0, 1), [farPointer(9, 0), listPointer(0, 2, 1)]), /out of the message/);
});

test("pointers out of their segment fail", () => {
  const text = (pointer) => () =>
    read(Text, message([structPointer(0, 0, 1), pointer], [word(0), word(0)]));
  fails(text(listPointer(0, 2, 1)), /out of the message/);
  fails(text(listPointer(-5, 2, 1)), /out of the message/);
  fails(text(listPointer(536870911, 2, 1)), /out of the message/);
  fails(text(listPointer(-1, 2, 536870911)), /out of the message/);
  fails(() => read(Point, message([structPointer(0, 1, 0)])), /out of the message/);
  fails(
    () => read(Point, message([structPointer(0, 65535, 65535), word(0)])),
    /out of the message/,
  );
});

test("pointers to something else fail", () => {
  fails(() => read(Point, message([listPointer(0, 2, 1), word(0)])), /a struct was expected/);
  fails(
    () => read(Text, message([structPointer(0, 0, 1), structPointer(-1, 0, 0)])),
    /text or data was expected/,
  );
  fails(
    () => read(Text, message([structPointer(0, 0, 1), listPointer(0, 3, 1), word(0)])),
    /text or data was expected/,
  );
  fails(
    () => read(Text, message([structPointer(0, 0, 1), listPointer(0, 2, 1), word(65)])),
    /no NUL/,
  );
  fails(() => read(Text, message([structPointer(0, 0, 1), listPointer(0, 2, 0)])), /no NUL/);
  const capability = field(0, 1, "capability");
  fails(
    () => read(capability, message([structPointer(0, 0, 1), listPointer(0, 2, 0)])),
    /a capability was expected/,
  );
  const list = field(0, 1, "structList", Point);
  fails(() => read(list, message([structPointer(0, 0, 1), word(3, 1)])), /a list was expected/);
});

test("framing is checked", () => {
  const from =
    (...halves) =>
    () =>
      read(Point, new Uint8Array(Uint32Array.from(halves).buffer));
  fails(() => read(Point, new Uint8Array(0)), /has no segment table/);
  fails(() => read(Point, new Uint8Array(7)), /has no segment table/);
  fails(from(0xffffffff, 0), /4294967296 segments/);
  fails(from(512, 0), /513 segments; 512 are allowed/);
  fails(from(7, 0), /ends inside its segment table/);
  fails(from(0, 1), /shorter than its segment table says/);
  fails(from(0, 0xffffffff, 0, 0), /shorter than its segment table says/);
  fails(from(0, 0), /has no root/);
  assert.deepEqual(from(0, 1, 0, 0)(), { x: 0, y: 0 });
});

test("a message of zero-sized elements costs what it may visit, no more", () => {
  const voids = field(0, 1, "voidList");
  fails(
    () => read(voids, message([structPointer(0, 0, 1), listPointer(0, 0, 536870911)])),
    /more of the message/,
  );
  const structs = field(0, 1, "structList", Empty);
  const tag = [(536870911 << 2) >>> 0, 0];
  fails(
    () => read(structs, message([structPointer(0, 0, 1), listPointer(0, 7, 0), tag])),
    /more of the message/,
  );
});

test("a message that shows the same bytes again and again is cut off", () => {
  // Every element of the list is a tree whose children are the same list.
  const count = 100;
  const words = [
    structPointer(0, 1, 5),
    word(1),
    word(0),
    word(0),
    listPointer(2, 7, count * 6),
    word(0),
    word(0),
  ];
  words.push([count << 2, 1 | (5 << 16)]);
  const first = words.length;
  for (let i = 0; i < count; i++) {
    words.push(word(i), word(0), word(0), listPointer(0, 7, count * 6), word(0), word(0));
    words[first + i * 6 + 3] = listPointer(first - 1 - (first + i * 6 + 3) - 1, 7, count * 6);
  }
  fails(() => read(Tree, message(words)), /more of the message|deeper than/);
});

test("a chain of pointers is followed 64 deep", () => {
  const chain = (depth) => {
    let tree = { value: depth };
    for (let i = 1; i < depth; i++) tree = { value: 0, left: tree };
    return tree;
  };
  const depthOf = (tree) => (tree === null ? 0 : 1 + depthOf(tree.left));
  assert.equal(depthOf(roundTrip(Tree, chain(64))), 64);
  fails(() => build(Tree, chain(65)), /deeper than 64/);
  // A pointer to its own struct.
  const loop = [
    structPointer(0, 1, 5),
    word(1),
    structPointer(-2, 1, 5),
    word(0),
    word(0),
    word(0),
    word(0),
  ];
  fails(() => read(Tree, message(loop)), /deeper than 64/);
});

test("older and newer structs are read", () => {
  const Old = field(1, 0, "int32");
  const New = {
    dataWords: 2,
    pointers: 1,
    read: (s) => [s.int32(0), s.int64(8, 7n), s.text(0)],
    write(s, v) {
      s.setInt32(0, v[0]);
      s.setInt64(8, v[1], 7n);
      s.setText(0, v[2]);
    },
  };
  assert.deepEqual(read(New, build(Old, { it: 5 })), [5, 7n, ""]);
  assert.deepEqual(read(Old, build(New, [5, 6n, "x"])), { it: 5 });
  const olds = field(0, 1, "structList", Old);
  const news = field(0, 1, "structList", New);
  assert.deepEqual(read(news, build(olds, { it: [{ it: 1 }, { it: 2 }] })), {
    it: [
      [1, 7n, ""],
      [2, 7n, ""],
    ],
  });
  assert.deepEqual(
    read(
      olds,
      build(news, {
        it: [
          [1, 0n, "a"],
          [2, 0n, "b"],
        ],
      }),
    ),
    { it: [{ it: 1 }, { it: 2 }] },
  );
});

test("lists of numbers, pointers and structs stand for each other where their beginnings agree", () => {
  const structs = (type) => field(0, 1, "structList", type);
  const First16 = { ...Empty, read: (s) => [s.uint16(0), s.uint32(0), s.uint8(0)] };
  // A field that does not fit into the small element is its default.
  assert.deepEqual(read(structs(First16), build(field(0, 1, "uint16List"), { it: [0x102, 3] })), {
    it: [
      [0x102, 0, 2],
      [3, 0, 3],
    ],
  });
  const FirstText = { ...Empty, read: (s) => s.text(0) };
  assert.deepEqual(read(structs(FirstText), build(field(0, 1, "textList"), { it: ["a", "b"] })), {
    it: ["a", "b"],
  });
  const points = build(structs(Point), {
    it: [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ],
  });
  assert.deepEqual(read(field(0, 1, "int32List"), points), { it: [1, 3] });
  assert.deepEqual(read(field(0, 1, "int8List"), points), { it: [1, 3] });
  fails(() => read(field(0, 1, "boolList"), points), /do not begin with the type expected/);
  fails(() => read(field(0, 1, "textList"), points), /do not begin with the type expected/);
  const texts = build(structs(Text), { it: [{ text: "a" }, { text: "b" }] });
  assert.deepEqual(read(field(0, 1, "textList"), texts), { it: ["a", "b"] });
  fails(() => read(field(0, 1, "int32List"), texts), /do not begin with the type expected/);
  const bits = build(field(0, 1, "boolList"), { it: [true] });
  fails(() => read(structs(Point), bits), /of another type/);
  fails(() => read(field(0, 1, "int8List"), bits), /of another type/);
  const bytes = build(field(0, 1, "uint8List"), { it: [1, 2] });
  fails(() => read(field(0, 1, "uint16List"), bytes), /of another type/);
  fails(() => read(field(0, 1, "textList"), bytes), /of another type/);
  fails(
    () => read(field(0, 1, "int64List"), build(field(0, 1, "textList"), { it: ["a"] })),
    /of another type/,
  );
});

test("struct lists with malformed tags fail", () => {
  const list = field(0, 1, "structList", Point);
  const at =
    (pointer, ...words) =>
    () =>
      read(list, message([structPointer(0, 0, 1), pointer, ...words]));
  fails(at(listPointer(0, 7, 1), [1, 1], word(0)), /malformed tag/);
  fails(at(listPointer(0, 7, 1), [2 << 2, 1], word(0)), /larger than the list/);
  fails(
    at(listPointer(0, 7, 1), [(536870911 << 2) >>> 0, 0xffffffff], word(0)),
    /larger than the list/,
  );
  fails(at(listPointer(0, 7, 5), [0, 0], word(0)), /out of the message/);
  assert.deepEqual(at(listPointer(0, 7, 1), [1 << 2, 1], word(5, 6))(), { it: [{ x: 5, y: 6 }] });
});

// The schema compiler's tool, to and from its text format.
const capnp = (arguments_, input) =>
  execFileSync("capnp", arguments_, { input, stdio: ["pipe", "pipe", "inherit"] });

test("what is built, the schema compiler's tool decodes", () => {
  const text = capnp(
    ["decode", "--short", schema, "Tree"],
    build(Tree, { value: 1, left: { value: -2 }, children: [{ value: 3 }] }),
  );
  assert.match(String(text), /^\(value = 1, left = \(value = -2, .*children = \[\(value = 3.*\]/);
});

test("what the schema compiler's tool encodes is read, in one segment and in many", () => {
  const text =
    "(value = 1, left = (value = -2), children = [(value = 3), (value = 4, right = (value = 5))])";
  const expected = {
    value: 1,
    left: { value: -2, left: null, right: null, children: [] },
    right: null,
    children: [
      { value: 3, left: null, right: null, children: [] },
      {
        value: 4,
        left: null,
        right: { value: 5, left: null, right: null, children: [] },
        children: [],
      },
    ],
  };
  for (const segment of [[], ["--segment-size=1"], ["--segment-size=3"], ["--segment-size=8"]]) {
    const bytes = new Uint8Array(capnp(["encode", ...segment, schema, "Tree"], text));
    assert.deepEqual(read(Tree, bytes), expected);
  }
});

// Numbers that look random, the same for the same seed.
function* random(seed) {
  for (let state = seed >>> 0; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

test("damaged messages are read, or fail as messages do", () => {
  const seed = Number(process.env.SEED ?? 1);
  console.log(`seed ${seed}`);
  const numbers = random(seed);
  const next = (limit) => numbers.next().value % limit;
  const text =
    "(value = 1, left = (value = 2, children = [(value = 3), (value = 4)]), right = (value = 5))";
  const originals = ["--segment-size=1", "--segment-size=4", "--segment-size=64"].map((size) =>
    capnp(["encode", size, schema, "Tree"], text),
  );
  let failed = 0;
  const rounds = 5_000;
  for (let round = 0; round < rounds; round++) {
    const bytes = new Uint8Array(originals[next(originals.length)]);
    for (let damage = 0; damage <= next(4); damage++) bytes[next(bytes.length)] = next(256);
    const part = next(8) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes;
    try {
      // A small allowance: what is tested is that there is one, not how long it takes to use it up.
      Tree.read(readMessage(part, noCapabilities, 1 << 12));
    } catch (error) {
      assert.ok(error instanceof MessageError, `round ${round}: ${error.stack}`);
      failed++;
    }
  }
  assert.ok(failed > rounds / 10 && failed < rounds, `${failed} of ${rounds} failed`);
});
