// AnyPointers of generated JavaScript: values of each type, against the schema compiler's tool, and
// copies of what nobody knows the type of.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const { CODEC, MODULE, SCHEMA } = process.env;

const folder = mkdtempSync(join(process.env.TEST_TMPDIR ?? tmpdir(), "any-pointer-"));
mkdirSync(join(folder, "node_modules/troop"), { recursive: true });
writeFileSync(join(folder, "node_modules/troop/package.json"), '{ "main": "troop.mjs" }');
writeFileSync(
  join(folder, "node_modules/troop/troop.mjs"),
  "export class Capability { constructor(of) { this.of = of.of ?? of; } }\n" +
    "export class Target {}\n" +
    "export const pipelined = (call) => call;\n",
);
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
for (const file of CODEC.split(" ")) copyFileSync(resolve(file), join(folder, basename(file)));
copyFileSync(resolve(MODULE), join(folder, "generics.troop.js"));
const load = (name) => import(pathToFileURL(join(folder, name)));
const { AnyPointer } = await load("any-pointer.js");
const { MessageError } = await load("message.js");
const { buildMessage } = await load("message-builder.js");
const { readMessage } = await load("message-reader.js");
const { Atlas, Holder, Map, Point, Points } = await load("generics.troop.js");

const build = (type, value) => {
  const { bytes, capabilities } = buildMessage(type, value, (capability) => capability);
  return { bytes: bytes.slice(), capabilities };
};
const read = (type, { bytes, capabilities }) =>
  type.read(readMessage(new Uint8Array(bytes), (i) => capabilities[i]));
const holding = (value) => build(Holder, { anything: value });

const samples = [
  [Point, { x: 1, y: -2 }],
  [String, "text"],
  [Uint8Array, Uint8Array.of(1, 2)],
  [["int16"], [1, -2]],
  [["bool"], [true, false, true]],
  [["void"], [null, null]],
  [[String], ["a", "", "b"]],
  [[Point], [{ x: 1, y: 0 }, { x: 0, y: 2 }]],
  [[[["float64"]]], [[[1.5], []], []]],
];

test("a value comes back as what it was made of, however often it is copied", () => {
  for (const [type, value] of samples) {
    const made = new AnyPointer(type, value);
    assert.deepEqual(made.as(type), value);
    const once = read(Holder, holding(made)).anything;
    assert.deepEqual(once.as(type), value);
    const twice = read(Holder, holding(once)).anything;
    assert.deepEqual(twice.as(type), value);
    assert.deepEqual(holding(once), holding(made));
  }
});

test("capabilities inside are kept", () => {
  const one = { of: "one" };
  const two = { of: "two" };
  const made = new AnyPointer([Points], [two, one]);
  const copied = read(Holder, holding(read(Holder, holding(made)).anything)).anything;
  const points = copied.as([Points]);
  assert.ok(points[0] instanceof Points);
  assert.deepEqual(points.map((each) => each.of), ["two", "one"]);
  assert.equal(read(Holder, holding(new AnyPointer(Points, one))).anything.as(Points).of, "one");
});

test("nothing is null", () => {
  assert.equal(read(Holder, holding(null)).anything, null);
  assert.equal(read(Holder, holding(undefined)).anything, null);
});

test("something else than was asked for is refused", () => {
  const text = new AnyPointer(String, "text");
  assert.throws(() => text.as(Point), MessageError);
  assert.throws(() => read(Holder, holding(text)).anything.as(Point), MessageError);
  assert.throws(() => new AnyPointer("text", String), TypeError);
  assert.throws(() => holding("text"), /^MessageError: anything: expected an AnyPointer/);
  assert.throws(
    () => build(Holder, { name: 3, anything: text }),
    /^MessageError: name: expected a text/,
  );
});

test("type parameters are written as what they are bound to", () => {
  const capnp = (command, input) =>
    execFileSync("capnp", [...command.split(" "), SCHEMA, "Atlas"], { input });
  const any = (type, value) => new AnyPointer(type, value);
  const places = { entries: [{ key: any(String, "home"), value: any(Point, { x: 3, y: -4 }) }] };
  const nested = { entries: [{ key: any(String, "city"), value: any(Map, places) }] };
  const text =
    '(places = (entries = [(key = "home", value = (x = 3, y = -4))]), ' +
    'nested = (entries = [(key = "city", value = ' +
    '(entries = [(key = "home", value = (x = 3, y = -4))]))]))';
  const { bytes } = build(Atlas, { places, nested });
  assert.equal(capnp("decode --short", bytes).toString().trim(), text);
  const atlas = read(Atlas, { bytes: capnp("encode", text), capabilities: [] });
  const city = atlas.nested.entries[0].value.as(Map);
  assert.deepEqual(city.entries[0].value.as(Point), { x: 3, y: -4 });
});
