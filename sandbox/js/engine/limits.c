#include "sandbox/js/engine/limits.h"

#include <malloc.h>
#include <stdlib.h>

#include "sandbox/js/engine/quickjs-internals.h"

// Where the heap begins in linear memory: stack and static data lie below. Defined by the linker.
extern unsigned char __heap_base;

enum {
  kibibyte = 1024,
  // The linker gives the stack 256 KiB; what the engine does not count (leaf functions, the C
  // library) needs the rest.
  stackBytesMax = 224 * kibibyte,
  // Of the memory limit, this part is kept back for what the allocator loses to fragmentation.
  reserveDivisor = 32,
  reserveBytesMin = 64 * kibibyte,
  reserveBytesMax = 1024 * kibibyte,
  // What the error may take that says that memory has run out.
  reportBytes = 16 * kibibyte,
  // Near the limit garbage is collected after this part of the limit was allocated, but not more
  // often.
  collectionDivisor = 32,
};

static size_t heapBytes;
static size_t heapBytesMax = SIZE_MAX / 2;
static bool refused;
static JSRuntime* collected;

// The engine collects garbage when memory has grown by half since the last time. Near the limit
// that is too late: memory would run out while most of it is garbage. So the threshold never lies
// further than half-way to the limit.
static void hastenCollection(void) {
  if (collected == NULL || heapBytes >= heapBytesMax) return;
  const size_t step = (heapBytesMax - heapBytes) / 2;
  if (step < heapBytesMax / collectionDivisor) return;
  const size_t threshold = quickjsBytesInUse(collected) + step;
  if (JS_GetGCThreshold(collected) > threshold) JS_SetGCThreshold(collected, threshold);
}

static bool fits(size_t bytes) {
  size_t limit = heapBytesMax;
  if (collected != NULL && quickjsReportsOutOfMemory(collected)) limit += reportBytes;
  return heapBytes <= limit && bytes <= limit - heapBytes;
}

static void* taken(void* block) {
  if (block == NULL) {
    refused = true;
    return NULL;
  }
  heapBytes += malloc_usable_size(block);
  hastenCollection();
  return block;
}

void* allocate(size_t bytes) {
  return taken(fits(bytes) ? malloc(bytes != 0 ? bytes : 1) : NULL);
}

void release(void* block) {
  if (block == NULL) return;
  heapBytes -= malloc_usable_size(block);
  free(block);
}

void* reallocate(void* block, size_t bytes) {
  if (block == NULL) return allocate(bytes);
  const size_t before = malloc_usable_size(block);
  void* moved = bytes <= before || fits(bytes - before) ? realloc(block, bytes) : NULL;
  if (moved != NULL) heapBytes -= before;
  return taken(moved);
}

static void* engineCalloc(void* opaque, size_t count, size_t bytes) {
  (void)opaque;
  // The engine has checked that the product does not overflow.
  return taken(fits(count * bytes) ? calloc(count, bytes) : NULL);
}

static void* engineMalloc(void* opaque, size_t bytes) {
  (void)opaque;
  return allocate(bytes);
}

static void* engineRealloc(void* opaque, void* block, size_t bytes) {
  (void)opaque;
  return reallocate(block, bytes);
}

static void engineFree(void* opaque, void* block) {
  (void)opaque;
  release(block);
}

static size_t usableBytes(const void* block) {
  return malloc_usable_size((void*)block);
}

JSRuntime* newLimitedRuntime(void) {
  static const JSMallocFunctions functions = {
      .js_calloc = engineCalloc,
      .js_malloc = engineMalloc,
      .js_free = engineFree,
      .js_realloc = engineRealloc,
      .js_malloc_usable_size = usableBytes,
  };
  collected = JS_NewRuntime2(&functions, NULL);
  if (collected != NULL) JS_SetMaxStackSize(collected, stackBytesMax);
  return collected;
}

static size_t clamp(size_t value, size_t least, size_t most) {
  return value < least ? least : value > most ? most : value;
}

void setLimits(JSRuntime* runtime, uint32_t memoryKiB, uint32_t stackKiB) {
  const size_t memory = memoryKiB < SIZE_MAX / kibibyte ? (size_t)memoryKiB * kibibyte : SIZE_MAX;
  const size_t below =
      (size_t)&__heap_base + clamp(memory / reserveDivisor, reserveBytesMin, reserveBytesMax);
  heapBytesMax = memory > below ? memory - below : 0;
  hastenCollection();
  JS_SetMaxStackSize(runtime, clamp(stackKiB, 1, stackBytesMax / kibibyte) * kibibyte);
}

bool memoryRanOut(void) {
  return refused;
}
void forgetMemoryRanOut(void) {
  refused = false;
}
