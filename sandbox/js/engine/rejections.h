// Promises that were rejected while nobody handled it. Handling may come later in the same
// delivery, so they are judged at its end.
#ifndef TROOP_SANDBOX_JS_ENGINE_REJECTIONS_H_
#define TROOP_SANDBOX_JS_ENGINE_REJECTIONS_H_

#include "quickjs.h"

// Makes the engine report rejections.
void initializeRejections(JSRuntime* runtime);

// Until the entry module has been evaluated an unhandled rejection is an error of starting.
enum UnhandledRejection { endTheGuest, logTheError };

// Judges those that are still unhandled.
void judgeRejections(JSContext* context, enum UnhandledRejection consequence);

#endif  // TROOP_SANDBOX_JS_ENGINE_REJECTIONS_H_
