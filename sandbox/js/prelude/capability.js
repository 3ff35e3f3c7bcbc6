// Capabilities: references to objects elsewhere, with the authority to call them; and the calls
// made through them.

import * as host from "troop:host";
import { TroopError, errorOfHost, refusal } from "./errors.js";
import { buildMessage } from "./message-builder.js";
import { readMessage } from "./message-reader.js";
import { Target, serve } from "./objects.js";

// What the views of one capability share: the host's handle, or the error that stands in its place.
// The engine gives the handle back when no view is left.
class Reference {
  constructor(handle, error) {
    this.handle = handle;
    this.error = error;
  }
}

let referenceOf;

function noCapability(value) {
  const type = value === null ? "null" : typeof value;
  const hint = value === undefined ? "; in env there is only what the host granted" : "";
  return new TypeError(`expected a Capability, got ${type}${hint}`);
}

// A reference to an object elsewhere. Generated classes derive from it and add the methods of an
// interface; any number of them can view one capability: `new Renderer(env.markdown)`. It is given
// back by release(), or when no view of it is in use any more.
export class Capability {
  #reference;

  constructor(source) {
    const reference = source instanceof Reference ? source : referenceOf(source);
    if (reference === undefined) throw noCapability(source);
    this.#reference = reference;
  }

  // Gives the capability back, for all that view it. Calls fail from then on; those under way are
  // not affected.
  release() {
    const reference = this.#reference;
    if (reference.handle !== undefined) host.release(reference.handle);
    reference.handle = undefined;
    reference.error ??= new TroopError("failed", "the capability was released", {
      mayHaveExecuted: false,
    });
  }

  [Symbol.dispose]() {
    this.release();
  }

  // Calls a method; for generated code. The promise of the results has $pipeline and $cancel.
  $call(interfaceId, method, paramsType, params, resultsType) {
    const promise = new CallPromise(resultsType);
    promise.call.ask(this.#reference, interfaceId, method, paramsType, params);
    return promise;
  }

  static {
    referenceOf = (value) =>
      typeof value === "object" && value !== null && #reference in value
        ? value.#reference
        : undefined;
  }
}

// The capabilities that came with a message, for a reader of it.
export function receiveCapabilities(handles) {
  const references = handles.map((handle) => new Reference(handle));
  return (position) => (position < references.length ? new Capability(references[position]) : null);
}

function brokenCapability(error) {
  return new Capability(new Reference(undefined, error));
}

// Builds a message and hands it with its capabilities to `send`. Handles that were made for it are
// given back after.
export function sendMessage(type, value, send) {
  const served = [];
  try {
    const { bytes, capabilities } = buildMessage(type, value, (capability) => {
      if (capability instanceof Target) {
        const handle = serve(capability);
        served.push(handle);
        return handle;
      }
      const reference = referenceOf(capability);
      if (reference === undefined) throw new TypeError("expected a Capability, a Target or null");
      if (reference.handle === undefined) throw reference.error;
      return reference.handle;
    });
    return send(bytes, capabilities);
  } finally {
    for (const handle of served) host.release(handle);
  }
}

const itself = { read: (reader) => reader };

// The capability that `path` leads to in a result that has arrived.
function capabilityAt(reader, path) {
  let struct = reader;
  for (const pointer of path.slice(0, -1)) struct = struct?.structOrNull(pointer, itself);
  return (
    struct?.capability(path.at(-1)) ??
    brokenCapability(
      new TroopError("failed", "the result has no such capability", { mayHaveExecuted: false }),
    )
  );
}

// A call under way, or its outcome.
class Call {
  static #underWay = new Map(); // by question

  #question; // while under way
  #resultsType;
  #resolve; // these until it is settled; they hold the promise, which holds this
  #reject;
  #succeeded = () => {};
  #results; // a reader of them, where they hold capabilities
  #error;

  constructor(resultsType, resolve, reject) {
    this.#resultsType = resultsType;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  static find(question) {
    return Call.#underWay.get(question);
  }

  ask(reference, interfaceId, method, paramsType, params) {
    try {
      if (reference.handle === undefined) throw reference.error;
      const question = sendMessage(paramsType, params, (bytes, handles) =>
        host.call(reference.handle, interfaceId, method, bytes, handles),
      );
      if (question < 0) throw refusal(question, "another call");
      this.#question = question;
      Call.#underWay.set(question, this);
    } catch (error) {
      this.fail(error);
    }
  }

  succeed(handles, message) {
    this.#finish();
    try {
      const reader = readMessage(message, receiveCapabilities(handles));
      const results = this.#resultsType.read(reader);
      if (handles.length > 0) this.#results = reader;
      this.#succeeded();
      this.#resolve(results);
    } catch (error) {
      this.fail(error);
    }
    this.#forget();
  }

  fail(error) {
    this.#finish();
    this.#error = error;
    this.#reject(error);
    this.#forget();
  }

  // Calls back when the results have arrived, if they do.
  onSuccess(callback) {
    if (this.#question !== undefined) this.#succeeded = callback;
  }

  cancel(reason) {
    if (this.#question === undefined) return;
    this.fail(new TroopError("failed", reason, { detail: "cancelled" }));
  }

  pipeline(path) {
    if (this.#error !== undefined) return brokenCapability(this.#error);
    if (this.#question === undefined) return capabilityAt(this.#results, path);
    const handle = host.pipeline(this.#question, path);
    if (handle === undefined) return brokenCapability(refusal(-1, "another capability"));
    return new Capability(new Reference(handle));
  }

  #finish() {
    if (this.#question === undefined) return;
    Call.#underWay.delete(this.#question);
    host.finish(this.#question);
    this.#question = undefined;
  }

  // Without a cycle all of it goes away as soon as nobody uses it, with the capabilities of the
  // results.
  #forget() {
    this.#resolve = this.#reject = this.#succeeded = this.#resultsType = undefined;
  }
}

// The promise of a call's results.
class CallPromise extends Promise {
  constructor(resultsType) {
    let call;
    super((resolve, reject) => {
      call = new Call(resultsType, resolve, reject);
    });
    Object.defineProperty(this, "call", { value: call });
  }

  // What then() returns is an ordinary promise.
  static get [Symbol.species]() {
    return Promise;
  }

  // A capability of the results, now: `path` leads through pointers from their root. Calls through
  // it are sent on without waiting for the results. For generated code.
  $pipeline(path) {
    // Whoever uses the capability learns of a failure through it; nobody needs to look at the
    // promise, too.
    this.catch(() => {});
    return this.call.pipeline(path);
  }

  // Gives the call up: the callee is told, and the promise fails with a TroopError (detail
  // "cancelled").
  $cancel(reason = "the caller gave up") {
    this.call.cancel(reason);
  }
}

// Adds the capabilities of a call's results to its promise: made when they are first asked for, or
// when they have arrived. For generated code.
export function pipelined(promise, capabilities) {
  for (const [name, make] of Object.entries(capabilities)) {
    let capability;
    const get = () => (capability ??= make());
    Object.defineProperty(promise, name, { get, configurable: true });
  }
  // `make` holds the promise, which holds `make`: without that cycle they go away as soon as nobody
  // uses them.
  promise.call.onSuccess(() => {
    for (const name of Object.keys(capabilities)) {
      Object.defineProperty(promise, name, { value: promise[name] });
    }
  });
  return promise;
}

// A result has arrived. Calls that were cancelled meanwhile are no longer known; what came is
// dropped.
export function receiveResult(question, handles, message) {
  Call.find(question)?.succeed(handles, message);
}

export function receiveError(question, kind, detail, executed, reason) {
  Call.find(question)?.fail(errorOfHost(kind, detail, executed, reason));
}
