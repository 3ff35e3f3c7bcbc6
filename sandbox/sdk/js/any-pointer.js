// What a field of type AnyPointer, or of a type parameter, holds: something whose type whoever
// reads it knows.
//
//   const any = new AnyPointer(Point, { x: 3 });
//   const point = any.as(Point);
//
// Types are generated structs, classes of interfaces, Capability, String for text, Uint8Array for
// data, and lists of them in brackets: [Point], [[String]]; lists of numbers by their name:
// ["int32"]. One that comes from a message keeps that message. as() fails with MessageError where
// there is something else; one that was made here gives back what it was made of, to its own type
// only.

import { MessageError } from "./message.js";

const numbers =
  "void bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64".split(" ");

// How a value of a type is read from pointer `index` of a struct, and written to it.
function accessOf(type) {
  if (type === String) return accessBy("text", "setText");
  if (type === Uint8Array) return accessBy("data", "setData");
  if (Array.isArray(type) && type.length === 1) return accessOfList(type[0]);
  if (isStruct(type)) {
    return {
      read: (reader, index) => reader.struct(index, type),
      write: (builder, index, value) => builder.setStruct(index, type, value),
    };
  }
  if (typeof type === "function") {
    return {
      read: (reader, index) => reader.capability(index, type),
      write: (builder, index, value) => builder.setCapability(index, value),
    };
  }
  throw new TypeError("expected a type: a struct, an interface, String, Uint8Array or [a type]");
}

function accessOfList(element) {
  if (numbers.includes(element)) {
    return accessBy(`${element}List`, `set${element[0].toUpperCase()}${element.slice(1)}List`);
  }
  if (isStruct(element)) {
    return {
      read: (reader, index) => reader.structList(index, element),
      write: (builder, index, value) => builder.setStructList(index, element, value),
    };
  }
  const inner = accessOf(element);
  return {
    read: (reader, index) => reader.nestedList(index, (each) => inner.read(each, 0)),
    write: (builder, index, value) =>
      builder.setNestedList(index, value, (each, one) => inner.write(each, 0, one)),
  };
}

function accessBy(get, set) {
  return {
    read: (reader, index) => reader[get](index),
    write: (builder, index, value) => builder[set](index, value),
  };
}

function isStruct(type) {
  return typeof type?.read === "function" && typeof type.write === "function";
}

function sameType(a, b) {
  return Array.isArray(a) && Array.isArray(b) ? sameType(a[0], b[0]) : a === b;
}

export class AnyPointer {
  #type; // and its value, of one that was made here
  #value;
  #reader; // of the struct whose pointer it is, of one that came in a message
  #index;

  constructor(type, value) {
    accessOf(type);
    this.#type = type;
    this.#value = value;
  }

  // Pointer `index` of a struct that is read; for generated code.
  static at(reader, index) {
    const any = new AnyPointer(Uint8Array);
    any.#reader = reader;
    any.#index = index;
    return any;
  }

  as(type) {
    const { read } = accessOf(type);
    if (this.#reader !== undefined) return read(this.#reader.again(), this.#index);
    if (!sameType(type, this.#type)) throw new MessageError("it was made of another type");
    return this.#value;
  }

  // Writes it to pointer `index` of a struct; for generated code.
  writeTo(builder, index) {
    if (this.#reader !== undefined) {
      builder.copyPointer(index, this.#reader.again(), this.#index);
    } else {
      accessOf(this.#type).write(builder, index, this.#value);
    }
  }
}
