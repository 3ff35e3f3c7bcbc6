// What the troop of the caller pays for one handle: a place among those that it may have open, and
// memory, what the kernel keeps for it included.
//
// Ownership: what is open, until it is closed; it keeps the troop alive. Threads: any; outside of
// Tasks nobody pays. Limits: TroopOptions::handlesMax and memoryBytesMax. Fails: open() with
// overloaded, quota or memory, naming the troop whose limit it was.
//
//   Expected<HandleAccount> account = HandleAccount::open(sizeof(Source) + kernelBytes);
#pragma once

#include <cstddef>

#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/troop.h"

namespace [[gnu::visibility("hidden")]] troop {

class HandleAccount {
 public:
  static Expected<HandleAccount> open(std::size_t bytes);

  HandleAccount(HandleAccount&&) noexcept = default;
  HandleAccount& operator=(HandleAccount&& other) noexcept;
  ~HandleAccount() { close(); }

  void close() noexcept;

 private:
  explicit HandleAccount(Ref<Troop> counted) noexcept : counted_(std::move(counted)) {}

  Ref<Troop> counted_;  // null where nobody pays
  Charge memory_;
};

}  // namespace troop
