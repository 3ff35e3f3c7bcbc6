// QuickJS-NG as one translation unit with the few things that its API does not reach. The engine's
// own source is compiled as it is.
#include <stddef.h>

// The engine finds a stack overflow by subtracting what a frame will need from the stack pointer.
// Here the stack begins at address 0, so that a frame larger than what is left would wrap around
// and pass the check. Every stack address that the engine computes with is therefore raised by more
// than the largest frame needs.
static const size_t stackAddressBias = 64 << 20;
#define __builtin_frame_address(level) ((char*)__builtin_frame_address(level) + stackAddressBias)

#include "quickjs.c"
#include "sandbox/js/engine/quickjs-internals.h"

void quickjsReseed(JSContext* context, uint64_t seed) {
  // The generator's state must not be zero.
  context->random_state = seed != 0 ? seed : 1;
}

int quickjsLink(JSContext* context, JSModuleDef* module) {
  return js_create_module_function(context, module) < 0 ? -1 : js_link_module(context, module);
}

static bool isExported(JSContext* context, JSModuleDef* module, JSAtom name) {
  if (name == JS_ATOM__star_) return true;
  JSModuleDef* definedIn;
  JSExportEntry* export;
  return js_resolve_export(context, &definedIn, &export, module, name) == JS_RESOLVE_RES_FOUND;
}

static void throwMissing(JSContext* context, const JSReqModuleEntry* from, JSAtom name) {
  char specifier[ATOM_GET_STR_BUF_SIZE], missing[ATOM_GET_STR_BUF_SIZE];
  JS_ThrowSyntaxError(context, "\"%s\" has no export \"%s\"",
                      JS_AtomGetStr(context, specifier, sizeof specifier, from->module_name),
                      JS_AtomGetStr(context, missing, sizeof missing, name));
}

static bool throwIfImportIsMissing(JSContext* context, JSModuleDef* module) {
  for (int i = 0; i < module->import_entries_count; ++i) {
    const JSImportEntry* import = &module->import_entries[i];
    const JSReqModuleEntry* from = &module->req_module_entries[import->req_module_idx];
    if (isExported(context, from->module, import->import_name)) continue;
    throwMissing(context, from, import->import_name);
    return true;
  }
  for (int i = 0; i < module->export_entries_count; ++i) {
    const JSExportEntry* export = &module->export_entries[i];
    if (export->export_type != JS_EXPORT_TYPE_INDIRECT) continue;
    const JSReqModuleEntry* from = &module->req_module_entries[export->u.req_module_idx];
    if (isExported(context, from->module, export->local_name)) continue;
    throwMissing(context, from, export->local_name);
    return true;
  }
  return false;
}

JSModuleDef* quickjsThrowMissingImport(JSContext* context) {
  struct list_head* link;
  list_for_each(link, &context->loaded_modules) {
    JSModuleDef* module = list_entry(link, JSModuleDef, link);
    if (throwIfImportIsMissing(context, module)) return module;
  }
  return NULL;
}

size_t quickjsBytesInUse(const JSRuntime* runtime) {
  return runtime->malloc_state.malloc_size;
}

bool quickjsReportsOutOfMemory(const JSRuntime* runtime) {
  return runtime->in_out_of_memory;
}
