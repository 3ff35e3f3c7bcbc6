// The guest's memory and stack: how much the engine may use, and what becomes of the guest when it
// has none left.
//
// Memory that runs out is an exception first: guest code can catch it and live on. What nobody
// catches ends the guest, through errors.h. The limit that the engine is given lies a little below
// the one that the host enforces, so that there is room to report.
#ifndef TROOP_SANDBOX_JS_ENGINE_LIMITS_H_
#define TROOP_SANDBOX_JS_ENGINE_LIMITS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

// A runtime that allocates through the functions below. NULL: no memory.
JSRuntime* newLimitedRuntime(void);

// Sets the limits that the host gave to this guest. Before that only the host's own limits hold.
void setLimits(JSRuntime* runtime, uint32_t memoryKiB, uint32_t stackKiB);

// Memory within the limit for what is not the engine's own; 8-aligned. NULL: no memory.
void* allocate(size_t bytes);
void* reallocate(void* block, size_t bytes);
void release(void* block);

// Whether memory was refused since the host last called.
bool memoryRanOut(void);
void forgetMemoryRanOut(void);

#endif  // TROOP_SANDBOX_JS_ENGINE_LIMITS_H_
