#include "sandbox/testing/host-fixture.h"

#include <stdexcept>

namespace troop::sandbox::testing {

void Collector::call(proxy::Call call) noexcept {
  {
    std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }
  arrived_.notify_one();
}

proxy::Call Collector::next() {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait_for(lock, patience, [&] { return !calls_.empty(); })) {
    throw std::runtime_error("no call came");
  }
  proxy::Call call = std::move(calls_.front());
  calls_.pop_front();
  return call;
}

}  // namespace troop::sandbox::testing
