// A Frozen<T> refers to a T that was built and will never change: any number of Threads, in any
// troops, read it at once without locks. To have another value, make another one.
//
// Ownership: copies of a Frozen share one value, destroyed with the last of them, wherever that is.
// Threads: any; one Frozen by one at a time. Limits: paid for by the troop that made it. Fails:
// throws Error (overloaded, memory) where that troop cannot pay. Misuse: a type that lies about
// being Freezable (runtime/sharing/freezable.h); use of one that was moved away.
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

#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/sharing/freezable.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sharing/shared-block.h"

namespace troop {

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

  const T& operator*() const noexcept { return block_->value; }
  const T* operator->() const noexcept { return &block_->value; }

  // Whether both are one and the same value.
  bool sharesWith(const Frozen& other) const noexcept { return block_ == other.block_; }

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
    explicit Block(Charge charge, Arguments&&... arguments)
        : SharedBlock(std::move(charge)), value(std::forward<Arguments>(arguments)...) {}
    using SharedBlock::pay;
    const T value;
  };

  explicit Frozen(Ref<const Block> block) noexcept : block_(std::move(block)) {}

  template <typename... Arguments>
  static Frozen makeAssumed(Arguments&&... arguments) {
    // Paid for as it is before it is there, and with what it turned out to own after that.
    Ref<Block> block =
        makeRef<Block>(chargeCaller(sizeof(Block)), std::forward<Arguments>(arguments)...);
    if (const std::size_t owned = ownedBytes(block->value); owned != 0) {
      block->pay(Charge());
      block->pay(chargeCaller(sizeof(Block) + owned));
    }
    return Frozen(std::move(block));
  }

  Ref<const Block> block_;
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
