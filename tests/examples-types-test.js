// Tests that editors find the types of the example plugins, by the jsconfig.json beside them.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";

const { PLUGINS, TYPES, TYPESCRIPT } = process.env;
const typescript = createRequire(import.meta.url)(resolve(TYPESCRIPT));

// The folders as they lie in a checkout, without the packages that node would find.
const checkout = mkdtempSync(join(process.env.TEST_TMPDIR ?? tmpdir(), "examples-"));
const plugins = join(checkout, PLUGINS);
mkdirSync(plugins, { recursive: true });
mkdirSync(join(checkout, TYPES, ".."), { recursive: true });
cpSync(TYPES, join(checkout, TYPES), { dereference: true });
const bindings = ["markdown", "outline"].flatMap((name) => [`${name}.troop.js`, `${name}.troop.d.ts`]);
for (const file of ["jsconfig.json", "outline.js", ...bindings]) {
  cpSync(join(PLUGINS, file), join(plugins, file), { dereference: true });
}

function mistakes() {
  const read = typescript.readConfigFile(join(plugins, "jsconfig.json"), typescript.sys.readFile);
  assert.equal(read.error, undefined);
  const configuration = typescript.parseJsonConfigFileContent(
    read.config,
    typescript.sys,
    plugins,
    undefined,
    join(plugins, "jsconfig.json"),
  );
  const program = typescript.createProgram(configuration.fileNames, configuration.options);
  return typescript
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => typescript.flattenDiagnosticMessageText(messageText, "\n"));
}

test("a plugin that asks to be checked is right", () => {
  assert.deepEqual(mistakes(), []);
});

test("a typing error in it is found", () => {
  const file = join(plugins, "outline.js");
  const right = readFileSync(file, "utf8");
  writeFileSync(file, right.replace("document.headings()", "document.heading()"));
  assert.match(mistakes().join(), /Property 'heading' does not exist on type 'Document'/);
});
