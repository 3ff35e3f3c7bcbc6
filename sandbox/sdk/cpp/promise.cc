#include "sandbox/sdk/cpp/promise.h"

#include "sandbox/sdk/cpp/log.h"

namespace troop::inline guest {
namespace {

struct Detached final : Waiter {
  explicit Detached(Ref<Pending> kept) : pending(std::move(kept)) {}

  void run() override {
    if (const Error* error = pending->error()) {
      log(LogLevel::error, "an error that nobody waited for: " + error->reason());
    }
    delete this;
  }

  Ref<Pending> pending;
};

}  // namespace

void detach(UntypedPromise promise) {
  auto* const detached = new Detached(promise.pending());
  detached->pending->wait(*detached);
}

}  // namespace troop::inline guest
