// The module "troop:host": what the prelude, and only the prelude, reaches the host with.
#ifndef TROOP_SANDBOX_JS_ENGINE_HOST_MODULE_H_
#define TROOP_SANDBOX_JS_ENGINE_HOST_MODULE_H_

#include "quickjs.h"

// The module, or NULL with an exception pending.
JSModuleDef* newHostModule(JSContext* context, const char* name);

// What the prelude does when something is delivered; each is a function that it passed to
// `receive`.
enum Receiver {
  receiveStart,      // (names, handles)
  receiveMain,       // (the promise of the entry module's end, its namespace)
  receiveCall,       // (call, interfaceId, method, object, handles, message)
  receiveResult,     // (question, handles, message)
  receiveError,      // (question, kind, detail, executed, reason)
  receiveReleased,   // (object)
  receiveCancelled,  // (call)
  receiverCount,
};

// Calls a receiver; frees the arguments. Ends the guest if it throws: receivers handle what guest
// code throws.
void callReceiver(JSContext* context, enum Receiver receiver, int count, JSValue* arguments);

#endif  // TROOP_SANDBOX_JS_ENGINE_HOST_MODULE_H_
