// Renders Markdown with the npm package `marked`, as it is, and answers questions about documents.
import { marked } from "marked";
import { Document, Parser } from "./markdown.troop.js";

// What a reader sees of inline tokens.
const plainText = (tokens) =>
  tokens
    .map((token) => {
      if (token.tokens) return plainText(token.tokens);
      if (token.type === "br") return "\n";
      return token.type === "html" ? "" : unescaped(token.text ?? "");
    })
    .join("");

// What marked escapes in its output stands so in some of its tokens, too.
const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
const unescaped = (text) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity]);

class ParsedDocument extends Document.Target {
  #tokens;

  constructor(tokens) {
    super();
    this.#tokens = tokens;
  }

  headings() {
    const headings = [];
    marked.walkTokens(this.#tokens, (token) => {
      if (token.type !== "heading") return;
      headings.push({ level: token.depth, text: plainText(token.tokens) });
    });
    return { headings };
  }

  links() {
    const links = [];
    marked.walkTokens(this.#tokens, (token) => {
      if (token.type !== "link") return;
      links.push({ target: token.href, text: plainText(token.tokens) });
    });
    return { links };
  }

  text() {
    const parts = [];
    marked.walkTokens(this.#tokens, (token) => {
      if (token.type === "code") parts.push(token.text);
      if (["heading", "paragraph", "text"].includes(token.type) && token.tokens) {
        parts.push(plainText(token.tokens));
      }
      if (token.type === "table") {
        for (const row of [token.header, ...token.rows]) {
          parts.push(row.map((cell) => plainText(cell.tokens)).join(" "));
        }
      }
    });
    return { text: parts.join("\n\n") };
  }
}

export default class extends Parser.Target {
  render({ markdown }) {
    return { html: marked.parse(markdown) };
  }

  parse({ markdown }) {
    return { document: new ParsedDocument(marked.lexer(markdown)) };
  }
}
