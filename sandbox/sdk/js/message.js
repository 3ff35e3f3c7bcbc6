// What the messages of JavaScript guests are made of: Cap'n Proto's encoding, as message-reader.js
// reads it and message-builder.js writes it. All three run inside a guest's engine and under node.
//
// A message is a Uint8Array in the standard stream framing (segment table, then segments); its
// capabilities travel beside it, a pointer holds an index into their list.

export const depthMax = 64; // how many pointers deep a message may be

// Element sizes of list pointers.
export const bit = 1;
export const byte = 2;
export const twoBytes = 3;
export const fourBytes = 4;
export const eightBytes = 5;
export const pointer = 6;
export const composite = 7;

// All that reading and building fail with: for malformed input, and for a value that does not fit
// its field.
export class MessageError extends Error {
  constructor(message) {
    super(message);
    this.name = "MessageError";
    this.kind = "failed";
    this.detail = "badMessage";
  }
}

const native = globalThis.__troop;
export const decodeUtf8 =
  native?.utf8Decode ??
  (
    (decoder) => (bytes) =>
      decoder.decode(bytes)
  )(new TextDecoder("utf-8", { ignoreBOM: true }));
export const encodeUtf8 =
  native?.utf8Encode ??
  (
    (encoder) => (text) =>
      encoder.encode(text)
  )(new TextEncoder());

// Scratch memory to apply the default of a float, which is an exclusive or of its bits.
export const floatBits = new DataView(new ArrayBuffer(8));
