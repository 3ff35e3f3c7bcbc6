// The module "troop": what plugins, and the code generated for them, import.
//
//   import { env } from "troop";
//   import { Renderer } from "./renderer.troop.js";
//   const markdown = new Renderer(env.markdown);
import "./globals.js";

export { AnyPointer } from "./any-pointer.js";
export { Capability, pipelined } from "./capability.js";
export { TroopError } from "./errors.js";
export { env } from "./guest.js";
export { Target } from "./objects.js";

delete globalThis.__troop;
