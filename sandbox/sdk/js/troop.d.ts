// What JavaScript plugins find in a guest, for editors and for the TypeScript compiler: the module
// "troop", and the globals. There is no DOM and nothing of Node; files, network, timers and other
// troops are capabilities that a host grants. A plugin's folder has it as troop.d.ts, beside a
// jsconfig.json with "lib": ["es5"], since all else of the language is named here: a guest has what
// ECMAScript 2025 has, but for shared memory. (Intl is declared by the library of the language, and
// no guest has it.)

/// <reference lib="es2016" />
/// <reference lib="es2017.arraybuffer" />
/// <reference lib="es2017.date" />
/// <reference lib="es2017.object" />
/// <reference lib="es2017.string" />
/// <reference lib="es2017.typedarrays" />
/// <reference lib="es2018.asyncgenerator" />
/// <reference lib="es2018.promise" />
/// <reference lib="es2018.regexp" />
/// <reference lib="es2019.array" />
/// <reference lib="es2019.object" />
/// <reference lib="es2019.string" />
/// <reference lib="es2019.symbol" />
/// <reference lib="es2020.bigint" />
/// <reference lib="es2020.date" />
/// <reference lib="es2020.number" />
/// <reference lib="es2020.promise" />
/// <reference lib="es2020.string" />
/// <reference lib="es2021.promise" />
/// <reference lib="es2021.string" />
/// <reference lib="es2021.weakref" />
/// <reference lib="es2022.array" />
/// <reference lib="es2022.error" />
/// <reference lib="es2022.object" />
/// <reference lib="es2022.regexp" />
/// <reference lib="es2022.string" />
/// <reference lib="es2023.array" />
/// <reference lib="es2023.collection" />
/// <reference lib="es2024.arraybuffer" />
/// <reference lib="es2024.collection" />
/// <reference lib="es2024.object" />
/// <reference lib="es2024.promise" />
/// <reference lib="es2024.regexp" />
/// <reference lib="es2024.string" />
/// <reference lib="esnext.array" />
/// <reference lib="esnext.collection" />
/// <reference lib="esnext.disposable" />
/// <reference lib="esnext.error" />
/// <reference lib="esnext.float16" />
/// <reference lib="esnext.iterator" />
/// <reference lib="esnext.promise" />

declare module "troop" {
  /**
   * A reference to an object elsewhere, with the authority to call it. Generated classes add the
   * methods of an interface; any number of them can view one capability.
   */
  export class Capability {
    #reference: unknown;

    /** A view of the same capability: `new Renderer(env.markdown)`. */
    constructor(source: Capability);

    /** Gives the capability back, for all that view it. Calls fail from then on. */
    release(): void;
    [Symbol.dispose](): void;
  }

  /**
   * An object that can be called from elsewhere. Extend the Target of an interface; an instance
   * that is passed as a parameter or a result becomes a capability of the receiver. When nobody
   * holds one any more, its `[Symbol.dispose]` is called if there is one.
   */
  export class Target {
    #target: unknown;
    static $methods: readonly unknown[];
  }

  /** What the host granted, by the names that the manifest gives. */
  export interface Grants {
    readonly [name: string]: Capability;
  }

  /** What the host granted, by name; complete before the plugin's first line runs. */
  export const env: Grants;

  /**
   * What to do next: `failed` the same call will fail again; `overloaded` try later, or less;
   * `disconnected` the callee is gone; `unimplemented` the callee does not know this method.
   */
  export type ErrorKind = "failed" | "overloaded" | "disconnected" | "unimplemented";

  /** Why a call failed. One that is thrown by a method reaches the caller. */
  export class TroopError extends Error {
    constructor(
      kind: ErrorKind,
      message?: string,
      options?: { detail?: string; mayHaveExecuted?: boolean; cause?: unknown },
    );
    name: "TroopError";
    kind: ErrorKind;
    /** Says more: "revoked", "deadline", "memory" ... or "none". */
    detail: string;
    /** False where the call certainly had no effect. */
    mayHaveExecuted: boolean;
  }

  /** The results of a call. */
  export interface CallPromise<Results> extends Promise<Results> {
    /** Gives the call up: the callee is told, and the promise fails (detail "cancelled"). */
    $cancel(reason?: string): void;
  }

  /** What a method gets beside its parameters. */
  export interface Invocation {
    /** Whether the caller has given up. */
    readonly cancelled: boolean;
    /** Calls back when the caller gives up; at once if it has. */
    onCancelled(callback: () => void): void;
  }

  /**
   * What a field of type AnyPointer, or of a type parameter, holds. Types are generated structs,
   * classes of interfaces, Capability, String for text, Uint8Array for data; lists of them are
   * written in brackets, [Point], and lists of numbers by their name, ["int32"].
   */
  export class AnyPointer {
    #content: unknown;
    constructor(type: typeof String, value: string);
    constructor(type: typeof Uint8Array, value: Uint8Array);
    constructor(type: new (source: Capability) => Capability, value: Capability | Target);
    constructor(type: readonly [unknown], value: readonly unknown[] | ArrayBufferView);
    constructor(type: StructType<unknown, never>, value: object);

    /** Fails where it is something else than a value of `type`. */
    as(type: typeof String): string;
    as(type: typeof Uint8Array): Uint8Array;
    as<Proxy extends Capability>(type: new (source: Capability) => Proxy): Proxy | null;
    as(type: readonly [unknown]): unknown[];
    as<Value, Init>(type: StructType<Value, Init>): Value;
  }

  // What generated types are made of.

  export type Awaitable<Value> = Value | PromiseLike<Value>;

  export type Numbers =
    | readonly number[]
    | Int8Array
    | Uint8Array
    | Uint8ClampedArray
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | Float16Array
    | Float32Array
    | Float64Array;

  /** A number must be a safe integer. */
  export type BigIntegers = readonly (bigint | number)[] | BigInt64Array | BigUint64Array | Numbers;

  type KeysOf<Member> = Member extends unknown ? keyof Member : never;

  /** One member of a union and none of the others; `which` may be left out where it is there. */
  export type OneOf<Member, All = Member> = Member extends unknown
    ? Member & { [Name in Exclude<KeysOf<All>, keyof Member>]?: undefined }
    : never;

  export interface StructReader {
    readonly dataBegin: number;
  }
  export interface StructBuilder {
    readonly dataBegin: number;
  }
  /** How a struct is read from messages and written to them; for generated code. */
  export interface StructType<Value, Init> {
    readonly dataWords: number;
    readonly pointers: number;
    read(reader: StructReader): Value;
    write(builder: StructBuilder, value: Init): void;
  }

  /** Adds the capabilities of a call's results to its promise; for generated code. */
  export function pipelined<Results, Capabilities>(
    promise: CallPromise<Results>,
    capabilities: { [Name in keyof Capabilities]: () => Capabilities[Name] },
  ): CallPromise<Results> & Readonly<Capabilities>;
}

interface Console {
  debug(...values: unknown[]): void;
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  /** One value, without formats. */
  dir(value: unknown): void;
  trace(...values: unknown[]): void;
  assert(condition?: unknown, ...values: unknown[]): void;
}
/** Lines for the host's log, if it granted one; lost otherwise. */
declare const console: Console;

/** For UTF-8. */
declare class TextEncoder {
  readonly encoding: "utf-8";
  encode(text?: string): Uint8Array;
  encodeInto(text: string, destination: Uint8Array): { read: number; written: number };
}

/** For UTF-8, by any of its labels. */
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

/** A deep copy of data; what is shared or circular stays so. Nothing is transferred. */
declare function structuredClone<Value>(value: Value): Value;
declare function queueMicrotask(callback: () => void): void;
/** Treats it as an error that nobody handled: logged, or the end of the guest while it starts. */
declare function reportError(error: unknown): void;
declare function atob(text: string): string;
declare function btoa(text: string): string;

/** The time, where the host granted a clock; 0 otherwise. */
declare const performance: { now(): number; readonly timeOrigin: number };

declare class DOMException extends Error {
  constructor(message?: string, name?: string);
  readonly code: number;
}

/** The engine's own: no memory, or too deep a recursion inside of it. */
declare class InternalError extends Error {}

interface ErrorConstructor {
  captureStackTrace(target: object, constructor?: Function): void;
  stackTraceLimit: number;
}
