#include "runtime/reactor/handle-account.h"

#include <utility>

namespace troop {

Expected<HandleAccount> HandleAccount::open(std::size_t bytes) {
  Troop* troop = Troop::current();
  if (troop == nullptr) return HandleAccount(nullptr);
  if (Expected<void> admitted = troop->admitHandle(); admitted.failed()) {
    return std::move(admitted).error();
  }
  HandleAccount account(Ref<Troop>::share(troop));
  Expected<Charge> memory = troop->memory()->charge(bytes);
  if (memory.failed()) return std::move(memory).error();
  account.memory_ = *std::move(memory);
  return account;
}

HandleAccount& HandleAccount::operator=(HandleAccount&& other) noexcept {
  if (this != &other) {
    close();
    counted_ = std::move(other.counted_);
    memory_ = std::move(other.memory_);
  }
  return *this;
}

void HandleAccount::close() noexcept {
  memory_.release();
  if (const Ref<Troop> troop = std::move(counted_)) troop->handleEnded();
}

}  // namespace troop
