// Builds messages: what the code that capnpc-troop writes puts values into them with.
//
//   const { bytes, capabilities } = buildMessage(RenderParams, { markdown: "# hi" }, exportOne);
//
// A message has one segment, which grows. Fails with MessageError for a value that does not fit its
// field, which the error names; otherwise only with what the value's own accessors throw.

import { AnyPointer } from "./any-pointer.js";
import { copyPointer } from "./message-copy.js";
import {
  MessageError,
  bit,
  byte,
  composite,
  depthMax,
  eightBytes,
  encodeUtf8,
  floatBits,
  fourBytes,
  pointer,
  twoBytes,
} from "./message.js";

const elementsMax = 2 ** 29 - 1; // what a list pointer can count

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

// What has fields; a list is none, lest one that was given for a struct read as empty.
function expectObject(value) {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) wrong(value, "an object");
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
    expectObject(value);
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
    expectObject(value);
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
  setAnyPointer(index, value) {
    if (value === undefined || value === null) return;
    if (!(value instanceof AnyPointer)) wrong(value, "an AnyPointer");
    value.writeTo(this, index);
  }
  // A copy of what pointer `from` of a struct that is read leads to.
  copyPointer(index, reader, from) {
    copyPointer(reader, from, this.sink, this.pointers + index * 8, this.depth);
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
      expectObject(value);
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
    if (typeof target !== "object" || target === null) return target;
    if (ArrayBuffer.isView(target) || target instanceof AnyPointer) return target;
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

// Builds a framed message whose root is `value`, a struct of type `type`. What `exportCapability`
// returns for each capability in it is in `capabilities`, where the pointers refer to it.
export function buildMessage(type, value, exportCapability) {
  const sink = new Sink(exportCapability);
  const root = value ?? {};
  expectObject(root);
  try {
    type.write(rootOf(sink, type), root);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const place = locate(type, root);
    throw place === "" ? error : new MessageError(`${place}: ${error.message}`);
  }
  return sink.finish();
}
