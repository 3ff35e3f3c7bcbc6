#include "sandbox/js/engine/host-module.h"

#include <stdbool.h>
#include <string.h>

#include "sandbox/js/engine/errors.h"
#include "sandbox/js/engine/handles.h"
#include "sandbox/js/engine/text.h"
#include "sandbox/wasm/abi.h"

enum {
  // Lists that are longer are refused before memory is taken for them; the host's own limits are
  // lower.
  handlesMax = 4096,
  pathLengthMax = 64,
};

static JSValue receivers[receiverCount];

// A Uint8Array and an array of handles, as the host takes them.
typedef struct {
  const uint8_t* bytes;
  size_t size;
  uint32_t* handles;
  uint32_t handleCount;
} Content;

static bool arrayLength(JSContext* context, JSValueConst array, int64_t most, uint32_t* length) {
  int64_t value;
  if (JS_GetLength(context, array, &value) < 0) return false;
  if (value > most) {
    JS_ThrowRangeError(context, "%lld elements; at most %lld are taken", (long long)value,
                       (long long)most);
    return false;
  }
  *length = (uint32_t)value;
  return true;
}

static bool takeHandles(JSContext* context, JSValueConst array, Content* content) {
  if (!arrayLength(context, array, handlesMax, &content->handleCount)) return false;
  if (content->handleCount == 0) return true;
  content->handles = js_malloc(context, content->handleCount * sizeof *content->handles);
  if (content->handles == NULL) return false;
  for (uint32_t i = 0; i < content->handleCount; ++i) {
    const JSValue object = JS_GetPropertyUint32(context, array, i);
    const bool taken = !JS_IsException(object) && handleOf(context, object, &content->handles[i]);
    JS_FreeValue(context, object);
    if (!taken) return false;
  }
  return true;
}

static void freeContent(JSContext* context, Content content) {
  js_free(context, content.handles);
}

// false: an exception is pending. What was taken is to be freed, and valid until guest code runs
// again.
static bool takeContent(JSContext* context, JSValueConst bytes, JSValueConst handles,
                        Content* content) {
  *content = (Content){NULL, 0, NULL, 0};
  if (takeHandles(context, handles, content)) {
    content->bytes = JS_GetUint8Array(context, &content->size, bytes);
    if (content->bytes != NULL || !JS_HasException(context)) return true;
  }
  freeContent(context, *content);
  return false;
}

// (capability, interfaceId, method, message, handles) -> question, or a negative refusal
static JSValue hostCall(JSContext* context, JSValueConst self, int count, JSValueConst* arguments) {
  (void)self, (void)count;
  uint32_t capability, method;
  uint64_t interfaceId;
  Content content;
  if (!handleOf(context, arguments[0], &capability) ||
      JS_ToBigUint64(context, &interfaceId, arguments[1]) < 0 ||
      JS_ToUint32(context, &method, arguments[2]) < 0 ||
      !takeContent(context, arguments[3], arguments[4], &content)) {
    return JS_EXCEPTION;
  }
  const int32_t question = troop_host_call(capability, interfaceId, method, content.bytes,
                                           content.size, content.handles, content.handleCount);
  freeContent(context, content);
  return JS_NewInt32(context, question);
}

// (question, path) -> handle, or undefined where the host has no room for one
static JSValue hostPipeline(JSContext* context, JSValueConst self, int count,
                            JSValueConst* arguments) {
  (void)self, (void)count;
  uint32_t question, length;
  uint16_t path[pathLengthMax];
  if (JS_ToUint32(context, &question, arguments[0]) < 0 ||
      !arrayLength(context, arguments[1], pathLengthMax, &length)) {
    return JS_EXCEPTION;
  }
  for (uint32_t i = 0; i < length; ++i) {
    const JSValue element = JS_GetPropertyUint32(context, arguments[1], i);
    uint32_t pointer;
    const int failed = JS_ToUint32(context, &pointer, element);
    JS_FreeValue(context, element);
    if (failed != 0) return JS_EXCEPTION;
    path[i] = (uint16_t)pointer;
  }
  const int32_t handle = troop_host_pipeline(question, path, length);
  return handle < 0 ? JS_UNDEFINED : newHandle(context, (uint32_t)handle);
}

// (call, message, handles) -> 0, or a negative refusal
static JSValue hostAnswer(JSContext* context, JSValueConst self, int count,
                          JSValueConst* arguments) {
  (void)self, (void)count;
  uint32_t call;
  Content content;
  if (JS_ToUint32(context, &call, arguments[0]) < 0 ||
      !takeContent(context, arguments[1], arguments[2], &content)) {
    return JS_EXCEPTION;
  }
  const int32_t refusal =
      troop_host_answer(call, content.bytes, content.size, content.handles, content.handleCount);
  freeContent(context, content);
  return JS_NewInt32(context, refusal);
}

// (call, kind, error): fails the call with the error's text, and ends the guest if it cannot go on
// after that error.
static JSValue hostFail(JSContext* context, JSValueConst self, int count, JSValueConst* arguments) {
  (void)self, (void)count;
  uint32_t call, kind;
  if (JS_ToUint32(context, &call, arguments[0]) < 0 ||
      JS_ToUint32(context, &kind, arguments[1]) < 0) {
    return JS_EXCEPTION;
  }
  endIfFatal(context, arguments[2]);
  char text[errorTextBytesMax];
  const size_t length = describeError(context, arguments[2], text);
  troop_host_fail(call, kind, text, length);
  return JS_UNDEFINED;
}

// (object) -> handle, or undefined where the host has no room for one
static JSValue hostServe(JSContext* context, JSValueConst self, int count,
                         JSValueConst* arguments) {
  (void)self, (void)count;
  uint32_t object;
  if (JS_ToUint32(context, &object, arguments[0]) < 0) return JS_EXCEPTION;
  const int32_t handle = troop_host_serve(object);
  return handle < 0 ? JS_UNDEFINED : newHandle(context, (uint32_t)handle);
}

// (handle)
static JSValue hostRelease(JSContext* context, JSValueConst self, int count,
                           JSValueConst* arguments) {
  (void)context, (void)self, (void)count;
  releaseHandle(arguments[0]);
  return JS_UNDEFINED;
}

// (question)
static JSValue hostFinish(JSContext* context, JSValueConst self, int count,
                          JSValueConst* arguments) {
  (void)self, (void)count;
  uint32_t question;
  if (JS_ToUint32(context, &question, arguments[0]) < 0) return JS_EXCEPTION;
  troop_host_finish(question);
  return JS_UNDEFINED;
}

// (level, text)
static JSValue hostLog(JSContext* context, JSValueConst self, int count, JSValueConst* arguments) {
  (void)self, (void)count;
  uint32_t level;
  size_t length;
  if (JS_ToUint32(context, &level, arguments[0]) < 0) return JS_EXCEPTION;
  const char* text = JS_ToCStringLen(context, &length, arguments[1]);
  if (text == NULL) return JS_EXCEPTION;
  troop_host_log(level, text, length);
  JS_FreeCString(context, text);
  return JS_UNDEFINED;
}

// (error): ends the guest
static JSValue hostEnd(JSContext* context, JSValueConst self, int count, JSValueConst* arguments) {
  (void)self, (void)count;
  endWithError(context, arguments[0]);
}

// (receivers, in the order of the enumeration)
static JSValue hostReceive(JSContext* context, JSValueConst self, int count,
                           JSValueConst* arguments) {
  (void)self;
  for (int i = 0; i < receiverCount && i < count; ++i) {
    JS_FreeValue(context, receivers[i]);
    receivers[i] = JS_DupValue(context, arguments[i]);
  }
  return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("call", 5, hostCall),
    JS_CFUNC_DEF("pipeline", 2, hostPipeline),
    JS_CFUNC_DEF("answer", 3, hostAnswer),
    JS_CFUNC_DEF("fail", 3, hostFail),
    JS_CFUNC_DEF("serve", 1, hostServe),
    JS_CFUNC_DEF("release", 1, hostRelease),
    JS_CFUNC_DEF("finish", 1, hostFinish),
    JS_CFUNC_DEF("log", 2, hostLog),
    JS_CFUNC_DEF("end", 1, hostEnd),
    JS_CFUNC_DEF("receive", receiverCount, hostReceive),
    JS_CFUNC_DEF("utf8Encode", 1, utf8Encode),
    JS_CFUNC_DEF("utf8Decode", 1, utf8Decode),
    JS_CFUNC_DEF("utf8IsValid", 1, utf8IsValid),
};
enum { functionCount = sizeof functions / sizeof *functions };

static int exportFunctions(JSContext* context, JSModuleDef* module) {
  return JS_SetModuleExportList(context, module, functions, functionCount);
}

JSModuleDef* newHostModule(JSContext* context, const char* name) {
  for (int i = 0; i < receiverCount; ++i) receivers[i] = JS_UNDEFINED;
  JSModuleDef* module = JS_NewCModule(context, name, exportFunctions);
  if (module == NULL || JS_AddModuleExportList(context, module, functions, functionCount) < 0)
    return NULL;
  return module;
}

void callReceiver(JSContext* context, enum Receiver receiver, int count, JSValue* arguments) {
  for (int i = 0; i < count; ++i) {
    if (JS_IsException(arguments[i])) endWithException(context);
  }
  const JSValue result = JS_Call(context, receivers[receiver], JS_UNDEFINED, count, arguments);
  if (JS_IsException(result)) endWithException(context);
  JS_FreeValue(context, result);
  for (int i = 0; i < count; ++i) JS_FreeValue(context, arguments[i]);
}
