// Tasks without stacks: a coroutine waits by co_await, and costs some hundred bytes while it does.
#include <cstdio>

#include "runtime/async/all.h"
#include "runtime/async/async.h"
#include "runtime/async/channel.h"
#include "runtime/async/wait.h"
#include "runtime/run.h"

namespace {

using namespace std::chrono_literals;

troop::Async<int> slowly(int number) {
  co_await troop::async::sleep(1ms);
  co_return number;
}

troop::Async<void> count(troop::Sender<int> out, int to) {
  for (int i = 1; i <= to; ++i) (co_await troop::async::send(out, i)).value();
}

troop::Async<int> sum(troop::Receiver<int> in) {
  int total = 0;
  while (const std::optional<int> number = co_await troop::async::receive(in)) total += *number;
  co_return total;
}

}  // namespace

int main() {
  return troop::run([] {
    auto [numbers, toAdd] = troop::channel<int>(1);
    troop::Scope scope;
    for (int i = 0; i < 1000; ++i) scope.async(count(numbers, 100));  // a Task each
    {
      const troop::Sender<int> last = std::move(numbers);
    }
    std::printf("sum: %d\n", troop::await(sum(toAdd)));  // in a Task that has a stack

    // Several beside each other; the first error would cancel the others.
    const auto [a, b] = troop::all(slowly(1), slowly(2));
    std::printf("both: %d\n", a + b);
    return 0;
  });
}
