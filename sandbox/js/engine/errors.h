// What becomes of errors that guest code did not handle: their text, and the end of the guest where
// it cannot go on.
//
// Two errors end the guest wherever they arrive unhandled, because what it was doing is lost at an
// unknown point: memory that ran out, and a stack that overflowed. Everything else fails a call, or
// starting, or is logged.
#ifndef TROOP_SANDBOX_JS_ENGINE_ERRORS_H_
#define TROOP_SANDBOX_JS_ENGINE_ERRORS_H_

#include <stddef.h>

#include "quickjs.h"

enum { errorTextBytesMax = 2048 };

// Writes a thrown value as text, with the position in the guest's own code after it where there is
// one:
//   TypeError: not a function (plugin.js:3:5)
// Returns its length. Always ends the text with a zero byte, cuts it if it is too long, and leaves
// no exception pending.
size_t describeError(JSContext* context, JSValueConst error, char text[errorTextBytesMax]);

// Ends the guest if the error is one of the two.
void endIfFatal(JSContext* context, JSValueConst error);

// Ends the guest with the error as the cause.
_Noreturn void endWithError(JSContext* context, JSValueConst error);

// The same with the exception that is pending.
_Noreturn void endWithException(JSContext* context);

// The same for a module that cannot be compiled; the position comes first, or at least the module's
// name:
//   plugin.js:3:5: SyntaxError: unexpected token
_Noreturn void endWithCompileError(JSContext* context, const char* moduleName);

#endif  // TROOP_SANDBOX_JS_ENGINE_ERRORS_H_
