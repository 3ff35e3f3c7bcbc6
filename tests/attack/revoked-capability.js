// Attack: goes on using a capability that was revoked: directly, through another reference that it
// has saved, on an object that it got before, and on one that is promised.
import { Capability, env } from "troop";

// What it needs of proto/markdown.capnp, by hand.
const text = {
  dataWords: 0,
  pointers: 1,
  read: (s) => s.text(0),
  write: (s, v) => s.setText(0, v.text),
};
const holder = { read: (s) => s.capability(0) };
const nothing = { dataWords: 0, pointers: 0, write() {} };
const render = (renderer) => renderer.$call(0xef1e3eebcb779e6bn, 0, text, { text: "# mine" }, text);
const parse = (parser) => parser.$call(0xb1cf1c444d4a7c6bn, 0, text, { text: "# mine" }, holder);
const read = (document) => document.$call(0xbaacc987c2cd8208n, 2, nothing, undefined, text);

const saved = new Capability(env.renderer);
const document = await parse(env.renderer);

for (let refused = 0; ; ) {
  const attempts = [
    render(env.renderer),
    render(saved),
    read(document),
    read(parse(env.renderer).$pipeline([0])),
  ];
  for (const { status } of await Promise.allSettled(attempts)) {
    if (status === "rejected" && ++refused === 1000) console.log("1000 calls refused");
  }
}
