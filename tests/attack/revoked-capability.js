// Attack: goes on using a capability that was revoked: directly, through references that it has saved, and by
// calling what the revoked object would have answered.
import { Capability, env } from "troop";
import { Document, Parser } from "./markdown.troop.js";

const parser = new Parser(env.renderer);
const saved = new Parser(env.renderer);
const { document } = await parser.parse({ markdown: "# mine" });

const attempts = [
  () => parser.render({ markdown: "# again" }),
  () => saved.render({ markdown: "# again" }),
  () => document.text(),
  () => parser.parse({ markdown: "# again" }).document.text(),
];
for (;;) {
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch {
      // Refused; the next one may not be.
    }
  }
}
