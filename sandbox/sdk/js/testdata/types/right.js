// @ts-check
// What the types of JavaScript plugins must accept, since it works.
import { Capability, Target, TroopError, env } from "troop";
import { Hiding, Outer as Corner } from "./corners.troop.js";
import {
  Book,
  Calculator,
  Color,
  Document,
  Groups,
  Keywords,
  Lists,
  Outer,
  Scalars,
  Shape,
  Store,
  Tree,
  Watcher,
  answer,
  disc,
  small,
} from "./everything.troop.js";
import { Greeter } from "./shared.troop.js";

// A target, with and without promises; a method may answer less than it could.
export default class extends Calculator.Target {
  /** @param {Calculator.AddParams} params */
  add({ left, right }) {
    return { sum: left + right };
  }
  /** @param {Calculator.JoinParams} params */
  async join({ words, separator }) {
    return { text: words.map((word) => word.trim()).join(separator) };
  }
  /**
   * @param {Shape} shape
   * @returns {Scalars.Init}
   */
  measure(shape) {
    return { text: shape.name, large: 5, unsignedLarge: 6n, color: "deepBlue" };
  }
  /**
   * @param {Calculator.LogParams} params
   * @param {import("troop").Invocation} call
   */
  log({ step, steps, color }, call) {
    call.onCancelled(() => console.log("%s gave up", step.name, steps.length, color));
  }
  feed() {
    return {};
  }
  /** @param {Calculator.FailParams} params */
  fail({ reason }) {
    throw new TroopError("overloaded", reason, { detail: "memory" });
  }
  delete() {
    return { new: null };
  }
}

class WatchingTarget extends Watcher.Target {
  changed() {}
  [Symbol.dispose]() {}
}

// Calls: without parameters, with capabilities and objects that become some, pipelined.
export async function calls() {
  const store = new Store(env.store);
  const { told } = await store.watch({ watcher: new WatchingTarget(), others: [null] });
  const { text } = await store.open({ name: `${told}` }).document.read();
  const entry = store.lookUp({ name: text }).entry;
  await entry.parent.store.open();
  await entry.next.next.document.append({ text: "end" });
  const any = store.any({ capability: env.store });
  const { capability } = await any;
  if (capability !== null) new Document(capability).release();
  await any.then_.read();
  await store.holder({ holder: { greeter: new Greeter(env.greeter) } });
  const choice = await store.choose({ useFirst: true });
  if (choice.which === "document") await choice.document?.read();
  store.open().$cancel("enough");
  const book = new Book(env.book);
  const pages = await Promise.all([book.page({ number: 1 }), book.size(), book.name(), book.greet()]);
  return pages[0].text + pages[1].size + pages[2].name;
}

// Unions: `which` says what is there, and may be left out where a member is.
/** @type {Shape.Init[]} */
export const shapes = [
  {},
  { name: "n" },
  { circle: 2 },
  { name: "n", which: "circle", circle: 2 },
  { which: "nothing" },
  { which: "box", box: { corner: { x: 1 }, width: 3 } },
  { nested: { label: "inner" } },
  { which: 77 },
];
/** @param {Shape} shape @returns {number} */
export function area(shape) {
  switch (shape.which) {
    case "circle":
      return shape.circle ** 2 * Math.PI;
    case "box":
      return shape.box.width * shape.box.height;
    case "polygon":
      return shape.polygon.length;
    case "nested":
      return shape.nested === null ? 0 : area(shape.nested);
    default:
      return typeof shape.which === "number" ? NaN : 0;
  }
}
/** @type {Groups.Init} */
export const group = { address: { place: { city: "Town" } }, kind: { person: { mood: { bad: "x" } } } };
/** @param {Groups} groups */
export const age = ({ kind }) =>
  kind.which === "person" && kind.person.mood.which === "fine" ? kind.person.age : 0;

// What has been read can be given again.
/** @param {Tree} tree @returns {Tree.Init} */
export const same = (tree) => tree;
/** @param {Shape} shape @returns {Shape.Init} */
export const sameShape = (shape) => shape;
/** @param {Lists} lists @returns {Lists.Init} */
export const sameLists = (lists) => lists;

/** @type {Lists.Init} */
export const lists = {
  bytes: Uint8Array.of(1),
  larges: [1, 2n],
  unsignedLarges: BigUint64Array.of(1n),
  doubles: new Float32Array(3),
  texts: ["a", null],
  grid: [[1], Int32Array.of(2), null],
  cube: [[["a"]]],
  nothings: [null, undefined],
};

// Enums, constants, and what is declared inside of something.
/** @type {Color} */
export const color = Color[2];
/** @type {Outer.Inner.Kind} */
export const kind = 77;
/** @type {42} */
export const fortyTwo = answer;
/** @type {bigint} */
export const least = small + BigInt(Outer.Inner.limit);
export const origin = disc.name + Outer.origin.x;
/** @type {Calculator.Step} */
export const step = { name: "s", value: 1 };
/** @type {Store.OpenParams_} */
export const unrelated = { unrelated: 1 };
/** @type {Keywords.Init} */
export const keywords = { which_: "w", which: "switch", switch: "s", constructor: "c" };
/** @param {Hiding.Inners} inners @param {Corner.Inners} others */
export const hiding = (inners, others) => [inners.text, others.group, Hiding.Inner.Target, Hiding.Init_];

// The globals.
export const globals = [
  new TextEncoder().encode("x"),
  new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(1)),
  structuredClone({ a: 1 }).a,
  atob(btoa("x")),
  performance.now(),
  Object.groupBy([1], String),
  new Set([1]).union(new Set([2])),
  [1].values().map(String).toArray(),
  Promise.withResolvers(),
  env instanceof Object && env.x instanceof Capability,
  Target.$methods,
  new DOMException("x", "DataCloneError").code,
];
queueMicrotask(() => reportError(new Error("x", { cause: 1 })));
console.assert(true, "x");
