// Capabilities as JavaScript objects: a handle in the host's table, released when the object goes
// away.
#ifndef TROOP_SANDBOX_JS_ENGINE_HANDLES_H_
#define TROOP_SANDBOX_JS_ENGINE_HANDLES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

// Defines the class. -1: an exception is pending.
int initializeHandles(JSContext* context);

// An object that owns the handle. Without memory for it the handle is released, and an exception is
// pending.
JSValue newHandle(JSContext* context, uint32_t handle);

// An array of such objects; the same.
JSValue newHandles(JSContext* context, const uint32_t* handles, size_t count);

// The handle of an object, which must hold one. false: an exception is pending.
bool handleOf(JSContext* context, JSValueConst object, uint32_t* handle);

// Releases the handle now; the object holds none from then on. Harmless when repeated.
void releaseHandle(JSValueConst object);

#endif  // TROOP_SANDBOX_JS_ENGINE_HANDLES_H_
