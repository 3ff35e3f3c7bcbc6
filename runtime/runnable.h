// A Runnable is what carriers run: a Thread with its Tasks, or a guest that is polled. It runs on one
// carrier at a time and may run on another one next time.
//
// Ownership: whoever made it; the scheduler holds a reference of its own while it is queued or running.
// Threads: wake() from any OS thread; runSlice() is only ever called by a carrier, never concurrently with
// itself. Misuse: runSlice() must not block the OS thread and must not let an exception out.
//
//   class Guest : public Runnable { Progress runSlice() override { return poll() ? Progress::parked : Progress::ready; } };
//   guest->wake();                   // it runs at least once after this
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/ref.h"
#include "runtime/time.h"

namespace troop {

class Troop;

enum class Progress : unsigned char {
  parked,    // nothing to do until the next wake()
  ready,     // more to do: queue it again
  finished,  // never run it again
};

class Runnable : public RefCounted {
 public:
  // Makes it run at least once after the call; thread-safe, never blocks, harmless when finished.
  void wake() noexcept;

  Troop& troop() const noexcept { return *troop_; }

  // How many slices ran, and how many of them began on another carrier than the one before.
  std::uint64_t slices() const noexcept { return slices_.load(std::memory_order_relaxed); }
  std::uint64_t migrations() const noexcept { return migrations_.load(std::memory_order_relaxed); }

 protected:
  explicit Runnable(Ref<Troop> troop);
  ~Runnable() override;

  // Runs until it has nothing to do, or its slice is over.
  virtual Progress runSlice() noexcept = 0;

  // Called once when the troop is killed, on the killer's OS thread, before wake(); must only set flags.
  virtual void troopKilled() noexcept {}

 private:
  friend class Scheduler;
  friend class Troop;
};

}  // namespace troop
