// structuredClone: a deep copy of data. What is shared or circular stays so; what is no data is
// refused.

const errorTypes = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function refuse(value) {
  const what = typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value;
  throw new TypeError(`structuredClone: a ${what} cannot be copied`);
}

// An empty copy of an object, to be filled by `fill`; a whole one where there is nothing to fill.
function copyOf(value, clone) {
  if (Array.isArray(value)) return new Array(value.length);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (value instanceof ArrayBuffer) return value.slice();
  if (ArrayBuffer.isView(value)) {
    const buffer = clone(value.buffer);
    return new value.constructor(buffer, value.byteOffset, value.length ?? value.byteLength);
  }
  if (value instanceof Error) return new (errorTypes[value.name] ?? Error)(String(value.message));
  if (value instanceof Boolean || value instanceof Number || value instanceof String) {
    return Object(value.valueOf());
  }
  if (Object.prototype.toString.call(value) !== "[object Object]") refuse(value);
  return {};
}

function fill(copy, value, clone) {
  if (value instanceof Map) {
    for (const [key, held] of [...value]) copy.set(clone(key), clone(held));
  } else if (value instanceof Set) {
    for (const held of [...value]) copy.add(clone(held));
  } else if (value instanceof Error) {
    if (typeof value.stack === "string") copy.stack = value.stack;
    if ("cause" in value) copy.cause = clone(value.cause);
  } else if (!ArrayBuffer.isView(value) && !(value instanceof String)) {
    for (const key of Object.keys(value)) {
      Object.defineProperty(copy, key, {
        value: clone(value[key]),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
}

export function structuredClone(root) {
  const copies = new Map();
  const clone = (value) => {
    if (typeof value === "function" || typeof value === "symbol") refuse(value);
    if (typeof value !== "object" || value === null) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    const copy = copyOf(value, clone);
    copies.set(value, copy);
    fill(copy, value, clone);
    return copy;
  };
  return clone(root);
}
