// Reads messages in place: what the code that capnpc-troop writes takes values out of them with.
//
//   const results = RenderResults.read(readMessage(bytes, (index) => capabilities[index]));
//
// Limits: every pointer is checked against its segment; a reader visits at most `traversalWords`
// words, however often pointers lead to the same place, and goes at most `depthMax` pointers deep.
// Fails with MessageError, never otherwise. A message that is being read must not change meanwhile.

import { AnyPointer } from "./any-pointer.js";
import {
  MessageError,
  bit,
  byte,
  composite,
  decodeUtf8,
  depthMax,
  eightBytes,
  floatBits,
  fourBytes,
  pointer,
  twoBytes,
} from "./message.js";

const segmentsMax = 512;
const traversalWordsMax = 8 << 20; // 64 MiB
const elementBits = [0, 1, 8, 16, 32, 64, 64]; // by element size, of those up to `pointer`

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
  // What a pointer of no certain type leads to, or null; it keeps the message.
  anyPointer(index) {
    if (this.isNull(index)) return null;
    // Of its own, since a reader of a list moves on.
    const { source, segment, dataBegin, dataEnd, pointersEnd, depth } = this;
    const own = new StructReader(source, segment, dataBegin, dataEnd, pointersEnd, depth);
    return AnyPointer.at(own, index);
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

  // The same struct, with as much to visit as if nothing had been read.
  again() {
    const { bytes, wrapCapability } = this.source;
    const source = new Source(bytes, wrapCapability, traversalWordsMax);
    const { segment, dataBegin, dataEnd, pointersEnd, depth } = this;
    return new StructReader(source, segment, dataBegin, dataEnd, pointersEnd, depth);
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

// A reader of the root struct of a framed message. `wrapCapability` turns a position in the
// message's list of capabilities into a capability, or null.
export function readMessage(bytes, wrapCapability, traversalWords = traversalWordsMax) {
  const source = new Source(bytes, wrapCapability, traversalWords);
  if (source.starts[0] === source.ends[0]) throw new MessageError("the message has no root");
  return followStruct(source, 0, source.starts[0], 1) ?? absent;
}
