// A Frozen<T> refers to a T that was built and will never change: any number of Threads, in any
// troops, read it at once without locks. To have another value, make another one.
//
// Ownership: copies of a Frozen share one value, destroyed with the last of them, wherever that is.
// Threads: any; one Frozen by one at a time. Limits: paid for once by each troop that makes it or
// copies one that was given to it. Fails: both throw Error (overloaded, memory) where the troop
// cannot pay. Misuse: a type that lies about being Freezable (runtime/sharing/freezable.h), or has
// a destructor that waits; use of one that was moved away.
//
//   Frozen<Prices> prices = Frozen<Prices>::make(load());
//   scope.thread([](Frozen<Prices> shared) { sell(shared->of("tea")); }, prices);
//   Frozen<Prices> later = freeze(std::move(isolatedPrices));
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include "runtime/sendable.h"
#include "runtime/sharing/freezable.h"
#include "runtime/sharing/holding.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sharing/shared-block.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename T>
class Frozen {
 public:
  template <typename... Arguments>
  static Frozen make(Arguments&&... arguments) {
    static_assert(Freezable<T>,
                  "a Frozen never changes, nor anything that it reaches: this type may; opt in by "
                  "IsFreezable, see runtime/sharing/freezable.h; assumeFreezable() is the way out");
    return makeAssumed(std::forward<Arguments>(arguments)...);
  }

  Frozen(const Frozen& other) = default;
  Frozen(Frozen&& other) noexcept
      : held_(std::move(other.held_)), value_(std::exchange(other.value_, nullptr)) {}
  Frozen& operator=(Frozen other) noexcept {
    std::swap(held_, other.held_);
    std::swap(value_, other.value_);
    return *this;
  }
  ~Frozen() = default;

  const T& operator*() const noexcept { return *value_; }
  const T* operator->() const noexcept { return value_; }

  // Whether both are one and the same value.
  bool sharesWith(const Frozen& other) const noexcept { return value_ == other.value_; }

  friend bool operator==(const Frozen& a, const Frozen& b)
    requires std::equality_comparable<T>
  {
    return a.sharesWith(b) || *a == *b;
  }
  friend auto operator<=>(const Frozen& a, const Frozen& b)
    requires std::three_way_comparable<T>
  {
    return *a <=> *b;
  }

 private:
  template <typename U>
  friend Frozen<U> freeze(AssumedFreezable<U> assumed);

  struct Block final : SharedBlock {
    template <typename... Arguments>
    explicit Block(Arguments&&... arguments)
        : SharedBlock(sizeof(Block)), value(std::forward<Arguments>(arguments)...) {}
    using SharedBlock::payForMore;
    const T value;
  };

  template <typename... Arguments>
  static Frozen makeAssumed(Arguments&&... arguments) {
    auto* const block = new Block(std::forward<Arguments>(arguments)...);
    Frozen made;
    made.held_ = Held::adopt(block->own());
    made.value_ = &block->value;
    // Paid for as it is before it is there, and with what it turned out to own after that.
    if (const std::size_t owned = ownedBytes(block->value); owned != 0) block->payForMore(owned);
    return made;
  }

  Frozen() = default;

  Held held_;
  const T* value_ = nullptr;
};

template <typename T>
Frozen<T> freeze(T value) {
  return Frozen<T>::make(std::move(value));
}
template <typename T>
Frozen<T> freeze(Isolated<T> value) {
  return Frozen<T>::make(std::move(value).take());
}
template <typename T>
Frozen<T> freeze(AssumedFreezable<T> assumed) {
  return Frozen<T>::makeAssumed(std::move(assumed.value));
}

template <typename T>
struct IsSendable<Frozen<T>> : std::true_type {};
template <typename T>
struct IsFreezable<Frozen<T>> : std::true_type {};

}  // namespace troop

template <typename T>
// NOLINTNEXTLINE(cert-dcl58-cpp): of a type of ours, as the standard allows
struct std::hash<troop::Frozen<T>> {
  std::size_t operator()(const troop::Frozen<T>& frozen) const { return std::hash<T>()(*frozen); }
};
