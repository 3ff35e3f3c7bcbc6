// @ts-check
// Outlines documents: what stands in them, what they lead to, how long they are. It knows no
// Markdown; it asks the plugin that it was granted as `markdown`.
import { env } from "troop";
import { Parser } from "./markdown.troop.js";
import { Outliner } from "./outline.troop.js";

// Silent reading of English non-fiction (Brysbaert 2019, Journal of Memory and Language 109).
const wordsPerMinute = 238;

export default class extends Outliner.Target {
  #parser = new Parser(env.markdown);

  /** @param {Outliner.OutlineParams} params */
  async outline({ markdown }) {
    // The document is called before it is there: the calls travel behind the one that makes it.
    const document = this.#parser.parse({ markdown }).document;
    try {
      const [{ headings }, { links }, { text }] = await Promise.all([
        document.headings(),
        document.links(),
        document.text(),
      ]);
      const words = text.match(/\S+/g)?.length ?? 0;
      const readingSeconds = Math.ceil((words / wordsPerMinute) * 60);
      return { outline: { headings, links, words, readingSeconds } };
    } finally {
      document.release();
    }
  }
}
