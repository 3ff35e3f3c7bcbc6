// Unions and groups of generated JavaScript, against the schema compiler's tool in both directions.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const { CODEC, MODULE, SCHEMA } = process.env;

const folder = mkdtempSync(join(process.env.TEST_TMPDIR ?? tmpdir(), "unions-"));
mkdirSync(join(folder, "node_modules/troop"), { recursive: true });
writeFileSync(join(folder, "node_modules/troop/package.json"), '{ "main": "troop.mjs" }');
writeFileSync(
  join(folder, "node_modules/troop/troop.mjs"),
  "export class Capability {}\nexport class Target {}\n",
);
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
for (const file of CODEC.split(" ")) copyFileSync(resolve(file), join(folder, basename(file)));
copyFileSync(resolve(MODULE), join(folder, "unions.troop.js"));
const load = (name) => import(pathToFileURL(join(folder, name)));
const { MessageError } = await load("message.js");
const { buildMessage } = await load("message-builder.js");
const { readMessage } = await load("message-reader.js");
const unions = await load("unions.troop.js");

const build = (type, value) => buildMessage(unions[type], value, () => 0).bytes;
const read = (type, bytes) => unions[type].read(readMessage(new Uint8Array(bytes), () => null));
const capnp = (command, type, input) =>
  execFileSync("capnp", [...command.split(" "), SCHEMA, type], { input });

// Whole values, as reading gives them, and how the tool writes them.
const green = { which: "styled", styled: { width: 9, which: "colour", colour: "green" } };
const same = [
  ["Figure", { which: "nothing" }, "(nothing = void)"],
  ["Figure", { which: "circle", circle: { radius: 1.5 } }, "(circle = (radius = 1.5))"],
  ["Figure", green, '(styled = (width = 9, colour = "green"))'],
  [
    "Newer",
    { name: "n", which: "pair", pair: { first: "f", second: -7n } },
    '(name = "n", pair = (first = "f", second = -7))',
  ],
  [
    "Figures",
    {
      figures: [{ which: "nothing" }, green],
      preset: { which: "styled", styled: { width: 3, which: "colour", colour: "blue" } },
      frame: { margin: 4, which: "closed", closed: { which: "circle", circle: { radius: 2 } } },
    },
    '(figures = [(nothing = void), (styled = (width = 9, colour = "green"))], ' +
      'preset = (styled = (width = 3, colour = "blue")), ' +
      "frame = (margin = 4, closed = (circle = (radius = 2))))",
  ],
  [
    "Painter.paint$Params",
    { figure: green, newer: { name: "", which: "text", text: "t" } },
    '(figure = (styled = (width = 9, colour = "green")), newer = (text = "t"))',
  ],
];

for (const [type, value, text] of same) {
  const name = type === "Painter.paint$Params" ? "Painter_PaintParams" : type;
  if (name !== type) {
    test(`${type} come back as they went in`, () => {
      assert.deepEqual(read(name, build(name, value)), value);
    });
    continue;
  }
  test(`${type} is what the tool makes of ${text}`, () => {
    const decoded = capnp("decode --short", type, build(name, value)).toString();
    assert.equal(decoded, `${text}\n`);
    assert.deepEqual(read(name, capnp("encode", type, text)), value);
  });
}

test("a union has one member: the one that which names, else the first that is there", () => {
  const both = { text: "kept", pair: { first: "left behind" } };
  assert.deepEqual(read("Newer", build("Newer", both)), { name: "", which: "text", text: "kept" });
  const named = read("Newer", build("Newer", { ...both, which: "pair" }));
  assert.deepEqual(named, { name: "", which: "pair", pair: { first: "left behind", second: 0n } });
  const value = read("Newer", build("Newer", { text: "old" }));
  const changed = read("Newer", build("Newer", { ...value, which: "number", number: 5 }));
  assert.deepEqual(changed, { name: "", which: "number", number: 5 });
});

test("without anything a union has its first member, and groups their defaults", () => {
  assert.deepEqual(read("Figure", build("Figure", {})), { which: "nothing" });
  assert.deepEqual(read("Figure", build("Figure", { which: "styled" })), {
    which: "styled",
    styled: { width: 0, which: "plain" },
  });
  assert.deepEqual(read("Figures", build("Figures", {})), {
    figures: [],
    preset: { which: "styled", styled: { width: 3, which: "colour", colour: "blue" } },
    frame: { margin: -1, which: "open" },
  });
});

test("a member of a newer schema is a number, and stays what it is", () => {
  const bytes = build("Newer", { name: "n", pair: { second: 5 } });
  const older = read("Older", bytes);
  assert.deepEqual(older, { name: "n", which: 2 });
  assert.deepEqual(read("Newer", build("Older", older)), {
    name: "n",
    which: "pair",
    pair: { first: "", second: 0n },
  });
});

test("a member that there is not is named, with those that there are", () => {
  assert.throws(
    () => build("Figures", { figures: [{ which: "square" }] }),
    (error) =>
      error instanceof MessageError &&
      error.message ===
        'figures[0].which: expected one of nothing, circle, styled, got "square"',
  );
  assert.throws(() => build("Figures", { frame: { closed: { styled: { colour: 5 } } } }), {
    message: "frame.closed.styled.colour: expected a text, got 5",
  });
});
