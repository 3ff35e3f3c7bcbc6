// A Future is where the value of some work arrives, or the error that it ended with.
#include <cstdio>
#include <stdexcept>

#include "runtime/async/future.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace {

long sumOfSquares(int to) {
  long sum = 0;
  for (int i = 1; i <= to; ++i) sum += static_cast<long>(i) * i;
  return sum;
}

}  // namespace

int main() {
  using namespace std::chrono_literals;
  troop::Process process;

  // Of a Thread; whoever holds it waits: here an OS thread of the host.
  troop::Future<long> sum = process.root().future({"adder"}, sumOfSquares, 1000);
  std::printf("sum of squares: %ld\n", sum.get(1min).value());

  // What the work throws arrives there, too.
  troop::Future<void> fails =
      process.root().future({"fails"}, [] { throw std::out_of_range("too far"); });
  std::printf("failed: %s\n", fails.get(1min).error().what());

  // Of Threads within a Scope, whose errors are the Scope's as well; then() goes on with a value.
  process.run([] {
    troop::Scope scope;
    troop::Future<long> small = scope.threadFuture({}, sumOfSquares, 10);
    const troop::Ref<troop::Thread> service = troop::Troop::current()->serviceThread("service");
    troop::Future<long> twice = std::move(small).then(
        service, [](troop::Expected<long> value) { return 2 * value.value(); });
    std::printf("twice: %ld\n", twice.get().value());
    service->close();
  });
  return 0;
}
