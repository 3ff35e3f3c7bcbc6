// Threads that hand on what they have made: a channel is bounded, so who is ahead waits.
#include <cstdio>

#include "runtime/channel.h"
#include "runtime/run.h"
#include "runtime/scope.h"

namespace {

void count(troop::Sender<int> numbers) {
  for (int i = 1; i <= 1000; ++i) numbers.send(i).value();
}

void square(troop::Receiver<int> numbers, troop::Sender<long> squares) {
  while (const std::optional<int> number = numbers.receive()) {
    squares.send(static_cast<long>(*number) * *number).value();
  }
}

}  // namespace

int main() {
  return troop::run([] {
    auto [numbers, toSquare] = troop::channel<int>(16);
    auto [squares, toAdd] = troop::channel<long>(16);
    troop::Scope scope;
    scope.thread(count, std::move(numbers));
    for (int i = 0; i < 4; ++i) scope.thread(square, toSquare, squares);
    {
      const troop::Sender<long> last = std::move(squares);
    }  // those of the Threads are left
    long sum = 0;
    while (const std::optional<long> one = toAdd.receive()) sum += *one;
    std::printf("sum of squares: %ld\n", sum);
    return 0;
  });
}
