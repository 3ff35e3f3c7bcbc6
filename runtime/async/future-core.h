// What a Future and its Resolver share.
//
// Ownership: both hold it, and so does what is to be called when it is settled, until then.
// Threads: any. It is settled once; who settles it wakes those who wait and then calls what was
// left to be called, on its own OS thread and without locks.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/base/body.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/heap/charge-caller.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

template <typename T>
class FutureWait;

template <typename T>
using Stored = std::conditional_t<std::is_void_v<T>, Nothing, T>;

class FutureCore : public RefCounted {
 public:
  bool settled() const noexcept { return settled_.load(std::memory_order_acquire); }

  // Until it is settled; fails with overloaded/deadline after `deadline`, and with failed/cancelled
  // where a wait does not throw.
  Expected<void> wait(Time deadline);
  // The same where no wait may throw.
  Expected<void> waitNoThrow(Time deadline);

  // Calls `callback` once it is settled, or now.
  void onSettled(std::unique_ptr<Body> callback) noexcept;

  void fail(const std::exception_ptr& thrown) noexcept;
  // Nobody will settle it.
  void abandon() noexcept;

 protected:
  explicit FutureCore(Charge paid) noexcept : charge_(std::move(paid)) {}

  void settle() noexcept;
  const std::exception_ptr& failure() const noexcept { return failure_; }

 private:
  template <typename T>
  friend class FutureWait;

  WaitResult awaitSettled(Time deadline);
  static Expected<void> outcome(WaitResult waited);

  const Charge charge_;
  std::mutex mutex_;
  WaitList waiting_;                // protected by mutex_
  std::unique_ptr<Body> callback_;  // protected by mutex_
  std::exception_ptr failure_;      // like the value, written once before settled_ is set
  std::atomic<bool> settled_{false};
};

template <typename T>
class FutureState final : public FutureCore {
 public:
  FutureState() : FutureCore(chargeCaller(sizeof(FutureState))) {}

  void give(Stored<T> value) noexcept(std::is_nothrow_move_constructible_v<Stored<T>>) {
    value_.emplace(std::move(value));
    settle();
  }

  // Once, when it is settled.
  Expected<T> take() {
    if (failure() != nullptr) return errorOf(failure());
    return *std::move(value_);
  }
  T takeOrThrow() {
    if (failure() != nullptr) std::rethrow_exception(failure());
    if constexpr (!std::is_void_v<T>) return *std::move(value_);
  }

 private:
  std::optional<Stored<T>> value_;
};

}  // namespace async
}  // namespace troop
