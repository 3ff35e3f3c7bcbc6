// Attack: looks for anything that it was not given: files, processes, the network, other code.
const found = [];
const attempt = async (name, action) => {
  try {
    const thing = await action();
    if (thing !== undefined && thing !== null) found.push(name);
  } catch {
    // not to be had
  }
};
const modules = [
  ...["fs", "node:fs", "std", "os", "qjs:std", "qjs:os"],
  ...["file:///etc/passwd", "/etc/passwd", "troop:host"],
];
for (const name of modules) {
  await attempt(name, () => import(name));
}
const globals = [
  ...["process", "require", "Deno", "Bun", "std", "os", "scriptArgs", "print", "bjson", "gc"],
  ...["fetch", "XMLHttpRequest", "WebSocket", "Worker", "WebAssembly", "__troop"],
  ...["SharedArrayBuffer", "Atomics"],
];
for (const name of globals) {
  await attempt(name, () => globalThis[name]);
}
await attempt("eval in another realm", () => new Function("return this")().process);
await attempt("the caller", () => attempt.caller);
if (Date.now() !== Date.now() || performance?.now?.() > 0) found.push("time");
if (found.length > 0) throw new Error("found " + found.join(", "));
console.log(`none of ${modules.length} modules, none of ${globals.length} names`);
