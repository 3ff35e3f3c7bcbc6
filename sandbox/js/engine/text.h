// UTF-8 for JavaScript, as the Encoding Standard has it: what is no text becomes U+FFFD, one for
// each maximal part.
#ifndef TROOP_SANDBOX_JS_ENGINE_TEXT_H_
#define TROOP_SANDBOX_JS_ENGINE_TEXT_H_

#include "quickjs.h"

// (text) -> Uint8Array
JSValue utf8Encode(JSContext* context, JSValueConst self, int count, JSValueConst* arguments);

// (Uint8Array) -> string
JSValue utf8Decode(JSContext* context, JSValueConst self, int count, JSValueConst* arguments);

// (Uint8Array) -> whether it is well-formed
JSValue utf8IsValid(JSContext* context, JSValueConst self, int count, JSValueConst* arguments);

#endif  // TROOP_SANDBOX_JS_ENGINE_TEXT_H_
