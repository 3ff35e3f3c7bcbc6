// What tests of messages are made of: types as capnpc-troop writes them, messages laid out by
// hand, the schema compiler's tool.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { MessageError } from "../message.js";
import { buildMessage } from "../message-builder.js";
import { readMessage } from "../message-reader.js";

export const schema = process.env.SCHEMA ?? "proxy/compiler/testdata/everything.capnp";

// Specs as capnpc-troop writes them.
export const Point = {
  dataWords: 1,
  pointers: 0,
  read: (s) => ({ x: s.int32(0), y: s.int32(4) }),
  write(s, v) {
    s.setInt32(0, v.x);
    s.setInt32(4, v.y);
  },
};
export const Tree = {
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
export const Text = {
  dataWords: 0,
  pointers: 1,
  read: (s) => s.text(0),
  write: (s, v) => s.setText(0, v.text),
};
export const Empty = { dataWords: 0, pointers: 0, read: () => ({}), write() {} };

export const noCapabilities = () => null;
export const read = (type, bytes, wrap = noCapabilities) => type.read(readMessage(bytes, wrap));
export const build = (type, value) => buildMessage(type, value, () => 0).bytes;
export const roundTrip = (type, value) => read(type, build(type, value));

// A type with one field, read and written by the methods named.
export const field = (dataWords, pointers, name, ...more) => ({
  dataWords,
  pointers,
  read: (s) => ({ it: s[name](0, ...more) }),
  write: (s, v) => s[`set${name[0].toUpperCase()}${name.slice(1)}`](0, ...insert(more, v.it)),
});
// Enums and structs have their type before the value, masks come after it.
export const insert = (more, value) =>
  typeof more[0] === "object" ? [more[0], value, ...more.slice(1)] : [value, ...more];

// A framed message of segments given as words: numbers are [low, high] halves.
export function message(...segments) {
  const table = [segments.length - 1, ...segments.map((words) => words.length)];
  if (table.length % 2 === 1) table.push(0);
  return new Uint8Array(Uint32Array.from([...table, ...segments.flat(2)]).buffer);
}
export const structPointer = (offset, dataWords, pointers) => [
  (offset << 2) >>> 0,
  dataWords | (pointers << 16),
];
export const listPointer = (offset, size, count) => [
  ((offset << 2) | 1) >>> 0,
  (count << 3) | size,
];
export const farPointer = (offset, segment) => [(offset << 3) | 2, segment];
export const doubleFarPointer = (offset, segment) => [(offset << 3) | 6, segment];
export const word = (low, high = 0) => [low >>> 0, high >>> 0];

export const fails = (action, pattern) =>
  assert.throws(action, (error) => {
    assert.ok(error instanceof MessageError, `${error.stack}`);
    assert.equal(error.kind, "failed");
    assert.equal(error.detail, "badMessage");
    assert.match(error.message, pattern);
    return true;
  });

// The schema compiler's tool, to and from its text format.
export const capnp = (arguments_, input) =>
  execFileSync("capnp", arguments_, { input, stdio: ["pipe", "pipe", "inherit"] });
