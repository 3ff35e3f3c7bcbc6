// Cap'n Proto messages for JavaScript guests: what the code that capnpc-troop writes reads and
// builds messages with. One file, no imports: it runs inside a guest's engine and under node.
//
// A message is a Uint8Array in the standard stream framing (segment table, then segments); its
// capabilities travel beside it, a pointer holds an index into their list. A StructReader reads in
// place; a StructBuilder writes into one growing segment. Both are used by generated code only:
//
//   const results = RenderResults.read(readMessage(bytes, (index) => capabilities[index]));
//   const { bytes, capabilities } = buildMessage(RenderParams, { markdown: "# hi" }, exportOne);
//
// Limits: every pointer is checked against its segment; a reader visits at most `traversalWords`
// words, however often pointers lead to the same place, and goes at most `depth` pointers deep.
// Fails with MessageError, never otherwise: for malformed input, and for a value that does not fit
// its field, which the error names. A message that is being read must not change meanwhile.

const depthMax = 64;
const segmentsMax = 512;
const traversalWordsMax = (64 << 20) / 8;
const elementsMax = 2 ** 29 - 1; // what a list pointer can count

// Element sizes of list pointers; the sizes of an element in bits, for those below `pointer`.
const bit = 1;
const byte = 2;
const twoBytes = 3;
const fourBytes = 4;
const eightBytes = 5;
const pointer = 6;
const composite = 7;
const elementBits = [0, 1, 8, 16, 32, 64, 64];

export class MessageError extends Error {
  constructor(message) {
    super(message);
    this.name = "MessageError";
    this.kind = "failed";
    this.detail = "badMessage";
  }
}

const native = globalThis.__troop;
const decodeUtf8 =
  native?.utf8Decode ??
  (
    (decoder) => (bytes) =>
      decoder.decode(bytes)
  )(new TextDecoder("utf-8", { ignoreBOM: true }));
const encodeUtf8 =
  native?.utf8Encode ??
  (
    (encoder) => (text) =>
      encoder.encode(text)
  )(new TextEncoder());

// Scratch memory to apply the default of a float, which is an exclusive or of its bits.
const floatBits = new DataView(new ArrayBuffer(8));

// What readers of one message share: its bytes, its segments, what may still be visited. follow()
// and open() leave what they found in the members below them, so that they allocate nothing.
class Source {
  constructor(bytes, wrapCapability, traversalWords) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.wrapCapability = wrapCapability;
    this.wordsLeft = traversalWords;
    this.starts = [];
    this.ends = [];
    this.readSegmentTable();

    this.low = 0; // follow(): the halves of the pointer, or of the tag that stands for it
    this.high = 0;
    this.target = 0; // follow(): where the object begins; open(): the first element
    this.segment = 0; // in which it lies
    this.step = 0; // open(): bits from one element to the next
    this.dataBytes = 0; // open(): an element's data section
    this.pointers = 0; // open(): and its pointers
  }

  readSegmentTable() {
    const size = this.bytes.byteLength;
    if (size < 8) throw new MessageError(`a message of ${size} bytes has no segment table`);
    const count = this.view.getUint32(0, true) + 1;
    if (count > segmentsMax)
      throw new MessageError(`${count} segments; ${segmentsMax} are allowed`);
    let start = ((count >>> 1) + 1) * 8;
    if (start > size) throw new MessageError("the message ends inside its segment table");
    for (let i = 0; i < count; i++) {
      const end = start + this.view.getUint32(4 + 4 * i, true) * 8;
      if (end > size) throw new MessageError("the message is shorter than its segment table says");
      this.starts.push(start);
      this.ends.push(end);
      start = end;
    }
  }

  visit(words) {
    this.wordsLeft -= words;
    if (this.wordsLeft < 0)
      throw new MessageError("reading visits more of the message than allowed");
  }

  // The place of `bytes` bytes at `start`, which must lie inside `segment`.
  check(segment, start, bytes) {
    if (start < this.starts[segment] || start + bytes > this.ends[segment]) {
      throw new MessageError("a pointer leads out of the message");
    }
  }

  // Follows the pointer at `at`; false if it is null.
  follow(segment, at) {
    const low = this.view.getInt32(at, true);
    const high = this.view.getUint32(at + 4, true);
    if (low === 0 && high === 0) return false;
    if ((low & 3) === 2) {
      this.followFar(low, high);
    } else {
      this.low = low;
      this.high = high;
      this.segment = segment;
      this.target = at + 8 + (low >> 2) * 8;
    }
    return true;
  }

  followFar(low, high) {
    const pad = this.landingPad(low, high, low & 4 ? 16 : 8);
    const padLow = this.view.getInt32(pad, true);
    const padHigh = this.view.getUint32(pad + 4, true);
    if ((low & 4) === 0) {
      this.low = padLow;
      this.high = padHigh;
      this.segment = high;
      this.target = pad + 8 + (padLow >> 2) * 8;
      return;
    }
    if ((padLow & 7) !== 2) throw new MessageError("a far pointer's landing pad is malformed");
    this.low = this.view.getInt32(pad + 8, true);
    this.high = this.view.getUint32(pad + 12, true);
    this.target = this.landingPad(padLow, padHigh, 0);
    this.segment = padHigh;
  }

  landingPad(low, segment, bytes) {
    if (segment >= this.starts.length) throw new MessageError(`there is no segment ${segment}`);
    const at = this.starts[segment] + (low >>> 3) * 8;
    this.check(segment, at, bytes);
    this.visit(bytes / 8);
    return at;
  }

  // Follows a pointer to bytes; their number, or -1 if it is null.
  openBytes(segment, at) {
    if (!this.follow(segment, at)) return -1;
    if ((this.low & 3) !== 1 || (this.high & 7) !== byte) {
      throw new MessageError("text or data was expected where the message has something else");
    }
    const size = this.high >>> 3;
    this.check(this.segment, this.target, size);
    this.visit((size + 7) >>> 3);
    return size;
  }

  // Follows a pointer to a list whose elements are to be read as `expected`; their number. A list
  // of structs may stand for a list of what is now their first member, and the other way round.
  open(segment, at, expected) {
    if (!this.follow(segment, at)) return 0;
    if ((this.low & 3) !== 1) throw new MessageError("a list was expected where there is none");
    const size = this.high & 7;
    if (size === composite) return this.openComposite(expected);
    const count = this.high >>> 3;
    const bits = elementBits[size];
    const bytes = Math.ceil((count * bits) / 64) * 8;
    this.check(this.segment, this.target, bytes);
    this.visit(size === 0 ? count : bytes / 8);
    this.step = bits;
    this.dataBytes = size === pointer ? 0 : bits >>> 3;
    this.pointers = size === pointer ? 1 : 0;
    const fits =
      expected === composite
        ? size !== bit
        : expected === pointer
          ? size === pointer
          : expected === 0 ||
            (size === bit ? expected === bit : size !== pointer && elementBits[expected] <= bits);
    if (!fits) throw new MessageError("a list's elements are of another type than expected");
    return count;
  }

  openComposite(expected) {
    const words = this.high >>> 3;
    const tag = this.target;
    this.check(this.segment, tag, 8 + words * 8);
    const low = this.view.getUint32(tag, true);
    const sizes = this.view.getUint32(tag + 4, true);
    const count = low >>> 2;
    const dataWords = sizes & 0xffff;
    const pointers = sizes >>> 16;
    if ((low & 3) !== 0) throw new MessageError("a list of structs has a malformed tag");
    if (count * (dataWords + pointers) > words) {
      throw new MessageError("a list's structs are larger than the list");
    }
    this.visit(1 + words + (dataWords + pointers === 0 ? count : 0));
    if (
      expected === bit ||
      (expected === pointer && pointers === 0) ||
      (expected > bit && expected < pointer && dataWords === 0)
    ) {
      throw new MessageError("a list's structs do not begin with the type expected");
    }
    this.target = tag + 8;
    this.step = (dataWords + pointers) * 64;
    this.dataBytes = dataWords * 8;
    this.pointers = pointers;
    return count;
  }
}

// One struct of a message. Offsets into its data are in bytes (in bits for bool()), pointers are
// numbered; a `mask` is the default's bits, and what lies beyond the struct reads as its default.
class StructReader {
  constructor(source, segment, data, dataEnd, pointersEnd, depth) {
    this.source = source;
    this.view = source.view;
    this.segment = segment;
    this.dataBegin = data;
    this.dataEnd = dataEnd; // where its pointers begin
    this.pointersEnd = pointersEnd;
    this.depth = depth;
  }

  bool(at, mask = false) {
    const place = this.dataBegin + (at >>> 3);
    if (place >= this.dataEnd) return mask;
    return ((this.view.getUint8(place) >>> (at & 7)) & 1) === 1 ? !mask : mask;
  }
  int8(at, mask = 0) {
    const place = this.dataBegin + at;
    return place < this.dataEnd ? this.view.getInt8(place) ^ mask : mask;
  }
  uint8(at, mask = 0) {
    const place = this.dataBegin + at;
    return place < this.dataEnd ? this.view.getUint8(place) ^ mask : mask;
  }
  int16(at, mask = 0) {
    const place = this.dataBegin + at;
    return place + 2 <= this.dataEnd ? this.view.getInt16(place, true) ^ mask : mask;
  }
  uint16(at, mask = 0) {
    const place = this.dataBegin + at;
    return place + 2 <= this.dataEnd ? this.view.getUint16(place, true) ^ mask : mask;
  }
  int32(at, mask = 0) {
    const place = this.dataBegin + at;
    return place + 4 <= this.dataEnd ? this.view.getInt32(place, true) ^ mask : mask;
  }
  uint32(at, mask = 0) {
    const place = this.dataBegin + at;
    return place + 4 <= this.dataEnd ? (this.view.getUint32(place, true) ^ mask) >>> 0 : mask;
  }
  int64(at, mask = 0n) {
    const place = this.dataBegin + at;
    return place + 8 <= this.dataEnd ? this.view.getBigInt64(place, true) ^ mask : mask;
  }
  uint64(at, mask = 0n) {
    const place = this.dataBegin + at;
    return place + 8 <= this.dataEnd ? this.view.getBigUint64(place, true) ^ mask : mask;
  }
  float32(at, mask = 0) {
    if (mask === 0) {
      const place = this.dataBegin + at;
      return place + 4 <= this.dataEnd ? this.view.getFloat32(place, true) : 0;
    }
    floatBits.setUint32(0, this.uint32(at, mask));
    return floatBits.getFloat32(0);
  }
  float64(at, mask = 0n) {
    if (mask === 0n) {
      const place = this.dataBegin + at;
      return place + 8 <= this.dataEnd ? this.view.getFloat64(place, true) : 0;
    }
    floatBits.setBigUint64(0, this.uint64(at, mask));
    return floatBits.getFloat64(0);
  }
  // An enumerant's name; a number that none of `names` stands for stays a number.
  enum(at, names, mask = 0) {
    const ordinal = this.uint16(at, mask);
    return names[ordinal] ?? ordinal;
  }

  isNull(index) {
    const at = this.dataEnd + index * 8;
    if (at >= this.pointersEnd) return true;
    return this.view.getUint32(at, true) === 0 && this.view.getUint32(at + 4, true) === 0;
  }
  text(index) {
    const at = this.dataEnd + index * 8;
    if (at >= this.pointersEnd) return "";
    const { source } = this;
    const size = source.openBytes(this.segment, at);
    if (size < 0) return "";
    const end = source.target + size - 1;
    if (size === 0 || source.bytes[end] !== 0)
      throw new MessageError("a text has no NUL at its end");
    return size === 1 ? "" : decodeUtf8(source.bytes.subarray(source.target, end));
  }
  data(index) {
    const at = this.dataEnd + index * 8;
    if (at >= this.pointersEnd) return new Uint8Array(0);
    const { source } = this;
    const size = source.openBytes(this.segment, at);
    if (size < 0) return new Uint8Array(0);
    return source.bytes.slice(source.target, source.target + size);
  }
  // A struct of type `type`; one that is absent reads as its defaults.
  struct(index, type) {
    return type.read(this.follow(index) ?? absent);
  }
  // The same for a type that contains itself: null where it is absent.
  structOrNull(index, type) {
    const reader = this.follow(index);
    return reader === null ? null : type.read(reader);
  }
  // A capability as an instance of `type` (as wrapCapability made it, without one), or null.
  capability(index, type) {
    const at = this.dataEnd + index * 8;
    if (at >= this.pointersEnd) return null;
    const kind = this.view.getUint32(at, true);
    const position = this.view.getUint32(at + 4, true);
    if (kind === 0 && position === 0) return null;
    if (kind !== 3) throw new MessageError("a capability was expected where there is none");
    const capability = this.source.wrapCapability(position) ?? null;
    return capability === null || type === undefined ? capability : new type(capability);
  }

  voidList(index) {
    return new Array(this.open(index, 0)).fill(null);
  }
  boolList(index) {
    const count = this.open(index, bit);
    const { target, step } = this.source;
    const list = [];
    for (let i = 0; i < count; i++) {
      const at = i * step;
      list[i] = ((this.view.getUint8(target + Math.floor(at / 8)) >>> (at & 7)) & 1) === 1;
    }
    return list;
  }
  enumList(index, names) {
    const list = this.uint16List(index);
    for (let i = 0; i < list.length; i++) list[i] = names[list[i]] ?? list[i];
    return list;
  }
  structList(index, type) {
    return this.list(index, composite, type.read);
  }
  textList(index) {
    return this.list(index, pointer, (element) => element.text(0));
  }
  dataList(index) {
    return this.list(index, pointer, (element) => element.data(0));
  }
  capabilityList(index, type) {
    return this.list(index, pointer, (element) => element.capability(0, type));
  }
  // A list of lists: `read` gets each element as a reader whose pointer 0 is the inner list.
  nestedList(index, read) {
    return this.list(index, pointer, read);
  }

  // The rest is for this file.

  follow(index) {
    const at = this.dataEnd + index * 8;
    if (at >= this.pointersEnd) return null;
    return followStruct(this.source, this.segment, at, this.depth + 1);
  }
  open(index, expected) {
    const at = this.dataEnd + index * 8;
    return at < this.pointersEnd ? this.source.open(this.segment, at, expected) : 0;
  }
  // One reader moves from element to element: `read` keeps none.
  list(index, expected, read) {
    const list = [];
    const count = this.open(index, expected);
    if (count === 0) return list;
    if (this.depth >= depthMax) throw new MessageError(`deeper than ${depthMax} pointers`);
    const { source } = this;
    const step = source.step / 8;
    const data = source.target;
    const dataEnd = data + source.dataBytes;
    const pointersEnd = dataEnd + source.pointers * 8;
    const { segment } = source;
    const element = new StructReader(source, segment, data, dataEnd, pointersEnd, this.depth + 1);
    for (let i = 0; i < count; i++) {
      list[i] = read(element);
      element.dataBegin += step;
      element.dataEnd += step;
      element.pointersEnd += step;
    }
    return list;
  }
}

function followStruct(source, segment, at, depth) {
  if (!source.follow(segment, at)) return null;
  const { low, high, target } = source;
  if ((low & 3) !== 0) throw new MessageError("a struct was expected where there is none");
  if (depth > depthMax) throw new MessageError(`deeper than ${depthMax} pointers`);
  const dataEnd = target + (high & 0xffff) * 8;
  const pointersEnd = dataEnd + (high >>> 16) * 8;
  source.check(source.segment, target, pointersEnd - target);
  source.visit((pointersEnd - target) / 8);
  return new StructReader(source, source.segment, target, dataEnd, pointersEnd, depth);
}

// What an absent struct is read from: it has no data and no pointers.
const absent = new StructReader(new Source(new Uint8Array(8), () => null, 0), 0, 0, 0, 0, 0);

function numberList(size, get) {
  return function (index) {
    const list = [];
    const count = this.open(index, size);
    const step = this.source.step / 8;
    const { view } = this;
    let place = this.source.target;
    for (let i = 0; i < count; i++) {
      list[i] = view[get](place, true);
      place += step;
    }
    return list;
  };
}

Object.assign(StructReader.prototype, {
  int8List: numberList(byte, "getInt8"),
  uint8List: numberList(byte, "getUint8"),
  int16List: numberList(twoBytes, "getInt16"),
  uint16List: numberList(twoBytes, "getUint16"),
  int32List: numberList(fourBytes, "getInt32"),
  uint32List: numberList(fourBytes, "getUint32"),
  int64List: numberList(eightBytes, "getBigInt64"),
  uint64List: numberList(eightBytes, "getBigUint64"),
  float32List: numberList(fourBytes, "getFloat32"),
  float64List: numberList(eightBytes, "getFloat64"),
});

// The message that builders of one message write: one segment that grows.
class Sink {
  constructor(exportCapability) {
    this.bytes = new Uint8Array(256);
    this.view = new DataView(this.bytes.buffer);
    this.used = 8; // the segment table of a single segment
    this.exportCapability = exportCapability;
    this.capabilities = [];
  }

  // Zeroed room for `size` bytes, rounded up to words. Views taken before it may be stale after it.
  allocate(size) {
    const at = this.used;
    this.used = at + Math.ceil(size / 8) * 8;
    if (this.used > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.used, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  writePointer(at, target, kind, high) {
    this.view.setUint32(at, (target - at - 8) / 2 + kind, true);
    this.view.setUint32(at + 4, high, true);
  }

  finish() {
    this.view.setUint32(4, (this.used - 8) / 8, true);
    return { bytes: this.bytes.subarray(0, this.used), capabilities: this.capabilities };
  }
}

function wrong(value, expected) {
  const type = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  const shown = type === "number" || type === "bigint" || type === "boolean" ? String(value) : type;
  throw new MessageError(`expected ${expected}, got ${shown}`);
}

function wide(value, convert, type) {
  const integer = Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof integer !== "bigint" || convert(64, integer) !== integer) wrong(value, type);
  return integer;
}

// One struct under construction. Offsets and masks are as in StructReader; a value that is
// undefined leaves its field as it is: at its default.
class StructBuilder {
  constructor(sink, data, pointers, depth) {
    this.sink = sink;
    this.dataBegin = data;
    this.pointers = pointers;
    this.depth = depth;
  }

  setBool(at, value, mask = false) {
    if (value === undefined) return;
    if (typeof value !== "boolean") wrong(value, "a Bool");
    if (value !== mask) this.sink.bytes[this.dataBegin + (at >>> 3)] |= 1 << (at & 7);
  }
  setInt8(at, value, mask = 0) {
    if (value === undefined) return;
    if ((value << 24) >> 24 !== value) wrong(value, "an Int8");
    this.sink.view.setInt8(this.dataBegin + at, value ^ mask);
  }
  setUint8(at, value, mask = 0) {
    if (value === undefined) return;
    if ((value & 0xff) !== value) wrong(value, "a UInt8");
    this.sink.view.setUint8(this.dataBegin + at, value ^ mask);
  }
  setInt16(at, value, mask = 0) {
    if (value === undefined) return;
    if ((value << 16) >> 16 !== value) wrong(value, "an Int16");
    this.sink.view.setInt16(this.dataBegin + at, value ^ mask, true);
  }
  setUint16(at, value, mask = 0) {
    if (value === undefined) return;
    if ((value & 0xffff) !== value) wrong(value, "a UInt16");
    this.sink.view.setUint16(this.dataBegin + at, value ^ mask, true);
  }
  setInt32(at, value, mask = 0) {
    if (value === undefined) return;
    if ((value | 0) !== value) wrong(value, "an Int32");
    this.sink.view.setInt32(this.dataBegin + at, value ^ mask, true);
  }
  setUint32(at, value, mask = 0) {
    if (value === undefined) return;
    if (value >>> 0 !== value) wrong(value, "a UInt32");
    this.sink.view.setUint32(this.dataBegin + at, value ^ mask, true);
  }
  setInt64(at, value, mask = 0n) {
    if (value === undefined) return;
    const integer = wide(value, BigInt.asIntN, "an Int64");
    this.sink.view.setBigInt64(this.dataBegin + at, integer ^ mask, true);
  }
  setUint64(at, value, mask = 0n) {
    if (value === undefined) return;
    const integer = wide(value, BigInt.asUintN, "a UInt64");
    this.sink.view.setBigUint64(this.dataBegin + at, integer ^ mask, true);
  }
  setFloat32(at, value, mask = 0) {
    if (value === undefined) return;
    if (typeof value !== "number") wrong(value, "a Float32");
    floatBits.setFloat32(0, value);
    this.sink.view.setUint32(this.dataBegin + at, floatBits.getUint32(0) ^ mask, true);
  }
  setFloat64(at, value, mask = 0n) {
    if (value === undefined) return;
    if (typeof value !== "number") wrong(value, "a Float64");
    if (mask === 0n) return this.sink.view.setFloat64(this.dataBegin + at, value, true);
    floatBits.setFloat64(0, value);
    this.sink.view.setBigUint64(this.dataBegin + at, floatBits.getBigUint64(0) ^ mask, true);
  }
  setEnum(at, names, value, mask = 0) {
    if (value === undefined) return;
    this.sink.view.setUint16(this.dataBegin + at, ordinalOf(names, value) ^ mask, true);
  }
  // The tag of a union, and its number. Without a tag, it is the member that `value` has.
  setWhich(at, names, value) {
    const tag = value.which ?? names.find((name) => value[name] !== undefined) ?? names[0];
    const ordinal = ordinalOf(names, tag);
    this.sink.view.setUint16(this.dataBegin + at, ordinal, true);
    return ordinal;
  }

  setText(index, value) {
    if (value === undefined || value === null) return;
    if (typeof value !== "string") wrong(value, "a text");
    const encoded = encodeUtf8(value);
    this.setBytes(index, encoded, encoded.length + 1);
  }
  setData(index, value) {
    if (value === undefined || value === null) return;
    if (!(value instanceof Uint8Array)) wrong(value, "a Uint8Array");
    this.setBytes(index, value, value.length);
  }
  setStruct(index, type, value) {
    if (value === undefined || value === null) return;
    if (typeof value !== "object") wrong(value, "an object");
    const { sink } = this;
    const at = this.pointers + index * 8;
    const target = sink.allocate((type.dataWords + type.pointers) * 8);
    const sizes = type.dataWords | (type.pointers << 16);
    // A struct of no size lies before its own pointer, lest that look like null.
    sink.writePointer(at, sizes === 0 ? at : target, 0, sizes);
    type.write(this.child(target, target + type.dataWords * 8), value);
  }
  // A group: its fields are in this struct.
  setGroup(type, value) {
    if (value === undefined || value === null) return;
    if (typeof value !== "object") wrong(value, "an object");
    type.write(this, value);
  }
  setCapability(index, value) {
    if (value === undefined || value === null) return;
    const { sink } = this;
    const position = sink.capabilities.push(sink.exportCapability(value)) - 1;
    const at = this.pointers + index * 8;
    sink.view.setUint32(at, 3, true);
    sink.view.setUint32(at + 4, position, true);
  }

  setVoidList(index, values) {
    this.setList(index, values, 0, 0, () => {});
  }
  setBoolList(index, values) {
    this.setList(index, values, bit, 1, (sink, start, value, i) => {
      if (typeof value !== "boolean") wrong(value, "a Bool");
      if (value) sink.bytes[start + (i >>> 3)] |= 1 << (i & 7);
    });
  }
  setEnumList(index, names, values) {
    this.setList(index, values, twoBytes, 16, (sink, start, value, i) => {
      sink.view.setUint16(start + 2 * i, ordinalOf(names, value), true);
    });
  }
  setTextList(index, values) {
    this.setNestedList(index, values, (element, value) => element.setText(0, value));
  }
  setDataList(index, values) {
    this.setNestedList(index, values, (element, value) => element.setData(0, value));
  }
  setCapabilityList(index, values) {
    this.setNestedList(index, values, (element, value) => element.setCapability(0, value));
  }
  // A list of pointers: `write` gets each element as a builder that has it as its pointer 0.
  setNestedList(index, values, write) {
    const start = this.setListPointer(index, values, pointer, 64);
    if (start < 0) return;
    const element = this.child(start, start);
    for (let i = 0; i < values.length; i++) {
      if (values[i] === undefined) wrong(undefined, "an element");
      element.pointers = start + 8 * i;
      write(element, values[i]);
    }
  }
  setStructList(index, type, values) {
    if (!isList(values)) return;
    const { sink } = this;
    const count = values.length;
    const step = (type.dataWords + type.pointers) * 8;
    const tag = sink.allocate(8 + count * step);
    sink.writePointer(this.pointers + index * 8, tag, 1, ((count * step) / 8) * 8 + composite);
    sink.view.setUint32(tag, count * 4, true);
    sink.view.setUint32(tag + 4, type.dataWords | (type.pointers << 16), true);
    const element = this.child(tag + 8, tag + 8 + type.dataWords * 8);
    for (let i = 0; i < count; i++) {
      const value = values[i];
      if (typeof value !== "object" || value === null) wrong(value, "an object");
      type.write(element, value);
      element.dataBegin += step;
      element.pointers += step;
    }
  }

  // The rest is for this file.

  child(data, pointers) {
    if (this.depth >= depthMax) throw new MessageError(`deeper than ${depthMax} pointers`);
    return new StructBuilder(this.sink, data, pointers, this.depth + 1);
  }
  setBytes(index, bytes, size) {
    const { sink } = this;
    if (size > elementsMax) wrong(size, `at most ${elementsMax} bytes`);
    const target = sink.allocate(size);
    sink.bytes.set(bytes, target);
    sink.writePointer(this.pointers + index * 8, target, 1, size * 8 + byte);
  }
  setListPointer(index, values, size, bits) {
    if (!isList(values)) return -1;
    const start = this.sink.allocate((values.length * bits) / 8);
    this.sink.writePointer(this.pointers + index * 8, start, 1, values.length * 8 + size);
    return start;
  }
  setList(index, values, size, bits, write) {
    const start = this.setListPointer(index, values, size, bits);
    if (start < 0) return;
    for (let i = 0; i < values.length; i++) write(this.sink, start, values[i], i);
  }
}

function numberListSetter(size, bits, set) {
  return function (index, values) {
    const start = this.setListPointer(index, values, size, bits);
    if (start < 0) return;
    const element = this.child(start, start);
    for (let i = 0; i < values.length; i++) {
      if (values[i] === undefined) wrong(undefined, "a number");
      element[set](0, values[i]);
      element.dataBegin += bits / 8;
    }
  };
}

Object.assign(StructBuilder.prototype, {
  setInt8List: numberListSetter(byte, 8, "setInt8"),
  setUint8List: numberListSetter(byte, 8, "setUint8"),
  setInt16List: numberListSetter(twoBytes, 16, "setInt16"),
  setUint16List: numberListSetter(twoBytes, 16, "setUint16"),
  setInt32List: numberListSetter(fourBytes, 32, "setInt32"),
  setUint32List: numberListSetter(fourBytes, 32, "setUint32"),
  setInt64List: numberListSetter(eightBytes, 64, "setInt64"),
  setUint64List: numberListSetter(eightBytes, 64, "setUint64"),
  setFloat32List: numberListSetter(fourBytes, 32, "setFloat32"),
  setFloat64List: numberListSetter(eightBytes, 64, "setFloat64"),
});

// Whether there is a list to write: nothing stands for an empty one.
function isList(values) {
  if (values === undefined || values === null) return false;
  const list = Array.isArray(values) || (ArrayBuffer.isView(values) && "length" in values);
  if (!list) wrong(values, "a list");
  if (values.length > elementsMax) wrong(values.length, `at most ${elementsMax} elements`);
  return true;
}

function ordinalOf(names, value) {
  if (typeof value === "number" && (value & 0xffff) === value) return value;
  const ordinal = names.indexOf(value);
  if (ordinal >= 0) return ordinal;
  const shown = typeof value === "string" ? JSON.stringify(value) : typeof value;
  throw new MessageError(`expected one of ${names.join(", ")}, got ${shown}`);
}

// Builds `value` once more, watching which member is read last: that is the one at fault. Only
// failures pay for it, and generated code need not carry names.
function locate(type, value) {
  let path = "";
  const watch = (target, prefix) => {
    if (typeof target !== "object" || target === null || ArrayBuffer.isView(target)) return target;
    // Not of `target` itself, which may be frozen: what it gives would then have to be the same.
    return new Proxy(Array.isArray(target) ? [] : {}, {
      get(_, key) {
        const isElement = Array.isArray(target);
        const place = isElement ? `${prefix}[${String(key)}]` : `${prefix}.${String(key)}`;
        if (!isElement || key !== "length") path = place;
        return watch(target[key], place);
      },
    });
  };
  try {
    type.write(rootOf(new Sink(() => 0), type), watch(value, ""));
  } catch {
    return path.replace(/^\./, "");
  }
  return "";
}

function rootOf(sink, type) {
  const at = sink.allocate(8);
  const target = sink.allocate((type.dataWords + type.pointers) * 8);
  const sizes = type.dataWords | (type.pointers << 16);
  sink.writePointer(at, sizes === 0 ? at : target, 0, sizes);
  return new StructBuilder(sink, target, target + type.dataWords * 8, 1);
}

// A reader of the root struct of a framed message. `wrapCapability` turns a position in the
// message's list of capabilities into a capability, or null.
export function readMessage(bytes, wrapCapability, traversalWords = traversalWordsMax) {
  const source = new Source(bytes, wrapCapability, traversalWords);
  if (source.starts[0] === source.ends[0]) throw new MessageError("the message has no root");
  return followStruct(source, 0, source.starts[0], 1) ?? absent;
}

// Builds a framed message whose root is `value`, a struct of type `type`. What `exportCapability`
// returns for each capability in it is in `capabilities`, where the pointers refer to it.
export function buildMessage(type, value, exportCapability) {
  const sink = new Sink(exportCapability);
  try {
    type.write(rootOf(sink, type), value ?? {});
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const place = locate(type, value ?? {});
    throw place === "" ? error : new MessageError(`${place}: ${error.message}`);
  }
  return sink.finish();
}
