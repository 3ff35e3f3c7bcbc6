// Attack: replaces what the code around it uses, to get hold of it or to make it fail.
import { Capability, env } from "troop";

const stolen = [];
const { apply } = Reflect;
const steal = (thing) => {
  if (stolen.length < 1000) stolen[stolen.length] = thing;
};
const victims = [Array, Map, Promise, Function, Uint8Array];
for (const { prototype } of victims) {
  for (const key of Reflect.ownKeys(prototype)) {
    const original = Object.getOwnPropertyDescriptor(prototype, key);
    if (typeof original?.value !== "function" || !original.configurable) continue;
    if (key === "constructor") continue;
    Object.defineProperty(prototype, key, {
      ...original,
      value: function (...args) {
        steal(this);
        steal(args[0]);
        return apply(original.value, this, args);
      },
    });
  }
}
for (const name of ["handle", "error", "then", "bytes", "capabilities", "question"]) {
  Object.defineProperty(Object.prototype, name, {
    __proto__: null,
    get() {
      steal(this);
    },
    set(value) {
      steal(value);
    },
    configurable: true,
  });
}
const text = {
  dataWords: 0,
  pointers: 1,
  read: (s) => s.text(0),
  write: (s, v) => s.setText(0, v.text),
};
for (let i = 0; i < 10; i++) {
  const call = env.victim.$call(0xef1e3eebcb779e6bn, 0, text, { text: "# mine" }, text);
  await Promise.allSettled([call]);
}
// Whatever it has got hold of, a capability is not made of anything else.
for (let i = 0; i < stolen.length; i++) {
  const thing = stolen[i];
  try {
    new Capability(thing);
  } catch {
    continue;
  }
  if (!(thing instanceof Capability)) throw new Error("made a capability of what is none");
}
console.log(stolen.length, "things stolen, none of them of use");
