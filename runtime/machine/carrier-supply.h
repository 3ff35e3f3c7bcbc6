// How many carriers a Process is to have and which CPUs they may run on. Where the host says no
// number it is what the machine offers: the CPUs of the affinity mask, and no more than the quotas
// of control groups pay for. That may change while the Process runs, so carriers look again.
//
//   who looks   a carrier, between two slices, when it has not looked for `interval`; and of all of
//               them one in each `interval`. Nobody wakes up for it: who sleeps looks after its
//               next slice
//   the mask    is that of the OS thread that made the Process, until a carrier finds itself and
//               the main OS thread under the same other one: then somebody has changed it for all,
//               and each carrier takes it over. An OS thread that is bound by itself, the host's
//               main one or a carrier by what its Tasks call, says nothing about the others
//   the host    has the last word: while a number is its own nothing is followed
//
// Files are opened when they are read: so it also counts when the OS process is moved to another
// group, and nothing of ours is open in a host that closes what it does not know. Where the groups,
// a quota or the mask can no longer be read, for the host has locked itself in or has no file
// descriptor left, the number stays.
//
// Ownership: a member of its scheduler. Threads: any; a View belongs to one carrier. Misuse: with a
// lock held that `resize` takes.
//
//   CarrierSupply::View view;
//   supply.begin(view);
//   while (...) supply.look(view, endOfSlice);
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>

#include "runtime/machine/affinity.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class CarrierSupply {
 public:
  static constexpr Duration interval = 1s;

  struct Options {
    unsigned carriers;           // as the host says, until choose()
    unsigned most;               // whatever the machine offers
    std::filesystem::path root;  // where `proc` and `sys` are
  };

  // What a carrier has seen.
  struct View {
    Time again{};            // when it looks next, on the clock of slices
    std::uint64_t mask = 0;  // the number of the one it runs under
  };

  // The mask is that of the calling OS thread. `resize` changes how many carriers there are; it is
  // called by one at a time, carriers among them, and throws nothing.
  CarrierSupply(const Clock& clock, Options options, std::function<void(unsigned)> resize);

  // So many from now on; 0: what the machine offers, now and later.
  void choose(unsigned carriers);

  // First thing on the OS thread of a carrier, whoever started it: wakers may be bound to one CPU.
  void begin(View& view) noexcept;

  // After a slice that ended at `sliceTime`.
  void look(View& view, Time sliceTime) noexcept {
    if (sliceTime >= view.again) lookAgain(view, sliceTime);
  }

 private:
  void lookAgain(View& view, Time sliceTime) noexcept;
  // These with the lock held.
  void follow() noexcept;
  unsigned offered();
  void applyTo(View& view) const noexcept;

  const Clock& clock_;
  const unsigned most_;
  const std::filesystem::path root_;
  const std::function<void(unsigned)> resize_;

  std::mutex mutex_;  // protects all below; before the locks that resize_ takes
  bool follows_ = false;
  unsigned carriers_;
  Time next_{};
  machine::Affinity affinity_;
  std::uint64_t mask_ = 1;  // its number: how many there have been
  bool quotasWereTold_ = false;
};

}  // namespace troop
