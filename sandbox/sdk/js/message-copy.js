// Copies what a pointer leads to from a message that is read into one that is built, whatever its
// type is: with the checks, and at the cost, of reading it.
//
// Fails with MessageError for what is malformed.

import { MessageError, composite, depthMax, pointer } from "./message.js";

const elementBits = [0, 1, 8, 16, 32, 64, 64]; // by element size, of those up to `pointer`

// Copies pointer `index` of a struct to `to`; `depth` is that of the struct that is built.
export function copyPointer(reader, index, sink, to, depth) {
  const at = reader.dataEnd + index * 8;
  if (at < reader.pointersEnd) copy(reader.source, reader.segment, at, sink, to, depth + 1);
}

function copy(source, segment, at, sink, to, depth) {
  if (!source.follow(segment, at)) return;
  const { low, high } = source;
  if ((low & 3) === 3) return copyCapability(source, low, high, sink, to);
  if (depth > depthMax) throw new MessageError(`deeper than ${depthMax} pointers`);
  if ((low & 3) === 0) return copyStruct(source, high, sink, to, depth);
  if ((low & 3) !== 1) throw new MessageError("a far pointer leads to another one");
  copyList(source, high, sink, to, depth);
}

function copyCapability(source, low, position, sink, to) {
  const capability = low === 3 ? source.wrapCapability(position) : undefined;
  if (capability === undefined) throw new MessageError("there is something that is no pointer");
  if (capability === null) return;
  const exported = sink.capabilities.push(sink.exportCapability(capability)) - 1;
  sink.view.setUint32(to, 3, true);
  sink.view.setUint32(to + 4, exported, true);
}

function copyStruct(source, sizes, sink, to, depth) {
  const { segment, target } = source;
  const data = (sizes & 0xffff) * 8;
  const pointers = sizes >>> 16;
  const size = data + pointers * 8;
  source.check(segment, target, size);
  source.visit(size / 8);
  const place = sink.allocate(size);
  // A struct of no size lies before its own pointer, lest that look like null.
  sink.writePointer(to, size === 0 ? to : place, 0, sizes);
  copyElement(source, segment, target, data, pointers, sink, place, depth);
}

function copyElement(source, segment, from, data, pointers, sink, place, depth) {
  sink.bytes.set(source.bytes.subarray(from, from + data), place);
  for (let i = 0; i < pointers; i++) {
    const at = data + i * 8;
    copy(source, segment, from + at, sink, place + at, depth + 1);
  }
}

function copyList(source, high, sink, to, depth) {
  const { segment, target } = source;
  const size = high & 7;
  const count = high >>> 3;
  if (size === composite) return copyStructs(source, sink, to, depth);
  const bytes = Math.ceil((count * elementBits[size]) / 8);
  source.check(segment, target, bytes);
  source.visit(size === 0 ? count : Math.ceil(bytes / 8));
  const place = sink.allocate(bytes);
  sink.writePointer(to, place, 1, high);
  if (size !== pointer) {
    sink.bytes.set(source.bytes.subarray(target, target + bytes), place);
    return;
  }
  for (let at = 0; at < bytes; at += 8) {
    copy(source, segment, target + at, sink, place + at, depth + 1);
  }
}

function copyStructs(source, sink, to, depth) {
  const { segment, target: tag } = source;
  const count = source.openComposite(composite);
  const { target, dataBytes, pointers } = source;
  const step = dataBytes + pointers * 8;
  const place = sink.allocate(8 + count * step);
  sink.writePointer(to, place, 1, ((count * step) / 8) * 8 + composite);
  sink.bytes.set(source.bytes.subarray(tag, tag + 8), place);
  for (let i = 0; i < count; i++) {
    const at = i * step;
    copyElement(source, segment, target + at, dataBytes, pointers, sink, place + 8 + at, depth);
  }
}
