// What a C++ plugin stands on. The bindings that capnpc-troop writes for a schema (X.guest.h)
// include it; a plugin derives from a generated Target, defines its methods, and names itself:
//
//   #include "greeter.guest.h"
//
//   class MyGreeter final : public examples::Greeter::Target {
//     troop::Promise<GreetResults> greet(GreetParams params) override {
//       return GreetResults{.greeting = "Hello, " + params.name + "!"};
//     }
//   };
//   TROOP_PLUGIN(MyGreeter)
//
// A plugin has no threads and no exceptions, and reaches nothing but what its host granted it. What
// goes wrong in it ends it alone, with a verdict that its host can read: a failed assert, abort(),
// vector::at() out of range, no memory left, the value of an Expected that failed.
#pragma once

#include "sandbox/sdk/cpp/any-pointer.h"  // IWYU pragma: export
#include "sandbox/sdk/cpp/call.h"         // IWYU pragma: export
#include "sandbox/sdk/cpp/capability.h"   // IWYU pragma: export
#include "sandbox/sdk/cpp/error.h"        // IWYU pragma: export
#include "sandbox/sdk/cpp/log.h"          // IWYU pragma: export
#include "sandbox/sdk/cpp/plugin.h"       // IWYU pragma: export
#include "sandbox/sdk/cpp/promise.h"      // IWYU pragma: export
#include "sandbox/sdk/cpp/proxy.h"        // IWYU pragma: export
#include "sandbox/sdk/cpp/target.h"       // IWYU pragma: export
#include "sandbox/sdk/cpp/values.h"       // IWYU pragma: export
