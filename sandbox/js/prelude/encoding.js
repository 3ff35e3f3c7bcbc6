// TextEncoder and TextDecoder, for UTF-8.

import { utf8Decode, utf8Encode, utf8IsValid } from "troop:host";

const labels = new Set([
  "utf-8",
  "utf8",
  "unicode-1-1-utf-8",
  "unicode11utf8",
  "unicode20utf8",
  "x-unicode20utf8",
]);
const byteOrderMark = "\ufeff";

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    return utf8Encode(`${text}`);
  }

  encodeInto(text, destination) {
    let read = 0;
    let written = 0;
    for (const character of `${text}`) {
      const bytes = utf8Encode(character);
      if (written + bytes.length > destination.length) break;
      destination.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

function bytesOf(input) {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  return new Uint8Array(input);
}

// How many bytes at the end begin a character that is not complete.
function incompleteAtEnd(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const expected = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < expected ? back : 0;
    }
  }
  return 0;
}

function joined(first, second) {
  if (first.length === 0) return second;
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

export class TextDecoder {
  #fatal;
  #ignoreBOM;
  #pending = new Uint8Array(0);
  #atStart = true;

  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    if (!labels.has(`${label}`.trim().toLowerCase())) {
      throw new RangeError(`the encoding "${label}" is not supported`);
    }
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
  }

  get encoding() {
    return "utf-8";
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input, { stream = false } = {}) {
    let bytes = joined(this.#pending, bytesOf(input));
    const kept = stream ? incompleteAtEnd(bytes) : 0;
    this.#pending = bytes.slice(bytes.length - kept);
    if (kept > 0) bytes = bytes.subarray(0, bytes.length - kept);
    if (this.#fatal && !utf8IsValid(bytes)) {
      throw new TypeError("the bytes are not well-formed UTF-8");
    }
    const text = utf8Decode(bytes);
    const dropMark = this.#atStart && !this.#ignoreBOM && text.startsWith(byteOrderMark);
    this.#atStart = stream ? this.#atStart && text === "" : true;
    return dropMark ? text.slice(1) : text;
  }
}
