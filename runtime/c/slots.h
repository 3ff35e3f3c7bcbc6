// What the slots of the C API hold: a value for each Thread, and for each OS thread of the host.
//
// Ownership: a TroopSlot is shared by who made it and by all values; the values belong to their
// Thread, which destroys them in a last Task, or to their OS thread. Threads: values by the one
// they belong to. Limits: values are charged to the troop of their Thread. Fails: set() throws
// Error (overloaded, memory), and Error (failed) where the Thread has ended already.
//
//   SlotValues::set(*slot, value);
//   void* value = SlotValues::get(*slot);
#pragma once

#include <vector>

#include "runtime/budget.h"
#include "runtime/c/troop-c.h"
#include "runtime/ref.h"

struct TroopSlot final : troop::RefCounted {
  explicit TroopSlot(void (*itsDestructor)(void*)) noexcept : destructor(itsDestructor) {}

  void (*const destructor)(void* value);
};

namespace [[gnu::visibility("hidden")]] troop {

class Thread;

namespace c {

// Of one Thread or OS thread.
class SlotValues {
 public:
  // How often destructors are called that leave values behind.
  static constexpr int roundsMax = 4;

  static void set(TroopSlot& slot, void* value);
  static void* get(const TroopSlot& slot) noexcept;

  explicit SlotValues(const Thread* thread);  // null: of the OS thread
  ~SlotValues();
  SlotValues(const SlotValues&) = delete;
  SlotValues& operator=(const SlotValues&) = delete;

 private:
  struct Value {
    Ref<TroopSlot> slot;
    void* value;
    Charge charge;
  };

  // Those of the caller; null where nothing was set.
  static SlotValues* ofCaller() noexcept;
  static SlotValues& madeForCaller();

  // Whether there was a value to destroy.
  bool destroyOnce() noexcept;

  const Thread* const thread_;
  const Charge charge_;
  std::vector<Value> values_;
};

}  // namespace c
}  // namespace troop
