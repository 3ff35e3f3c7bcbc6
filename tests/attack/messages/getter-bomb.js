// Attack: values whose getters throw, lie, and change what is being read, as arguments of calls and
// as results.
import { Target, env } from "troop";

const renderer = 0xef1e3eebcb779e6bn;
const struct = (write) => ({ dataWords: 0, pointers: 1, read: (s) => s.text(0), write });
const text = struct((s, value) => s.setText(0, value.text));
const texts = struct((s, value) => s.setTextList(0, value.texts));
const data = struct((s, value) => s.setData(0, value.data));
const nested = struct((s, value) => s.setStruct(0, nested, value.inner));

const fail = (error) => {
  throw error;
};
const getting = (get) => Object.defineProperty({}, "text", { get });

// A list whose elements do something to it when they are read.
const trapped = (trap) => {
  const list = Array.from({ length: 100 }, (_, i) => `element ${i}`);
  Object.defineProperty(list, 50, { get: () => trap(list) });
  return { texts: list };
};
class LyingBytes extends Uint8Array {
  get length() {
    return 8;
  }
}
const detached = new Uint8Array(8);
detached.buffer.transfer();
const endless = {};
endless.inner = endless;
let looks = 0;

const bombs = {
  throws: [text, getting(() => fail(new Error("boom")))],
  "throws nothing": [text, getting(() => fail(undefined))],
  "is another thing each time": [text, getting(() => (looks++ % 2 ? "text" : {}))],
  "has traps": [text, new Proxy({}, { get: (_, key) => key, ownKeys: () => [1], has: () => true })],
  grows: [texts, trapped((list) => `now ${list.push(...list.slice(51))}`)],
  shrinks: [texts, trapped((list) => `now ${(list.length = 10)}`)],
  "lies about its length": [texts, { texts: new Proxy([], { get: () => 1 << 20 }) }],
  "is longer than it says": [data, { data: new LyingBytes(1 << 20) }],
  "is taken away": [data, { data: detached }],
  "contains itself": [nested, endless],
};
const names = Object.keys(bombs);

for (const name of names) {
  const [type, value] = bombs[name];
  const [outcome] = await Promise.allSettled([env.victim.$call(renderer, 0, type, value, text)]);
  console.log(name, "-", outcome.reason?.message ?? outcome.status);
}

let calls = 0;
const results = struct((s, { type, value }) => type.write(s, value));
export default class extends Target {
  static $methods = [{ interfaceId: renderer, method: 0, name: "render", params: text, results }];
  render() {
    const [type, value] = bombs[names[calls++ % names.length]];
    return { type, value };
  }
}
