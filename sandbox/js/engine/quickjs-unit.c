// QuickJS-NG as one translation unit with the few things that its API does not reach. The engine's own
// source is compiled as it is.
#include <stddef.h>

// The engine finds a stack overflow by subtracting what a frame will need from the stack pointer. Here the stack
// begins at address 0, so that a frame larger than what is left would wrap around and pass the check. Every
// stack address that the engine computes with is therefore raised by more than the largest frame needs.
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

size_t quickjsBytesInUse(const JSRuntime* runtime) { return runtime->malloc_state.malloc_size; }

bool quickjsReportsOutOfMemory(const JSRuntime* runtime) { return runtime->in_out_of_memory; }
