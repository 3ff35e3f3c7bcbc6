// The CPUs that an OS thread may run on: its affinity mask, of which the kernel shows what the
// cpusets of control groups leave.
//
// Ownership: a value. Threads: any. Limits: machines of 1024 CPUs; of larger ones nothing is known.
// Fails: never; where the kernel tells no mask, or takes none, everything stays as it is.
//
//   const Affinity here;
//   std::thread([&] { here.applyToCaller(); ... });   // runs there, too
#pragma once

#include <sched.h>

namespace [[gnu::visibility("hidden")]] troop {
namespace machine {

class Affinity {
 public:
  // That of the calling OS thread.
  Affinity() noexcept : Affinity(0) {}

  // That of the first OS thread of the OS process.
  static Affinity ofMain() noexcept;

  // Whether the kernel has told.
  bool isKnown() const noexcept { return known_; }

  // How many CPUs; at least 1. Those of the machine where the mask is not known.
  unsigned count() const noexcept;

  // The calling OS thread may run on these from now on. As far as cpusets alone make them what they
  // are, it will also get what they are given later.
  void applyToCaller() const noexcept;

  bool operator==(const Affinity& other) const noexcept;

 private:
  explicit Affinity(pid_t osThread) noexcept
      : known_(sched_getaffinity(osThread, sizeof(set_), &set_) == 0) {}

  cpu_set_t set_;
  bool known_;
};

}  // namespace machine
}  // namespace troop
