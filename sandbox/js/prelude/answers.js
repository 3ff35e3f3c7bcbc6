// Calls of the guest's own objects.

import * as host from "troop:host";
import { receiveCapabilities, sendMessage } from "./capability.js";
import { TroopError, kindNumber, refusal } from "./errors.js";
import { readMessage } from "./message-reader.js";
import { findMethod, findObject, isMain } from "./objects.js";

const unknownCall = -2;

// What a method gets beside its parameters: whether the caller still waits.
class Invocation {
  #cancelled = false;
  #callbacks = [];

  get cancelled() {
    return this.#cancelled;
  }

  // Calls back when the caller gives up; at once if it has.
  onCancelled(callback) {
    if (this.#cancelled) callback();
    else this.#callbacks.push(callback);
  }

  static cancel(invocation) {
    invocation.#cancelled = true;
    for (const callback of invocation.#callbacks.splice(0)) queueMicrotask(callback);
  }
}

const invocations = new Map(); // by call, while unanswered

// Fails the call with what was thrown. After an error that the guest cannot survive, the host ends
// it here.
function fail(call, error) {
  invocations.delete(call);
  host.fail(call, kindNumber(error), error instanceof TroopError ? error.message : error);
}

function answer(call, method, results) {
  invocations.delete(call);
  try {
    const refused = sendMessage(method.results, results, (bytes, handles) =>
      host.answer(call, bytes, handles),
    );
    if (refused < 0 && refused !== unknownCall) throw refusal(refused, "the result");
  } catch (error) {
    fail(call, error);
  }
}

function unimplemented(reason) {
  return new TroopError("unimplemented", reason, { mayHaveExecuted: false });
}

function serve(call, interfaceId, ordinal, object, handles, message) {
  const target = findObject(object);
  if (target === undefined) {
    throw isMain(object)
      ? unimplemented("the plugin exports no object that could be called: it has no default export")
      : new TroopError("disconnected", `there is no object ${object}`, { mayHaveExecuted: false });
  }
  const method = findMethod(target, interfaceId, ordinal);
  if (method === undefined) {
    throw unimplemented(`interface 0x${interfaceId.toString(16)} has no method ${ordinal} here`);
  }
  if (typeof target[method.name] !== "function") {
    throw unimplemented(`the plugin does not define ${method.name}()`);
  }
  const params = method.params.read(readMessage(message, receiveCapabilities(handles)));
  const invocation = new Invocation();
  invocations.set(call, invocation);
  const results = target[method.name](params, invocation);
  if (typeof results?.then === "function") {
    Promise.resolve(results).then(
      (value) => answer(call, method, value),
      (error) => fail(call, error),
    );
  } else {
    answer(call, method, results);
  }
}

// Calls of the main object wait here until the entry module has been evaluated.
let waiting = [];

export function serveMain() {
  const calls = waiting;
  waiting = undefined;
  for (const call of calls) receiveCall(...call);
}

export function receiveCall(call, interfaceId, ordinal, object, handles, message) {
  if (waiting !== undefined && isMain(object)) {
    waiting.push([call, interfaceId, ordinal, object, handles, message]);
    return;
  }
  try {
    serve(call, interfaceId, ordinal, object, handles, message);
  } catch (error) {
    fail(call, error);
  }
}

export function receiveCancelled(call) {
  waiting = waiting?.filter(([waitingCall]) => waitingCall !== call);
  const invocation = invocations.get(call);
  if (invocation !== undefined) Invocation.cancel(invocation);
}
