// What is to be told when a slice of a Thread ends, and when the Thread does.
//
// Ownership: its Thread's, and whoever has a Ref. Threads: the one that it belongs to, on whatever
// carrier; it must not wait.
//
//   class Counters : public SliceEnd { void sliceEnds() noexcept override { publish(); } ... };
#pragma once

#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class SliceEnd : public RefCounted {
 public:
  virtual void sliceEnds() noexcept = 0;
  // After its last slice; nothing is told any more.
  virtual void threadEnds() noexcept = 0;
};

}  // namespace troop
