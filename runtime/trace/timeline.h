// What the events of all carriers come to: slices of Runnables, each on a carrier, and the wake-ups
// that they follow.
//
// An address is that of one Runnable until another one starts there. A slice that follows another
// one at once, of what was neither ready nor recorded as woken, was handed over: that one woke it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/base/trace-recorder.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace trace {

struct Life {  // of a Runnable
  std::string name;
  std::string troop;
};

struct WakeUp {
  unsigned carrier = TraceRecorder::outside;  // of who woke
  std::uint64_t nanoseconds = 0;
};

struct Slice {
  unsigned carrier = 0;
  std::size_t life = 0;
  std::uint64_t begin = 0;  // in nanoseconds since the first event, as `end`
  std::uint64_t end = 0;
  std::optional<WakeUp> woken;  // what it follows
};

class Timeline {
 public:
  // What is recorded by now.
  explicit Timeline(const TraceRecorder& recorder);

  // Names one that has not finished, where that is not known.
  void nameLiving(std::uint64_t runnable, std::string_view name, std::string_view troop);

  const std::vector<Life>& lives() const noexcept { return lives_; }
  // In the order of their ends.
  const std::vector<Slice>& slices() const noexcept { return slices_; }

 private:
  struct Event : TraceEvent {
    std::uint64_t nanoseconds;  // since the first one
    unsigned carrier;
    std::size_t index;  // those of one carrier at one time stay in their order
  };

  struct Naming {
    std::size_t life;
    std::string Life::* what;
  };

  static std::vector<Event> inOrder(const TraceRecorder& recorder);
  std::optional<WakeUp> wakeUpOf(const Event& event, std::size_t life);
  void take(const Event& event);
  void beginName(const Event& event, std::string Life::* what);
  void takeText(const Event& event);
  void begin(const Event& event);
  void end(unsigned carrier, std::uint64_t nanoseconds);
  std::size_t lifeOf(std::uint64_t runnable);

  std::vector<Life> lives_;
  std::vector<Slice> slices_;
  std::unordered_map<std::uint64_t, std::size_t> living_;  // by address
  std::unordered_map<std::size_t, WakeUp> woken_;          // by life
  std::unordered_set<std::size_t> ready_;                  // lives that have run before
  std::unordered_map<unsigned, Slice> running_;            // by carrier
  std::unordered_map<unsigned, Naming> naming_;            // by carrier: what `text` belongs to
};

}  // namespace trace
}  // namespace troop
