// Ends the OS process with a report of who waits for what when nothing happens any more in a World:
// a wake-up was lost, or a wait that should end does not.
//
// Threads: one of its own, while it lives. Limits: `patience` without any progress, much longer
// than any machine stands still.
//
//   const Watch watch(world);
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "runtime/time.h"
#include "tests/chaos/world.h"

namespace troop::chaos {

class Watch {
 public:
  explicit Watch(World& world, Duration patience = 100s);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  void watch();

  World& world_;
  const Duration patience_;
  std::mutex mutex_;
  std::condition_variable ends_;
  bool over_ = false;  // protected by mutex_
  std::thread osThread_;
};

}  // namespace troop::chaos
