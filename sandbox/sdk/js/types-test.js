// Tests of the types of JavaScript plugins by the TypeScript compiler: programs that must be
// accepted, programs that must not, and that the globals they declare are those that guests have.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";

const { BINDINGS, PROGRAMS, TYPES, TYPESCRIPT } = process.env;
const typescript = createRequire(import.meta.url)(resolve(TYPESCRIPT));

const folder = mkdtempSync(join(process.env.TEST_TMPDIR ?? tmpdir(), "types-"));
const copy = (from, to) => {
  mkdirSync(join(folder, to, ".."), { recursive: true });
  cpSync(from, join(folder, to), { dereference: true });
};
copy(TYPES, "troop.d.ts");
for (const schema of ["everything", "shared", "corners/base", "corners"]) {
  for (const kind of ["js", "d.ts"]) {
    copy(join(BINDINGS, `${schema}.troop.${kind}`), `${schema}.troop.${kind}`);
  }
}
for (const program of ["right.js", "wrong.js", "plugin.ts"]) copy(join(PROGRAMS, "types", program), program);

// What `troop new` writes into a plugin's jsconfig.json, and stricter.
const strictest = {
  allowJs: true,
  checkJs: true,
  lib: ["es5"],
  module: "esnext",
  moduleResolution: "bundler",
  noEmit: true,
  skipLibCheck: false,
  strict: true,
  target: "esnext",
  types: [],
};

// What the compiler finds, as "LINE TS2322".
function check(files, options = strictest) {
  const { options: parsed, errors } = typescript.convertCompilerOptionsFromJson(
    options,
    folder,
  );
  assert.deepEqual(errors, []);
  const names = files.map((file) => resolve(folder, file));
  const program = typescript.createProgram([join(folder, "troop.d.ts"), ...names], parsed);
  const host = {
    getCurrentDirectory: () => folder,
    getNewLine: () => "\n",
    getCanonicalFileName: (file) => file,
  };
  const diagnostics = typescript.getPreEmitDiagnostics(program);
  return {
    text: typescript.formatDiagnostics(diagnostics, host),
    found: diagnostics.map(({ file, start, code }) =>
      file === undefined
        ? `TS${code}`
        : `${file.getLineAndCharacterOfPosition(start).line + 1} TS${code}`,
    ),
    program,
  };
}

test("what is right is accepted", () => {
  assert.equal(check(["right.js", "plugin.ts"]).text, "");
});

test("what is right is accepted as strictly as can be", () => {
  const options = { ...strictest, exactOptionalPropertyTypes: true };
  assert.equal(check(["right.js"], options).text, "");
});

test("what is wrong is refused, where it is wrong, and nothing else is", () => {
  const expected = [];
  readFileSync(join(folder, "wrong.js"), "utf8")
    .split("\n")
    .forEach((line, index) => {
      const code = line.match(/\/\/ (TS\d+)$/)?.[1];
      if (code !== undefined) expected.push(`${index + 1} ${code}`);
    });
  assert.ok(expected.length > 40);
  const { found, text } = check(["wrong.js"]);
  assert.deepEqual(found, expected, text);
});

test("every module that is generated has types that stand alone", () => {
  for (const schema of ["shared", "everything", "corners/base", "corners"]) {
    assert.equal(check([`${schema}.troop.d.ts`]).text, "");
    // The module itself is not looked into: its types are.
    assert.equal(check([`${schema}.troop.js`]).text, "");
  }
});

test("the globals are those that guests have", () => {
  writeFileSync(join(folder, "empty.js"), "export {};\n");
  const { program } = check(["empty.js"]);
  const scope = program.getSourceFile(join(folder, "empty.js"));
  const names = program
    .getTypeChecker()
    .getSymbolsInScope(scope, typescript.SymbolFlags.Value)
    .map((symbol) => symbol.name);
  // The library of the language has Intl in one piece with the rest; modules are symbols, too.
  const declared = names.filter((name) => name !== "Intl" && name !== '"troop"');
  const present = readFileSync(join(PROGRAMS, "globals.txt"), "utf8").trim().split("\n");
  assert.deepEqual(declared.sort(), present.sort());
});

test("comments of the schema are there", () => {
  const text = readFileSync(join(folder, "everything.troop.d.ts"), "utf8");
  for (const comment of [
    "/** A named figure: an unnamed union beside fields. */",
    "/** The radius. */",
    " * The sum of two numbers.\n   * add (left :Int64, right :Int64) -> (sum :Int64)",
  ]) {
    assert.ok(text.includes(comment), comment);
  }
});
