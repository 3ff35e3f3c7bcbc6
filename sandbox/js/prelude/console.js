// console: one line of text for the host's log. Values are shown as a reader of JavaScript would
// write them.

import { log } from "troop:host";

const debug = 0;
const info = 1;
const warning = 2;
const error = 3;

const depthMax = 3;
const entriesMax = 100;
const charactersMax = 10_000; // of one string inside of something else
const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function showKey(key) {
  if (typeof key === "symbol") return `[${String(key)}]`;
  return identifier.test(key) ? key : JSON.stringify(key);
}

function showError(value, depth, above) {
  const stack = typeof value.stack === "string" ? value.stack.trimEnd() : "";
  const text = stack === "" ? String(value) : `${value}\n${stack}`;
  if (value.cause === undefined) return text;
  return `${text}\n  caused by: ${show(value.cause, depth + 1, above)}`;
}

function showFunction(value) {
  const isClass = Function.prototype.toString.call(value).startsWith("class");
  return `[${isClass ? "class" : "function"} ${value.name || "(anonymous)"}]`;
}

// The first entries of something iterable, and how many there are more.
function showEntries(entries, size, showEntry) {
  const shown = [];
  for (const entry of entries) {
    if (shown.length === entriesMax) {
      shown.push(`... ${size - entriesMax} more`);
      break;
    }
    shown.push(showEntry(entry));
  }
  return shown.join(", ");
}

function showObject(value, depth, above) {
  if (value instanceof Error) return showError(value, depth, above);
  const inner = (part) => show(part, depth + 1, above);
  if (Array.isArray(value)) return `[${showEntries(value, value.length, inner)}]`;
  const type = value.constructor?.name;
  if (ArrayBuffer.isView(value) && "length" in value) {
    return `${type}(${value.length}) [${showEntries(value, value.length, inner)}]`;
  }
  if (value instanceof Map) {
    const showPair = ([key, held]) => `${inner(key)} => ${inner(held)}`;
    const pairs = showEntries(value, value.size, showPair);
    return `Map(${value.size}) {${pairs}}`;
  }
  if (value instanceof Set) return `Set(${value.size}) {${showEntries(value, value.size, inner)}}`;
  if (value instanceof Date || value instanceof RegExp) return String(value);
  if (value instanceof Promise) return "Promise";
  const keys = Reflect.ownKeys(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  const members = showEntries(keys, keys.length, (key) => `${showKey(key)}: ${inner(value[key])}`);
  const name = type === undefined || type === "Object" ? "" : `${type} `;
  return members === "" ? `${name}{}` : `${name}{ ${members} }`;
}

function show(value, depth, above) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(
        value.length > charactersMax ? `${value.slice(0, charactersMax)}...` : value,
      );
    case "bigint":
      return `${value}n`;
    case "symbol":
      return String(value);
    case "function":
      return showFunction(value);
    case "object":
      break;
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
  if (value === null) return "null";
  if (above.has(value)) return "[circular]";
  if (depth > depthMax) {
    return value instanceof Error ? String(value) : Array.isArray(value) ? "[...]" : "{...}";
  }
  above.add(value);
  try {
    return showObject(value, depth, above);
  } catch {
    return "[cannot be shown]";
  } finally {
    above.delete(value);
  }
}

function showTop(value) {
  return typeof value === "string" ? value : show(value, 1, new Set());
}

const conversions = {
  s: (value) => (typeof value === "object" ? showTop(value) : String(value)),
  d: (value) => String(typeof value === "bigint" ? value : Number(value)),
  i: (value) => String(typeof value === "bigint" ? value : Math.trunc(Number(value))),
  f: (value) => String(Number(value)),
  o: showTop,
  O: showTop,
  j: (value) => JSON.stringify(value),
  c: () => "",
};

function format(values) {
  if (typeof values[0] !== "string" || values.length === 1) return values.map(showTop).join(" ");
  const rest = values.slice(1);
  const first = values[0].replace(/%([sdifoOjc%])/g, (whole, letter) => {
    if (letter === "%") return "%";
    return rest.length > 0 ? conversions[letter](rest.shift()) : whole;
  });
  return [first, ...rest.map(showTop)].join(" ");
}

function logger(level) {
  return (...values) => log(level, format(values));
}

export const console = {
  debug: logger(debug),
  log: logger(info),
  info: logger(info),
  warn: logger(warning),
  error: logger(error),
  dir: (value) => log(info, showTop(value)),
  trace: (...values) =>
    log(debug, `${format(["Trace:", ...values])}\n${new Error().stack.trimEnd()}`),
  assert: (condition, ...values) => {
    if (!condition) log(error, format(["assertion failed", ...values]));
  },
};
