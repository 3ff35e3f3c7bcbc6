// The guest's beginning: what it was granted, and what it offers.

import * as host from "troop:host";
import { receiveCall, receiveCancelled, serveMain } from "./answers.js";
import { receiveCapabilities, receiveError, receiveResult } from "./capability.js";
import { Target, released, setMain } from "./objects.js";

// What the host granted, by name; complete before the plugin's first line runs.
export const env = Object.create(null);

function receiveStart(names, handles) {
  const capability = receiveCapabilities(handles);
  names.split("\n").forEach((name, position) => {
    if (position < handles.length) env[name] = capability(position);
  });
  Object.freeze(env);
}

function mainOf(exported) {
  if (exported === undefined || exported instanceof Target) return exported;
  if (typeof exported === "function" && exported.prototype instanceof Target) return new exported();
  throw new TypeError("the default export is neither a Target nor a class derived from Target");
}

function receiveMain(evaluation, module) {
  evaluation
    .then(() => {
      const main = mainOf(module.default);
      if (main !== undefined) setMain(main);
      serveMain();
    })
    .catch(host.end);
}

function receiveReleased(object) {
  try {
    released(object);
  } catch (error) {
    reportError(error);
  }
}

host.receive(
  receiveStart,
  receiveMain,
  receiveCall,
  receiveResult,
  receiveError,
  receiveReleased,
  receiveCancelled,
);
