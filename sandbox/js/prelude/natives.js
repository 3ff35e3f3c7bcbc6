// What message.js takes from the engine where it finds it; there while the prelude is evaluated,
// then gone.

import { utf8Decode, utf8Encode } from "troop:host";

globalThis.__troop = { utf8Decode, utf8Encode };
