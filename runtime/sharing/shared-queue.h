// A SharedQueue is a bounded queue that never waits: whoever finds it full or empty does something
// else meanwhile. A Channel (runtime/channel.h) waits.
//
// Ownership: copies of a SharedQueue share one queue; what is left goes with the last one, never in
// one that holds itself. Threads: any. Limits: `capacity` values, at least 1, whose room is paid
// for by the troop that made it. Fails: tryPush() with overloaded/quota when full; making one
// throws Error (failed) for no room at all, and Error (overloaded, memory) where the troop cannot
// pay. Misuse: trying again in a loop until it works, which is a Channel's task.
//
//   SharedQueue<Text> lines = SharedQueue<Text>::make(1000);
//   if (lines.tryPush(std::move(line)).failed()) ++lost;
//   while (std::optional<Text> next = lines.tryPop()) write(*next);
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/heap/charge-caller.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/sharing/freezable.h"
#include "runtime/sharing/shared-block.h"

namespace [[gnu::visibility("hidden")]] troop {

// Which places of a ring of `capacity` are taken, in turn; the same for all types.
class QueuePlaces {
 public:
  // Throws Error (failed) for none.
  explicit QueuePlaces(std::size_t capacity);

  bool full() const noexcept { return used_ == capacity_; }
  bool empty() const noexcept { return used_ == 0; }
  std::size_t used() const noexcept { return used_; }
  // The next free place, unless full; the place that was taken first, unless empty.
  std::size_t take() noexcept { return (first_ + used_++) % capacity_; }
  std::size_t release() noexcept;

  Error fullError() const;

 private:
  const std::size_t capacity_;
  std::size_t first_ = 0;
  std::size_t used_ = 0;
};

template <typename T>
class SharedQueue {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "what goes through a SharedQueue is moved without exceptions");

 public:
  static SharedQueue make(std::size_t capacity) {
    static_assert(Sendable<T>,
                  "what goes through a SharedQueue is Sendable: see runtime/sendable.h");
    return SharedQueue(
        makeRef<Core>(QueuePlaces(capacity),
                      chargeCaller(sizeof(Core) + capacity * sizeof(std::optional<T>)), capacity));
  }

  // `value` is moved from only on success.
  Expected<void> tryPush(T&& value) const {
    std::lock_guard lock(core_->mutex);
    if (core_->places.full()) return core_->places.fullError();
    core_->values[core_->places.take()].emplace(std::move(value));
    return {};
  }

  // What was pushed first; none when nothing is there.
  std::optional<T> tryPop() const {
    std::lock_guard lock(core_->mutex);
    if (core_->places.empty()) return std::nullopt;
    std::optional<T>& place = core_->values[core_->places.release()];
    std::optional<T> value = std::move(place);
    place.reset();
    return value;
  }

  // As it was a moment ago.
  std::size_t size() const {
    std::lock_guard lock(core_->mutex);
    return core_->places.used();
  }

 private:
  struct Core final : RefCounted {
    Core(const QueuePlaces& empty, Charge paid, std::size_t capacity)
        : charge(std::move(paid)), values(capacity), places(empty) {}
    const Charge charge;
    std::mutex mutex;  // protects all below
    std::vector<std::optional<T>> values;
    QueuePlaces places;
  };

  explicit SharedQueue(Ref<Core> core) noexcept : core_(std::move(core)) {}

  Ref<Core> core_;
};

// clang-format off
template <typename T> struct IsSendable<SharedQueue<T>> : std::true_type {};
template <typename T> struct IsFreezable<SharedQueue<T>> : std::true_type {};
// clang-format on

}  // namespace troop
