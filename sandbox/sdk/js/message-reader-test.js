// Tests of message-reader.js under node, against the encoding itself: bytes laid out by hand,
// messages of the schema compiler's tool, and bytes that nobody should have made.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageError } from "./message.js";
import { readMessage } from "./message-reader.js";
import {
  Empty,
  Point,
  Text,
  Tree,
  build,
  capnp,
  doubleFarPointer,
  fails,
  farPointer,
  field,
  listPointer,
  message,
  noCapabilities,
  read,
  roundTrip,
  schema,
  structPointer,
  word,
} from "./testing/messages.js";

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
    read: (s) => ({ it: s.int32(0), more: s.int64(8, 7n), text: s.text(0) }),
    write(s, v) {
      s.setInt32(0, v.it);
      s.setInt64(8, v.more, 7n);
      s.setText(0, v.text);
    },
  };
  assert.deepEqual(read(New, build(Old, { it: 5 })), { it: 5, more: 7n, text: "" });
  assert.deepEqual(read(Old, build(New, { it: 5, more: 6n, text: "x" })), { it: 5 });
  const olds = field(0, 1, "structList", Old);
  const news = field(0, 1, "structList", New);
  assert.deepEqual(read(news, build(olds, { it: [{ it: 1 }, { it: 2 }] })), {
    it: [
      { it: 1, more: 7n, text: "" },
      { it: 2, more: 7n, text: "" },
    ],
  });
  assert.deepEqual(
    read(
      olds,
      build(news, {
        it: [
          { it: 1, more: 0n, text: "a" },
          { it: 2, more: 0n, text: "b" },
        ],
      }),
    ),
    { it: [{ it: 1 }, { it: 2 }] },
  );
});

test("lists of numbers, pointers and structs stand for each other if they begin alike", () => {
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
