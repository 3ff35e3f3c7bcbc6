// @ts-check
// What the types of JavaScript plugins must refuse. The comment behind a line says which error the
// compiler must find there; it must find no other.
import { TroopError, env } from "troop";
import { Calculator, Color, Document, Groups, Lists, Scalars, Shape, Store, answer } from "./everything.troop.js";
import { Greetings } from "./shared.troop.js"; // TS2305

// A method is missing; has a wrong name, a wrong answer, wrong parameters.
export class Missing extends Document.Target { // TS2654
  read() {
    return { text: "" };
  }
}
export class WrongField extends Document.Target {
  read() { // TS2416
    return { txt: "" };
  }
  append() { // TS2416
    return { size: "1" };
  }
  async duplicate() { // TS2416
    return { document: env.document };
  }
}
export class WrongParams extends Document.Target {
  /** @param {Document.ReadParams} params */
  read({ text }) { // TS2339
    return { text };
  }
  /** @param {Document.AppendParams} params */
  append({ text }) {
    return { size: text.size }; // TS2339
  }
  duplicate() {
    return { document: this };
  }
}
export class WrongType extends Document.Target { // TS2654
  /** @param {number} params */
  append(params) { // TS2416
    return { size: params };
  }
}

// Calls.
export async function calls() {
  const store = new Store(env.store);
  store.opn({ name: "x" }); // TS2551
  store.open({ nam: "x" }); // TS2561
  store.open({ name: 5 }); // TS2322
  store.open("x"); // TS2559
  (await store.open({ name: "x" })).document.read(); // TS2531
  store.open({ name: "x" }).documents; // TS2551
  store.watch({ watcher: store }); // TS2322
  store.any({ capability: {} }); // TS2322
  new Store("store"); // TS2345
  new Store(); // TS2554
  const { sum } = await new Calculator(store).add({ left: 1, right: 0.5 });
  return sum + 1; // TS2365
}

// Unions: one member, and the one that `which` names.
/** @type {Shape.Init[]} */
export const shapes = [
  { circle: 1, label: "both" }, // TS2322
  { which: "circle", label: "another" }, // TS2322
  { which: "disc" }, // TS2322
  { circel: 1 }, // TS2561
  { circle: "1" }, // TS2322
];
/** @param {Shape} shape */
export function area(shape) {
  if (shape.which === "disc") return 0; // TS2367
  if (shape.which === "box") return shape.circle; // TS2339
  return shape.circle; // TS2339
}
/** @param {Groups} groups */
export const age = ({ kind }) => kind.person; // TS2339

/** @type {Scalars.Init} */
export const scalars = { text: 1, // TS2322
  flag: 1, // TS2322
  tiny: "1", // TS2322
  large: "1", // TS2322
  data: [1], // TS2740
  color: "blue" }; // TS2322
/** @type {Scalars.Init} */
export const misspelt = { colour: "red" }; // TS2561
/** @type {Lists.Init} */
export const lists = { bytes: ["1"], // TS2322
  points: [null], // TS2322
  texts: "text", // TS2322
  grid: [1] }; // TS2322

/** @type {Color} */
export const color = "blue"; // TS2322
/** @type {43} */
export const fortyThree = answer; // TS2322
throw new TroopError("broken", "x"); // TS2345

// There is no DOM, and nothing of Node.
document.title; // TS2552
window; // TS2304
setTimeout(() => {}, 1); // TS2304
fetch("x"); // TS2304
new URL("x"); // TS2304
process.exit(); // TS2591
require("fs"); // TS2307
Buffer.from("x"); // TS2591
new SharedArrayBuffer(1); // TS2583
Atomics.load; // TS2583
console.table([]); // TS2339
