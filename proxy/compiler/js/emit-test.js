// Tests of generated JavaScript modules under node: with the schema compiler's tool, and with what
// is generated for C++. Capabilities are stood in for: what guests do with them is tested with the
// engine.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const { CODEC, INTEROP, MODULES, SCHEMA } = process.env;

// The modules, and what they import as "troop".
const folder = mkdtempSync(join(process.env.TEST_TMPDIR ?? tmpdir(), "modules-"));
const troopModule = `
  export class Capability {
    constructor(source) { this.source = source instanceof Capability ? source.source : source; }
    $call(interfaceId, method, params, value, results) {
      return Object.assign(Promise.resolve(), {
        made: { on: this.source, interfaceId, method, params, value, results },
        $pipeline: (path) => new Capability({ path }),
      });
    }
  }
  export class Target {}
  export const pipelined = (call, getters) => {
    for (const [name, get] of Object.entries(getters)) Object.defineProperty(call, name, { get });
    return call;
  };
`;
mkdirSync(join(folder, "node_modules/troop"), { recursive: true });
writeFileSync(join(folder, "node_modules/troop/package.json"), '{ "main": "troop.mjs" }');
writeFileSync(join(folder, "node_modules/troop/troop.mjs"), troopModule);
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
for (const file of CODEC.split(" ")) copyFileSync(resolve(file), join(folder, basename(file)));
for (const name of ["everything", "shared"]) {
  copyFileSync(resolve(MODULES, `${name}.troop.js`), join(folder, `${name}.troop.js`));
}
const load = (name) => import(pathToFileURL(join(folder, name)));
const { MessageError } = await load("message.js");
const { buildMessage } = await load("message-builder.js");
const { readMessage } = await load("message-reader.js");
const everything = await load("everything.troop.js");
const shared = await load("shared.troop.js");

const read = (type, bytes) => everything[type].read(readMessage(new Uint8Array(bytes), () => null));
const build = (type, value) => buildMessage(everything[type], value, () => 0).bytes;

const leaf = {
  value: 7,
  left: null,
  right: null,
  children: [],
  through: null,
  more: { tree: null },
};
const branch = { ...leaf, value: 2, left: leaf, children: [leaf, leaf] };
const circle = { name: "c", which: "circle", circle: 1.5 };
const deep = { number: 5, kind: "fancy" };

// What testdata/samples.cc has, too.
const samples = {
  Scalars: {
    flag: true,
    tiny: -128,
    small: -32768,
    medium: -2147483648,
    large: -9223372036854775808n,
    byte: 255,
    unsignedSmall: 65535,
    unsignedMedium: 4294967295,
    unsignedLarge: 18446744073709551615n,
    single: -1.5,
    double: 0.1,
    color: "deepBlue",
    otherFlag: true,
    text: 'ünïcode "text"',
    data: Uint8Array.of(0, 1, 0xff),
  },
  Defaults: {
    flag: false,
    tiny: 1,
    small: 2,
    medium: 3,
    large: 4n,
    byte: 5,
    unsignedSmall: 6,
    unsignedMedium: 7,
    unsignedLarge: 8n,
    single: 0.5,
    double: 2.25,
    endless: 1,
    noNumber: 2,
    color: "red",
    text: "",
    data: Uint8Array.of(),
    numbers: [],
    words: ["other"],
    grid: [[-1]],
    point: { x: 1, y: 2 },
    points: [],
    shape: { name: "label", which: "label", label: "text" },
    switches: [],
    colors: ["new"],
    blobs: [],
    nothings: [],
    negativeZero: 0,
  },
  Lists: {
    nothings: [null, null, null],
    flags: [true, false, true, true, false, false, true, false, true],
    tinies: [-1, -128, 127],
    smalls: [-1, -32768],
    mediums: [-1, -2147483648],
    larges: [-1n, -9223372036854775808n],
    bytes: [0, 255],
    unsignedSmalls: [0, 65535],
    unsignedMediums: [0, 4294967295],
    unsignedLarges: [0n, 18446744073709551615n],
    singles: [0.5, -Infinity],
    doubles: [0.1, Infinity],
    colors: ["green", "new"],
    texts: ["", "one", "zwei ü"],
    datas: [Uint8Array.of(), Uint8Array.of(7)],
    points: [
      { x: 1, y: -1 },
      { x: 0, y: 0 },
    ],
    empties: [{}, {}],
    grid: [[1, 2], [], [-3]],
    cube: [[["a", "b"], []], [], [["c"]]],
    shapes: [[circle], []],
    flagRows: [[true, false], []],
    colorRows: [[], ["deepBlue"]],
  },
  Shape: {
    name: "outer",
    which: "nested",
    nested: { name: "inner", which: "box", box: { corner: { x: -5, y: 6 }, width: 7, height: 1 } },
  },
  Groups: {
    address: { street: "High Street", place: { city: "Town", code: 4711 } },
    kind: { which: "person", person: { age: 33, mood: { which: "bad", bad: "rain" } } },
  },
  Tree: {
    value: 1,
    left: branch,
    right: null,
    children: [branch],
    through: { tree: leaf, trees: [[leaf], []] },
    more: { tree: leaf },
  },
  Outer: { inner: { word: "word", deep }, deeps: [deep, { number: 0, kind: "plain" }] },
  Keywords: {
    class: 1,
    new: "new",
    delete: true,
    namespace: "namespace",
    default: 2,
    read: "read",
    write: "write",
    which_: "which",
    dataWords: 3,
    pointers: 4,
    value: 5,
    reader: "reader",
    builder: "builder",
    constructor: "constructor",
    unix: 6,
    errno: 7,
    this: 8,
    function: 9,
    std: 10,
    troop: 11,
    bool: true,
    which: "switch",
    switch: "switch",
  },
};

const capnp = (command, options, type, input) =>
  execFileSync("capnp", [command, ...options, SCHEMA, type], { input });

for (const [type, sample] of Object.entries(samples)) {
  test(`${type} come back as they went in`, () => {
    assert.deepEqual(read(type, build(type, sample)), sample);
  });

  test(`${type} are what the schema compiler's tool makes of them`, () => {
    const text = capnp("decode", ["--short"], type, build(type, sample));
    for (const options of [[], ["--segment-size=1"], ["--segment-size=7"]]) {
      assert.deepEqual(read(type, capnp("encode", options, type, text)), sample);
    }
  });

  test(`${type} that C++ writes are read`, () => {
    assert.deepEqual(read(type, execFileSync(INTEROP, ["write", type])), sample);
  });

  test(`${type} that are built, C++ reads`, () => {
    const { status, stderr } = spawnSync(INTEROP, ["check", type], { input: build(type, sample) });
    assert.equal(status, 0, `C++ reads something else. ${stderr}`);
  });
}

test("C++ notices what is different", () => {
  const input = build("Groups", { ...samples.Groups, address: {} });
  assert.equal(spawnSync(INTEROP, ["check", "Groups"], { input }).status, 1);
});

const defaults = {
  flag: true,
  tiny: -128,
  small: -32768,
  medium: -2147483648,
  large: -9223372036854775808n,
  byte: 255,
  unsignedSmall: 65535,
  unsignedMedium: 4294967295,
  unsignedLarge: 18446744073709551615n,
  single: Math.fround(0.1),
  double: -1.5e300,
  endless: Infinity,
  noNumber: NaN,
  color: "green",
  text: 'quotes " and \\ and\nlines and ünïcode ??/',
  data: Uint8Array.of(0, 255, 16),
  numbers: [1, -2, 3],
  words: ["one", "two"],
  grid: [[1.5], [], [2, -0.25]],
  point: { x: 3, y: -4 },
  points: [
    { x: 1, y: 0 },
    { x: 0, y: 2 },
  ],
  shape: { name: "disc", which: "circle", circle: 2.5 },
  switches: [true, false, true],
  colors: ["deepBlue", "red"],
  blobs: [Uint8Array.of(1), Uint8Array.of()],
  nothings: [null, null],
  negativeZero: -0,
};

test("what is left out has its default", () => {
  assert.deepEqual(read("Defaults", build("Defaults", {})), defaults);
  assert.deepEqual(read("Defaults", capnp("encode", [], "Defaults", "()")), defaults);
  assert.deepEqual(read("Groups", build("Groups", {})), {
    address: { street: "", place: { city: "", code: 0 } },
    kind: { which: "unknown" },
  });
  assert.deepEqual(read("Outer", build("Outer", {})), {
    inner: { word: "", deep: { number: 0, kind: "plain" } },
    deeps: [],
  });
});

test("numbers that are defaults are zero in messages", () => {
  const bytes = build("Defaults", defaults);
  const dataBegin = 8 + 8;
  const data = bytes.subarray(dataBegin, dataBegin + everything.Defaults.dataWords * 8);
  assert.ok(data.every((byte) => byte === 0));
});

test("constants are what the schema says", () => {
  assert.equal(everything.answer, 42);
  assert.equal(everything.pi, 3.141592653589793);
  assert.equal(everything.greeting, "hello\0there");
  assert.deepEqual(everything.blob, Uint8Array.of(0xde, 0xad));
  assert.equal(everything.favourite, "deepBlue");
  assert.deepEqual(everything.primes, [2, 3, 5]);
  assert.deepEqual(everything.disc, { name: "d", which: "circle", circle: 1 });
  assert.equal(everything.yes, true);
  assert.equal(everything.small, -9223372036854775808n);
  assert.equal(everything.Outer.Inner.limit, 12);
  assert.deepEqual(everything.Outer.origin, { x: 1, y: 2 });
});

test("unknown enumerants and members of unions are numbers, and stay what they are", () => {
  const value = { ...samples.Scalars, color: 77 };
  assert.deepEqual(read("Scalars", build("Scalars", value)), value);
  const shape = { name: "n", which: 77 };
  assert.deepEqual(read("Shape", build("Shape", shape)), shape);
});

test("mistakes are named by their place", () => {
  const attempt = (type, value) => () => build(type, value);
  const fails = (action, message) =>
    assert.throws(action, (error) => error instanceof MessageError && error.message === message);
  fails(attempt("Scalars", { tiny: 200 }), "tiny: expected an Int8, got 200");
  fails(
    attempt("Groups", { address: { place: { code: -1 } } }),
    "address.place.code: expected a UInt32, got -1",
  );
  fails(attempt("Lists", { cube: [[["a"], [5]]] }), "cube[0][1][0]: expected a text, got 5");
  fails(
    attempt("Shape", { which: "disc" }),
    'which: expected one of nothing, circle, polygon, box, label, nested, got "disc"',
  );
  fails(
    attempt("Tree", { children: [{ left: { value: "one" } }] }),
    "children[0].left.value: expected an Int32, got string",
  );
});

test("a proxy makes calls of the methods that the schema declares", () => {
  const calculator = new everything.Calculator("somewhere");
  const { made } = calculator.add({ left: 1n, right: 2n });
  assert.equal(made.on, "somewhere");
  assert.equal(made.interfaceId, everything.Calculator.interfaceId);
  assert.equal(made.method, 0);
  assert.equal(made.params, everything.Calculator_AddParams);
  assert.deepEqual(made.value, { left: 1n, right: 2n });
  assert.equal(made.results, everything.Calculator_AddResults);
  assert.equal(calculator.measure({}).made.params, everything.Shape);
  assert.equal(calculator.measure({}).made.results, everything.Scalars);
  assert.equal(calculator.delete({}).made.method, 6);
});

test("a proxy has the methods of all that its interface extends", () => {
  const book = new everything.Book("book");
  assert.ok(book instanceof everything.Sized);
  const made = (call) => [call.made.interfaceId, call.made.method];
  assert.deepEqual(made(book.page({})), [everything.Book.interfaceId, 0]);
  assert.deepEqual(made(book.size({})), [everything.Sized.interfaceId, 0]);
  assert.deepEqual(made(book.name({})), [everything.Named.interfaceId, 0]);
  assert.deepEqual(made(book.owner({})), [everything.Owned.interfaceId, 0]);
  assert.deepEqual(made(book.greet({})), [shared.Greeter.interfaceId, 0]);
});

test("a target describes the methods of all that its interface extends", () => {
  const methods = everything.Book.Target.$methods.map(({ interfaceId, method, name }) =>
    [interfaceId, method, name].join(),
  );
  const expected = [
    [everything.Named, "name"],
    [everything.Sized, "size"],
    [everything.Owned, "owner"],
    [shared.Greeter, "greet"],
    [everything.Book, "page"],
  ].map(([type, name]) => [type.interfaceId, 0, name].join());
  assert.deepEqual(new Set(methods), new Set(expected));
  for (const { params, results } of everything.Book.Target.$methods) {
    assert.equal(typeof params.read, "function");
    assert.equal(typeof results.write, "function");
  }
});

test("calls are pipelined along the pointers that lead to capabilities", () => {
  const path = (capability) => capability.source.path;
  const store = new everything.Store("store");
  const opened = store.open({});
  assert.ok(opened.document instanceof everything.Document);
  assert.deepEqual(path(opened.document), [0]);
  const { entry } = store.lookUp({});
  assert.deepEqual(path(entry.document), [0, 0]);
  assert.ok(entry.parent.store instanceof everything.Store);
  assert.deepEqual(path(entry.parent.store), [0, 1]);
  assert.deepEqual(path(entry.next.next.document), [0, 3, 3, 0]);
  const any = store.any({});
  assert.deepEqual(path(any.capability), [0]);
  assert.deepEqual(path(any.then_), [1]);
  assert.ok(store.holder({}).holder.greeter instanceof shared.Greeter);
});

test("capabilities in messages are exported, and become proxies", () => {
  const watcher = new everything.Watcher("watcher");
  const exported = [];
  const { bytes, capabilities } = buildMessage(
    everything.Store_WatchParams,
    { watcher, others: [watcher, null] },
    (capability) => exported.push(capability) - 1,
  );
  assert.deepEqual(capabilities, [0, 1]);
  assert.deepEqual(exported, [watcher, watcher]);
  const params = everything.Store_WatchParams.read(readMessage(bytes, (i) => `number ${i}`));
  assert.ok(params.watcher instanceof everything.Watcher);
  assert.equal(params.watcher.source, "number 0");
  assert.equal(params.others[0].source, "number 1");
  assert.equal(params.others[1], null);
});

test("types of the same name from two files do not mix", () => {
  assert.notEqual(everything.Color, shared.Color);
  assert.deepEqual(shared.Color, ["red", "green", "deepBlue"]);
  assert.equal(everything.Point, undefined);
});

test("damaged messages are read, or fail as messages do", () => {
  let state = Number(process.env.SEED ?? 1);
  console.log(`seed ${state}`);
  const below = (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % limit;
  };
  const framing = 8;
  let failed = 0;
  const rounds = 400;
  for (const [type, sample] of Object.entries(samples)) {
    const original = build(type, sample);
    for (let round = 0; round < rounds; round++) {
      const bytes = original.slice();
      for (let damage = 0; damage <= below(4); damage++) {
        bytes[framing + below(bytes.length - framing)] = below(256);
      }
      try {
        build(type, everything[type].read(readMessage(bytes, () => null, 1 << 14)));
      } catch (error) {
        assert.ok(error instanceof MessageError, `${type}, round ${round}: ${error.stack}`);
        failed++;
      }
    }
  }
  assert.ok(failed > rounds / 2);
});
