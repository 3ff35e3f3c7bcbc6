// An Atomic<T> is one small value that Threads read and change at once, each time as a whole.
//
// Ownership: copies of an Atomic share one value. Threads: any; nothing waits. Limits: types that
// the machine changes in one step: numbers, enumerations. Order: what was done before a change is
// seen by whoever sees the change. Fails: making one throws std::bad_alloc where there is no
// memory; nothing else does. Misuse: two Atomics that must change together, which takes a Monitor.
//
//   Atomic<std::uint64_t> served = Atomic<std::uint64_t>::make(0);
//   scope.thread([](Atomic<std::uint64_t> count) { serve(); count.add(1); }, served);
#pragma once

#include <atomic>
#include <concepts>
#include <type_traits>
#include <utility>

#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/sharing/freezable.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename T>
class Atomic {
  static_assert(Sendable<T> && std::is_trivially_copyable_v<T>,
                "an Atomic is a number or an enumeration: a Monitor<T> holds what is larger");
  static_assert(std::atomic<T>::is_always_lock_free,
                "this type is too large to be changed in one step: use a Monitor<T>");

 public:
  static Atomic make(T value) { return Atomic(makeRef<Cell>(value)); }

  T get() const noexcept { return cell_->value.load(); }
  void set(T value) const noexcept { cell_->value.store(value); }
  // Sets it; what it was before.
  T exchange(T value) const noexcept { return cell_->value.exchange(value); }
  // Sets it to `value` where it is `expected`; otherwise tells in `expected` what it is.
  bool compareExchange(T& expected, T value) const noexcept {
    return cell_->value.compare_exchange_strong(expected, value);
  }

  // Sets it to function(what it is), which is called again where somebody else was faster; what it
  // was before.
  template <std::invocable<T> F>
  T update(F function) const {
    T before = get();
    while (!compareExchange(before, function(before))) {
    }
    return before;
  }

  // What it was before. Overflow wraps.
  T add(T difference) const noexcept
    requires std::integral<T>
  {
    return cell_->value.fetch_add(difference);
  }
  T subtract(T difference) const noexcept
    requires std::integral<T>
  {
    return cell_->value.fetch_sub(difference);
  }

  bool sharesWith(const Atomic& other) const noexcept { return cell_ == other.cell_; }

 private:
  // In a cache line of its own, so that it slows down nothing that stands beside it.
  struct alignas(64) Cell final : RefCounted {
    explicit Cell(T first) noexcept : value(first) {}
    std::atomic<T> value;
  };

  explicit Atomic(Ref<Cell> cell) noexcept : cell_(std::move(cell)) {}

  Ref<Cell> cell_;
};

// clang-format off
template <typename T> struct IsSendable<Atomic<T>> : std::true_type {};
template <typename T> struct IsFreezable<Atomic<T>> : std::true_type {};
// clang-format on

}  // namespace troop
