// The guest ABI in front of the JavaScript engine: what the host calls, and what it finds inside.
//
// Made once, when the base image is baked: runtime, context, prelude. Made once for each plugin,
// when its image is made: the modules, compiled and linked. Each guest begins as a copy of that and
// is told to start.
#include <stdbool.h>
#include <string.h>

#include "sandbox/js/engine/errors.h"
#include "sandbox/js/engine/handles.h"
#include "sandbox/js/engine/host-module.h"
#include "sandbox/js/engine/limits.h"
#include "sandbox/js/engine/modules.h"
#include "sandbox/js/engine/quickjs-internals.h"
#include "sandbox/js/engine/rejections.h"
#include "sandbox/wasm/abi.h"

static JSRuntime* runtime;
static JSContext* context;
static JSModuleDef* entry;    // the plugin's, NULL before it was loaded
static JSValue entryPromise;  // of the entry's end, once it was started
static bool started;

TROOP_EXPORT("troop_abi_1") void troop_abi_1(void) {}

TROOP_EXPORT("troop_alloc") void* troop_alloc(uint32_t bytes) {
  return allocate(bytes);
}

static _Noreturn void endWithText(const char* text) {
  troop_host_abort(troop_abort_error, text, strlen(text));
}

// Runs what is pending until nothing is. An endless chain of jobs is a loop like any other: the
// host takes the carrier back and counts the time.
static void runJobs(void) {
  JSContext* of;
  int ran;
  while ((ran = JS_ExecutePendingJob(runtime, &of)) != 0) {
    if (ran > 0) continue;
    const JSValue error = JS_GetException(context);
    JS_FreeValue(context, JS_NewSettledPromise(context, true, error));
    JS_FreeValue(context, error);
  }
}

// Makes the engine and evaluates the prelude, whose sources come from the host like any module's.
TROOP_EXPORT("troop_js_bake") void troop_js_bake(void) {
  runtime = newLimitedRuntime();
  context = runtime != NULL ? JS_NewContext(runtime) : NULL;
  if (context == NULL) endWithText("no memory for the JavaScript engine");
  initializeModules(runtime);
  initializeRejections(runtime);
  if (initializeHandles(context) < 0) endWithException(context);

  static const char prelude[] = "troop";
  entryPromise = evaluateModule(context, loadModule(context, prelude, sizeof prelude - 1));
  if (JS_IsException(entryPromise)) endWithException(context);
  runJobs();
  judgeRejections(context, endTheGuest);
  if (JS_PromiseState(context, entryPromise) != JS_PROMISE_FULFILLED)
    endWithText("the prelude does not end");
  JS_FreeValue(context, entryPromise);
  entryPromise = JS_UNDEFINED;
  JS_RunGC(runtime);
}

// Compiles and links the plugin's entry module, in a block from troop_alloc, and what it imports.
TROOP_EXPORT("troop_js_load") void troop_js_load(char* specifier, uint32_t bytes) {
  JS_UpdateStackTop(runtime);
  entry = loadModule(context, specifier, bytes);
  release(specifier);
}

static void* reallocateBlock(JSRuntime* owner, void* opaque, void* block, size_t bytes) {
  (void)owner, (void)opaque;
  if (bytes != 0) return reallocate(block, bytes);
  release(block);
  return NULL;
}

// The body as a Uint8Array in the very block that was delivered, which it owns from then on.
static JSValue bodyAsBytes(struct troop_delivery* delivery, uint32_t blockBytes,
                           const uint8_t* body) {
  const JSValue buffer =
      JS_NewArrayBuffer(context, (uint8_t*)delivery, blockBytes, 0, reallocateBlock, NULL, false);
  if (JS_IsException(buffer)) return JS_EXCEPTION;
  JSValue arguments[] = {buffer, JS_NewInt64(context, body - (uint8_t*)delivery),
                         JS_NewUint32(context, delivery->body_bytes)};
  const JSValue bytes = JS_NewTypedArray(context, sizeof arguments / sizeof *arguments, arguments,
                                         JS_TYPED_ARRAY_UINT8);
  JS_FreeValue(context, buffer);
  return bytes;
}

#define CALL_RECEIVER(receiver, ...)                                                         \
  callReceiver(context, receiver, (int)(sizeof((JSValue[]){__VA_ARGS__}) / sizeof(JSValue)), \
               (JSValue[]){__VA_ARGS__})

static JSValue number(uint32_t value) {
  return JS_NewUint32(context, value);
}

static void start(const struct troop_delivery* delivery, JSValue handles, const char* names) {
  setLimits(runtime, delivery->method, delivery->object);
  quickjsReseed(context, (uint64_t)troop_host_entropy());
  started = true;
  CALL_RECEIVER(receiveStart, JS_NewStringLen(context, names, delivery->body_bytes), handles);
  if (entry == NULL) return;
  entryPromise = evaluateModule(context, entry);
  if (JS_IsException(entryPromise)) endWithException(context);
  CALL_RECEIVER(receiveMain, JS_DupValue(context, entryPromise),
                JS_GetModuleNamespace(context, entry));
}

static bool isStarting(void) {
  return !started || JS_PromiseState(context, entryPromise) == JS_PROMISE_PENDING;
}

// Hands a delivery to the prelude. The block is freed, or becomes the message's memory.
static void receive(struct troop_delivery* delivery, uint32_t blockBytes) {
  const uint32_t* const handleList = (const uint32_t*)(delivery + 1);
  const uint8_t* const body = (const uint8_t*)(handleList + (delivery->handle_count + 1) / 2 * 2);
  const JSValue handles = newHandles(context, handleList, delivery->handle_count);
  switch ((enum troop_delivery_kind)delivery->kind) {
    case troop_start:
      start(delivery, handles, (const char*)body);
      break;
    case troop_call:
      CALL_RECEIVER(receiveCall, number(delivery->id),
                    JS_NewBigUint64(context, delivery->interface_id), number(delivery->method),
                    number(delivery->object), handles, bodyAsBytes(delivery, blockBytes, body));
      return;
    case troop_result:
      CALL_RECEIVER(receiveResult, number(delivery->id), handles,
                    bodyAsBytes(delivery, blockBytes, body));
      return;
    case troop_error:
      CALL_RECEIVER(receiveError, number(delivery->id), number(delivery->method),
                    number(delivery->object), number(delivery->flags),
                    JS_NewStringLen(context, (const char*)body, delivery->body_bytes));
      break;
    case troop_released:
      CALL_RECEIVER(receiveReleased, number(delivery->object));
      break;
    case troop_cancelled:
      CALL_RECEIVER(receiveCancelled, number(delivery->id));
      break;
  }
  if (delivery->kind != troop_start) JS_FreeValue(context, handles);
  release(delivery);
}

TROOP_EXPORT("troop_deliver") void troop_deliver(struct troop_delivery* delivery, uint32_t bytes) {
  JS_UpdateStackTop(runtime);
  forgetMemoryRanOut();
  const bool wasStarting = isStarting();
  receive(delivery, bytes);
  runJobs();
  judgeRejections(context, wasStarting ? endTheGuest : logTheError);
}
