// A shared library of a host that uses the runtime inside, compiled with a host's flags.
#include <optional>
#include <string>
#include <utility>

#include "runtime/async/all.h"
#include "runtime/async/async.h"
#include "runtime/async/future.h"
#include "runtime/async/select.h"
#include "runtime/async/wait.h"
#include "runtime/channel.h"
#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sharing/frozen.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sharing/shared-map.h"

extern "C" [[gnu::visibility("default")]] int answerOfPlugin() {
  return troop::run([] {
    auto [sender, receiver] = troop::channel<int>(1);
    const auto sum = troop::Monitor<int>::make(0);
    const auto table = troop::SharedMap<std::string, troop::Frozen<int>>::make();
    table.put("offset", troop::freeze(20));
    troop::Scope scope;
    scope.thread(
        [](troop::Sender<int> to, troop::Atomic<int> count) { to.send(count.add(1)).value(); },
        std::move(sender), troop::Atomic<int>::make(2));
    troop::select(troop::whenReceived(receiver, [&](std::optional<int> two) {
      sum.enter([](int& inside, int more) { inside += more; }, two.value());
    }));
    auto [resolver, twenty] = troop::future<int>();
    resolver.resolve(*table.get("offset").value());
    const auto [a, b] = troop::all(std::move(twenty), []() -> troop::Async<int> {
      co_await troop::async::yield();
      co_return 20;
    });
    sum.enter([](int& inside, int more) { inside += more; }, a + b);
    return sum.enter([](int inside) { return inside; });
  });
}
