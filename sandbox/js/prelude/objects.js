// The guest's own objects that others can call, and the numbers that the host knows them by.

import * as host from "troop:host";
import { refusal } from "./errors.js";

const mainObject = 0; // the entry module's default export
const objectMax = 2 ** 32;

// An object that can be called from elsewhere. Generated classes derive from it and say in
// `$methods` what can be called; a plugin derives from those and defines the methods. An instance
// that is passed as a parameter or a result becomes a capability of the receiver. When nobody holds
// one any more, `[Symbol.dispose]` is called if there is one.
export class Target {
  static $methods = [];
}

const objects = new Map(); // number -> { target, serves }
const numbers = new Map(); // target -> number
let nextNumber = mainObject + 1;

function takeNumber() {
  while (nextNumber === mainObject || objects.has(nextNumber)) {
    nextNumber = (nextNumber + 1) % objectMax;
  }
  const number = nextNumber;
  nextNumber = (nextNumber + 1) % objectMax;
  return number;
}

// Makes `target` the guest's main object, which the host has from the start and never gives back.
export function setMain(target) {
  objects.set(mainObject, { target, serves: Infinity });
  numbers.set(target, mainObject);
}

export function isMain(number) {
  return number === mainObject;
}

export function findObject(number) {
  return objects.get(number)?.target;
}

// A new handle of a capability on `target`. However often it is served, it keeps one number: its
// identity.
export function serve(target) {
  const number = numbers.get(target) ?? takeNumber();
  const handle = host.serve(number);
  if (handle === undefined) throw refusal(-1, "another capability");
  const object = objects.get(number);
  if (object !== undefined) {
    object.serves++;
  } else {
    objects.set(number, { target, serves: 1 });
    numbers.set(target, number);
  }
  return handle;
}

// The holders of one of the capabilities that were served have all gone.
export function released(number) {
  const object = objects.get(number);
  if (object === undefined || --object.serves > 0) return;
  objects.delete(number);
  numbers.delete(object.target);
  object.target[Symbol.dispose]?.();
}

// What a class says that its instances can be called with: interface -> ordinal -> method. A
// derived class inherits, and may replace, what its bases say.
const tables = new WeakMap();

function tableOf(type) {
  let table = tables.get(type);
  if (table !== undefined) return table;
  table = new Map();
  const base = Object.getPrototypeOf(type);
  if (typeof base === "function" && base !== Function.prototype) {
    for (const [interfaceId, methods] of tableOf(base)) table.set(interfaceId, [...methods]);
  }
  for (const method of Object.hasOwn(type, "$methods") ? type.$methods : []) {
    const methods = table.get(method.interfaceId) ?? [];
    methods[method.method] = method;
    table.set(method.interfaceId, methods);
  }
  tables.set(type, table);
  return table;
}

// The description of a method that `target` has, or undefined.
export function findMethod(target, interfaceId, ordinal) {
  return tableOf(target.constructor).get(interfaceId)?.[ordinal];
}
