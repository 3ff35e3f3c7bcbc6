// What plugins find as globals beside the language itself. What a guest cannot use safely or
// meaningfully is removed.

import "./natives.js";
import { console } from "./console.js";
import { TextDecoder, TextEncoder } from "./encoding.js";
import { structuredClone } from "./structured-clone.js";

function define(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

define("console", console);
define("TextDecoder", TextDecoder);
define("TextEncoder", TextEncoder);

// An error that nobody handled becomes an unhandled rejection: logged, or the end of the guest
// while it starts.
define("reportError", function reportError(error) {
  Promise.reject(error);
});

define("structuredClone", structuredClone);

// There is one thread, so there is nobody to share memory with.
delete globalThis.SharedArrayBuffer;
