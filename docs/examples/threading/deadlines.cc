// A deadline holds for all that a scope has started; who is cancelled unwinds, destructors run.
#include <cstdio>

#include "runtime/error.h"
#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace {

struct Connection {
  explicit Connection(const char* to) : peer(to) {}
  ~Connection() { std::printf("closed: %s\n", peer); }
  const char* const peer;
};

}  // namespace

int main() {
  using namespace std::chrono_literals;
  return troop::run([] {
    try {
      troop::Scope scope{{.deadline = 20ms}};
      scope.task([] {
        const Connection connection("slow.example");
        troop::sleep(24h);
      });
    } catch (const troop::Error& error) {
      std::printf("gave up: %s\n", error.what());
    }
    troop::inScope({}, [](troop::Scope& scope) {
      scope.task([] {
        const Connection connection("other.example");
        troop::sleep(24h);
      });
      troop::yield();  // it begins
      scope.cancel();  // and is told at its wait; we leave as if nothing had been
    });
    return 0;
  });
}
