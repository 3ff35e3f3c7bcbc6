// Attack: an argument that is wrong when it is read first, and when it is read again to say what is
// wrong with it, never ends.
import { env } from "troop";

let looks = 0;
const argument = {
  get text() {
    while (looks++ > 0);
    return 5;
  },
};
const text = { dataWords: 0, pointers: 1, write: (s, value) => s.setText(0, value.text) };
await env.victim.$call(0xef1e3eebcb779e6bn, 0, text, argument, text);
