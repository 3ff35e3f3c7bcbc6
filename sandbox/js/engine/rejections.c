#include "sandbox/js/engine/rejections.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "sandbox/js/engine/errors.h"
#include "sandbox/js/engine/limits.h"
#include "sandbox/wasm/abi.h"

typedef struct Rejection {
  struct Rejection* previous;
  struct Rejection* next;
  JSValue promise;
  JSValue reason;
} Rejection;

// A ring through this element, in the order in which promises were rejected.
static Rejection ring = {.previous = &ring, .next = &ring};

static void add(JSContext* context, JSValueConst promise, JSValueConst reason) {
  Rejection* const rejection = allocate(sizeof *rejection);
  if (rejection == NULL) {
    JS_ThrowOutOfMemory(context);
    endWithException(context);
  }
  *rejection = (Rejection){ring.previous, &ring, JS_DupValue(context, promise),
                           JS_DupValue(context, reason)};
  ring.previous->next = rejection;
  ring.previous = rejection;
}

static void removeRejection(JSContext* context, Rejection* rejection) {
  rejection->previous->next = rejection->next;
  rejection->next->previous = rejection->previous;
  JS_FreeValue(context, rejection->promise);
  JS_FreeValue(context, rejection->reason);
  release(rejection);
}

static void track(JSContext* context, JSValueConst promise, JSValueConst reason, bool isHandled,
                  void* opaque) {
  (void)opaque;
  if (!isHandled) {
    add(context, promise, reason);
    return;
  }
  // Backwards: most are handled right after they were rejected.
  for (Rejection* rejection = ring.previous; rejection != &ring; rejection = rejection->previous) {
    if (JS_VALUE_GET_PTR(rejection->promise) == JS_VALUE_GET_PTR(promise)) {
      removeRejection(context, rejection);
      return;
    }
  }
}

void initializeRejections(JSRuntime* runtime) {
  JS_SetHostPromiseRejectionTracker(runtime, track, NULL);
}

void judgeRejections(JSContext* context, enum UnhandledRejection consequence) {
  while (ring.next != &ring) {
    const JSValue reason = JS_DupValue(context, ring.next->reason);
    removeRejection(context, ring.next);
    if (consequence == endTheGuest) endWithError(context, reason);
    endIfFatal(context, reason);
    static const char prefix[] = "unhandled rejection: ";
    char text[sizeof prefix - 1 + errorTextBytesMax];
    memcpy(text, prefix, sizeof prefix - 1);
    const size_t length = describeError(context, reason, text + sizeof prefix - 1);
    troop_host_log(troop_log_error, text, sizeof prefix - 1 + length);
    JS_FreeValue(context, reason);
  }
}
