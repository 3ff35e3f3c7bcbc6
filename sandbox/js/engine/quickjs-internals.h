// What quickjs-unit.c adds to the engine's API.
#ifndef TROOP_SANDBOX_JS_ENGINE_QUICKJS_INTERNALS_H_
#define TROOP_SANDBOX_JS_ENGINE_QUICKJS_INTERNALS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

// Starts Math.random anew. Clones of an image would all draw the same numbers otherwise.
void quickjsReseed(JSContext* context, uint64_t seed);

// The first module that imports what the other one does not export, with an exception pending that
// says what; NULL: there is none. All must have been loaded.
JSModuleDef* quickjsThrowMissingImport(JSContext* context);

// Links a module and what it imports. -1: an exception is pending.
int quickjsLink(JSContext* context, JSModuleDef* module);

// The bytes that the engine's threshold for collecting garbage is compared with.
size_t quickjsBytesInUse(const JSRuntime* runtime);

// Whether the engine is making the error that says that memory has run out.
bool quickjsReportsOutOfMemory(const JSRuntime* runtime);

#endif  // TROOP_SANDBOX_JS_ENGINE_QUICKJS_INTERNALS_H_
