// The events of all carriers of a scheduler, and of the OS threads of the host that wake its
// Runnables.
//
// Ownership: the scheduler, until its end: what is being written when recording ends goes into
// rings that are still there. Threads: each carrier into its own ring, all others into one behind a
// lock; reading by any. Fails: std::bad_alloc when it is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/base/short-lock.h"
#include "runtime/base/trace-ring.h"

namespace [[gnu::visibility("hidden")]] troop {

class TraceRecorder {
 public:
  static constexpr unsigned outside = ~0U;  // no carrier

  // What the times of events are.
  enum class Times : unsigned char { tickCounts, nanoseconds };

  struct Options {
    unsigned carriersMax = 1;  // with spares
    std::size_t eventsOfEach = 64;
    Times times = Times::nanoseconds;
    // Of the events `runs` one in so many has a time of its own, others that of the one before; a
    // power of two. Reading the clock costs as much as all the rest of such an event.
    unsigned timesEvery = 1;
  };

  explicit TraceRecorder(Options options);

  // By a carrier: what goes on in a slice that runs. `now` tells the time.
  template <typename Now>
  void addRun(unsigned carrier, std::uint64_t runnable, Now now) noexcept {
    TraceRing& ring = rings_[carrier];
    const std::uint64_t time = ring.timeToReuse(options_.timesEvery);
    ring.add(time != TraceRing::none ? time : now(), TraceKind::runs, runnable);
  }
  void add(unsigned carrier, std::uint64_t time, TraceKind kind, std::uint64_t about) noexcept {
    if (carrier == outside) return addOutside(time, kind, about);
    rings_[carrier].add(time, kind, about);
  }
  // A Runnable that has a name, and its troop.
  void name(unsigned carrier, std::uint64_t time, std::uint64_t runnable, std::string_view name,
            std::string_view troop) noexcept;

  // Of a carrier, or of what is outside of all.
  std::vector<TraceEvent> events(unsigned carrier) const;
  const Options& options() const noexcept { return options_; }

  void forget() noexcept;

 private:
  void addOutside(std::uint64_t time, TraceKind kind, std::uint64_t about) noexcept;
  TraceRing& ringOf(unsigned carrier) const noexcept {
    return rings_[carrier == outside ? options_.carriersMax : carrier];
  }

  const Options options_;
  // One for each carrier, and that of the others.
  const std::unique_ptr<TraceRing[]> rings_;
  ShortLock outside_;  // for who writes into the last one
};

}  // namespace troop
