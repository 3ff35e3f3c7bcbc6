// ES modules of the guest. Their sources come from the host, through the ABI's `source`, while an
// image is made; a living guest has the modules that its image was made with, and no others.
//
// The host finds what a specifier means and names the module; names are what errors show. Two are
// reserved: "troop" is the prelude's public module, and "troop:..." are the rest of it.
#ifndef TROOP_SANDBOX_JS_ENGINE_MODULES_H_
#define TROOP_SANDBOX_JS_ENGINE_MODULES_H_

#include <stddef.h>

#include "quickjs.h"

// Makes the engine ask the host for modules.
void initializeModules(JSRuntime* runtime);

// Compiles and links the module that the host means by `specifier`, with everything that it
// imports; evaluates nothing. Ends the guest with the error when there is one. The module is the
// engine's own.
JSModuleDef* loadModule(JSContext* context, const char* specifier, size_t specifierBytes);

// Evaluates a loaded module: a promise of its end, or an exception.
JSValue evaluateModule(JSContext* context, JSModuleDef* module);

#endif  // TROOP_SANDBOX_JS_ENGINE_MODULES_H_
