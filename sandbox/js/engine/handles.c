#include "sandbox/js/engine/handles.h"

#include "sandbox/wasm/abi.h"

static JSClassID handleClass;

// What the object's opaque pointer holds: one more than the handle, since NULL stands for none.
static void* pointerOf(uint32_t handle) {
  return (void*)((uintptr_t)handle + 1);
}

static void finalize(JSRuntime* runtime, JSValueConst object) {
  (void)runtime;
  releaseHandle(object);
}

int initializeHandles(JSContext* context) {
  static const JSClassDef definition = {.class_name = "Handle", .finalizer = finalize};
  JSRuntime* const runtime = JS_GetRuntime(context);
  JS_NewClassID(runtime, &handleClass);
  if (JS_NewClass(runtime, handleClass, &definition) < 0) return -1;
  const JSValue prototype = JS_NewObject(context);
  if (JS_IsException(prototype)) return -1;
  JS_SetClassProto(context, handleClass, prototype);
  return 0;
}

JSValue newHandle(JSContext* context, uint32_t handle) {
  const JSValue object = JS_NewObjectClass(context, handleClass);
  if (JS_IsException(object)) {
    troop_host_release(handle);
  } else {
    JS_SetOpaque(object, pointerOf(handle));
  }
  return object;
}

JSValue newHandles(JSContext* context, const uint32_t* handles, size_t count) {
  JSValue array = JS_NewArray(context);
  for (size_t i = 0; i < count; ++i) {
    if (JS_IsException(array)) {
      troop_host_release(handles[i]);
      continue;
    }
    const JSValue object = newHandle(context, handles[i]);
    if (JS_IsException(object) || JS_SetPropertyUint32(context, array, (uint32_t)i, object) < 0) {
      JS_FreeValue(context, array);
      array = JS_EXCEPTION;
    }
  }
  return array;
}

bool handleOf(JSContext* context, JSValueConst object, uint32_t* handle) {
  void* const pointer = JS_GetOpaque(object, handleClass);
  if (pointer == NULL) {
    JS_ThrowTypeError(context, "the capability was released");
    return false;
  }
  *handle = (uint32_t)((uintptr_t)pointer - 1);
  return true;
}

void releaseHandle(JSValueConst object) {
  void* const pointer = JS_GetOpaque(object, handleClass);
  if (pointer == NULL) return;
  JS_SetOpaque(object, NULL);
  troop_host_release((uint32_t)((uintptr_t)pointer - 1));
}
