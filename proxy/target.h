// A Target is an object of the host behind a capability. serve() gives it one: its calls run as
// Tasks of one Thread, which see it without locks.
//
// Ownership: the capability shares the Target, which is destroyed in its Thread when the last
// capability has gone, or when the Thread ends. Threads: serve() from any; dispatch() only in the
// serving Thread, several at a time where they wait. Order: calls start in the order of their
// arrival. Limits: ServeOptions::callsMax calls that have arrived and are not answered yet, then
// overloaded/quota. Errors: what dispatch() throws is the answer; when the Thread or its troop dies
// all its calls fail with disconnected. When the caller
// cancels, or its deadline passes, the next wait in dispatch() throws. Misuse: blocking the OS
// thread.
//
//   class Shout final : public Text::Target { ShoutResults shout(ShoutParams params) override; };
//   Capability shout = serve(thread, std::make_shared<Shout>());
//   Text text{shout};                                              // the proxy, usable anywhere
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/capability.h"
#include "proxy/message.h"
#include "runtime/ref.h"
#include "runtime/thread.h"

namespace troop::proxy {

class Target {
 public:
  Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  virtual ~Target();

  // Serves one call, as a Task of the serving Thread; may wait; throws Error. Generated code reads
  // the parameters, calls the method, and writes its results.
  virtual Message dispatch(MethodId method, const Message& params) = 0;
};

struct ServeOptions {
  std::string name = "object";  // for logs and errors
  std::size_t callsMax = 4096;
};

Capability serve(Ref<Thread> thread, std::shared_ptr<Target> target, ServeOptions options = {});

// Throws Error(unimplemented) that names both; the end of every generated dispatch().
[[noreturn]] void throwUnimplemented(std::string_view interfaceName, MethodId method);

}  // namespace troop::proxy
