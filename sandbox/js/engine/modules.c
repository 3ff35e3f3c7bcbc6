#include "sandbox/js/engine/modules.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sandbox/js/engine/errors.h"
#include "sandbox/js/engine/host-module.h"
#include "sandbox/js/engine/limits.h"
#include "sandbox/js/engine/quickjs-internals.h"
#include "sandbox/wasm/abi.h"

static const char publicName[] = "troop";
static const char reservedPrefix[] = "troop:";
static const char hostName[] = "troop:host";

// What the host answered: a module's name, a zero byte, its source, and a zero byte of ours, in one
// block.
typedef struct {
  char* name;  // NULL: nothing
  const char* text;
  size_t textBytes;
} Source;

// The engine asks for a module's name first and for the module right after, so the source is kept
// in between.
static Source found;

static Source takeFound(void) {
  const Source source = found;
  found = (Source){NULL, NULL, 0};
  return source;
}

static bool isOfPrelude(const char* name) {
  return strcmp(name, publicName) == 0 ||
         strncmp(name, reservedPrefix, sizeof reservedPrefix - 1) == 0;
}

// Asks the host; false: an exception is pending.
static bool find(JSContext* context, const char* specifier, size_t specifierBytes,
                 const char* referrer) {
  release(takeFound().name);
  const int32_t size = troop_host_source(specifier, specifierBytes, referrer, strlen(referrer));
  if (size < 0) {
    JS_ThrowReferenceError(
        context, "cannot import \"%.*s\": a guest has the modules that its image was made with",
        (int)specifierBytes, specifier);
    return false;
  }
  char* const block = allocate((size_t)size + 1);
  if (block == NULL) {
    JS_ThrowOutOfMemory(context);
    return false;
  }
  troop_host_source_copy(block);
  block[size] = '\0';
  const char* const text = block + strlen(block) + 1;
  found = (Source){block, text, (size_t)(block + size - text)};
  return true;
}

static char* normalize(JSContext* context, const char* referrer, const char* specifier,
                       void* opaque) {
  (void)opaque;
  if (strcmp(specifier, publicName) == 0) return js_strdup(context, publicName);
  if (strcmp(specifier, hostName) == 0 && isOfPrelude(referrer))
    return js_strdup(context, hostName);
  if (!find(context, specifier, strlen(specifier), referrer)) return NULL;
  return js_strdup(context, found.name);
}

// The module whose compilation failed first: those that import it fail after it. Errors without a
// position name it.
static char failedName[256];

static JSModuleDef* compile(JSContext* context, Source source) {
  const JSValue module = JS_Eval(context, source.text, source.textBytes, source.name,
                                 JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(module)) {
    if (failedName[0] == '\0') snprintf(failedName, sizeof failedName, "%s", source.name);
    return NULL;
  }
  JSModuleDef* const definition = JS_VALUE_GET_PTR(module);
  // The engine's list of modules holds a reference of its own.
  JS_FreeValue(context, module);
  return definition;
}

static int exportDefault(JSContext* context, JSModuleDef* module) {
  return JS_SetModuleExport(context, module, "default", JS_GetModulePrivateValue(context, module));
}

// A module whose default export is a value.
static JSModuleDef* moduleOfValue(JSContext* context, const char* name, JSValue value) {
  if (JS_IsException(value)) return NULL;
  JSModuleDef* module = JS_NewCModule(context, name, exportDefault);
  if (module == NULL) {
    JS_FreeValue(context, value);
    return NULL;
  }
  if (JS_AddModuleExport(context, module, "default") < 0 ||
      JS_SetModulePrivateValue(context, module, value) < 0) {
    return NULL;
  }
  return module;
}

enum ImportType { importScript, importJson, importText, importUnknown };

static enum ImportType typeOfImport(JSContext* context, JSValueConst attributes) {
  if (!JS_IsObject(attributes)) return importScript;
  const JSValue value = JS_GetPropertyStr(context, attributes, "type");
  enum ImportType type = JS_IsUndefined(value) ? importScript : importUnknown;
  const char* text = JS_IsString(value) ? JS_ToCString(context, value) : NULL;
  if (text != NULL && strcmp(text, "json") == 0) type = importJson;
  if (text != NULL && strcmp(text, "text") == 0) type = importText;
  JS_FreeCString(context, text);
  JS_FreeValue(context, value);
  return type;
}

static JSModuleDef* moduleOfSource(JSContext* context, Source source, JSValueConst attributes) {
  switch (typeOfImport(context, attributes)) {
    case importScript:
      return compile(context, source);
    case importJson:
      return moduleOfValue(context, source.name,
                           JS_ParseJSON(context, source.text, source.textBytes, source.name));
    case importText:
      return moduleOfValue(context, source.name,
                           JS_NewStringLen(context, source.text, source.textBytes));
    case importUnknown:
      break;
  }
  JS_ThrowTypeError(context,
                    "\"%s\": a module is imported as \"json\", as \"text\", or without a type",
                    source.name);
  return NULL;
}

static JSModuleDef* load(JSContext* context, const char* name, void* opaque,
                         JSValueConst attributes) {
  (void)opaque;
  if (strcmp(name, hostName) == 0) return newHostModule(context, hostName);
  const Source source = takeFound();
  JSModuleDef* module = NULL;
  if (source.name != NULL) {
    module = moduleOfSource(context, source, attributes);
  } else {
    JS_ThrowReferenceError(context, "module \"%s\" is not there yet", name);
  }
  release(source.name);
  return module;
}

void initializeModules(JSRuntime* runtime) {
  JS_SetModuleLoaderFunc2(runtime, normalize, load, NULL, NULL);
}

static void refuseMissingImports(JSContext* context) {
  JSModuleDef* const importer = quickjsThrowMissingImport(context);
  if (importer == NULL) return;
  const JSAtom name = JS_GetModuleName(context, importer);
  endWithCompileError(context, JS_AtomToCString(context, name));
}

JSModuleDef* loadModule(JSContext* context, const char* specifier, size_t specifierBytes) {
  if (!find(context, specifier, specifierBytes, "")) endWithException(context);
  const Source source = takeFound();
  JSModuleDef* const module = compile(context, source);
  release(source.name);
  if (module == NULL) endWithCompileError(context, failedName);
  refuseMissingImports(context);
  if (quickjsLink(context, module) < 0) endWithException(context);
  return module;
}

JSValue evaluateModule(JSContext* context, JSModuleDef* module) {
  return JS_EvalFunction(context, JS_DupValue(context, JS_MKPTR(JS_TAG_MODULE, module)));
}
