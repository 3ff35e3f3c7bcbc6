// The service as an object of the host, in a troop of its own.
//
// Ownership: the capability keeps the object; the Thread that serves it stays until the Process
// ends. Threads: Tasks.
//
//   Service service = serviceInItsTroop();
//   service.nothing().get().value();
#pragma once

#include <cstddef>

#include "runtime/ref.h"
#include "runtime/thread.h"
#include "tests/peers/proxy/service.troop.h"

namespace troop::peers {

using ::peers::Service;

Service serviceOn(Ref<Thread> thread);
Ref<Thread> threadOfAnotherTroop();
Service serviceInItsTroop();

// Calls nothing() so often, one call after the other.
void callInTurn(const Service& service, std::size_t times);
// And how long each takes.
double nanosecondsOfCalls(const Service& service, std::size_t times);

}  // namespace troop::peers
