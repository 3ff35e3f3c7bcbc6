#include "runtime/c/slots.h"

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "runtime/base/short-lock.h"
#include "runtime/error.h"
#include "runtime/heap/charge-caller.h"
#include "runtime/thread.h"

namespace troop {
namespace c {
namespace {

// Which Threads have values. Threads have no room for a pointer that few of them need.
class Shard {
 public:
  static Shard& of(const Thread* thread) noexcept {
    static std::array<Shard, 64> shards;
    return shards[std::hash<const void*>()(thread) / alignof(Thread) % shards.size()];
  }

  void add(const Thread* thread, SlotValues& values) {
    const std::lock_guard lock(mutex_);
    values_.emplace(thread, &values);
  }
  void remove(const Thread* thread) noexcept {
    const std::lock_guard lock(mutex_);
    values_.erase(thread);
  }
  SlotValues* find(const Thread* thread) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(thread);
    return found == values_.end() ? nullptr : found->second;
  }

 private:
  ShortLock mutex_;
  std::unordered_map<const Thread*, SlotValues*> values_;  // protected by mutex_
};

// Not inlined: see runtime/sched/current.cc.
[[gnu::noinline]] std::unique_ptr<SlotValues>& ofOsThread() noexcept {
  asm volatile("" ::: "memory");
  static thread_local std::unique_ptr<SlotValues> values;
  return values;
}

}  // namespace

SlotValues::SlotValues(const Thread* thread)
    : thread_(thread), charge_(chargeCaller(sizeof(SlotValues))) {
  if (thread != nullptr) Shard::of(thread).add(thread, *this);
}

SlotValues::~SlotValues() {
  for (int round = 0; round < roundsMax && destroyOnce(); ++round) {
  }
  if (thread_ != nullptr) Shard::of(thread_).remove(thread_);
}

bool SlotValues::destroyOnce() noexcept {
  bool any = false;
  // By number: destructors may add some.
  for (std::size_t i = 0; i < values_.size(); ++i) {
    void* const value = std::exchange(values_[i].value, nullptr);
    auto* const destructor = values_[i].slot->destructor;
    if (value == nullptr || destructor == nullptr) continue;
    any = true;
    destructor(value);
  }
  return any;
}

void SlotValues::set(TroopSlot& slot, void* value) {
  SlotValues* own = ofCaller();
  if (own == nullptr) {
    if (value == nullptr) return;
    own = &madeForCaller();
  }
  for (Value& each : own->values_) {
    if (each.slot.get() != &slot) continue;
    each.value = value;
    return;
  }
  own->values_.push_back({Ref<TroopSlot>::share(&slot), value, chargeCaller(sizeof(Value))});
}

void* SlotValues::get(const TroopSlot& slot) noexcept {
  const SlotValues* own = ofCaller();
  if (own == nullptr) return nullptr;
  for (const Value& each : own->values_) {
    if (each.slot.get() == &slot) return each.value;
  }
  return nullptr;
}

SlotValues* SlotValues::ofCaller() noexcept {
  const Thread* thread = Thread::current();
  return thread != nullptr ? Shard::of(thread).find(thread) : ofOsThread().get();
}

SlotValues& SlotValues::madeForCaller() {
  Thread* thread = Thread::current();
  if (thread == nullptr) return *(ofOsThread() = std::make_unique<SlotValues>(nullptr));
  const auto made = std::make_shared<SlotValues>(thread);
  if (!thread->own(made)) throw Error(ErrorKind::failed, "the Thread has ended already");
  return *made;
}

}  // namespace c
}  // namespace troop
