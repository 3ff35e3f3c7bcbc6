// A Load sends documents to the troops that render, outline and count them, from many Tasks on
// several Threads, and measures: in a closed loop what they can serve, in an open loop how long a
// call takes.
//
// In the open loop calls are sent when they are due, however long earlier ones take, and latency
// counts from when a call was due: a server that stalls is seen by all who would have called
// meanwhile.
//
// Ownership: borrows the Process and its items. Threads: made and driven from one OS thread; stop()
// and the counters from any. Errors: a call that fails, or is answered otherwise than the same call
// before, is counted, and the first of each phase is told. Limits: callPatience for each call.
//
//   Load load(process, {renderer, outliner}, items, showProgress);
//   double perSecond = load.closed(3s).answeredPerSecond();
//   Outcome alone = load.open(poissonSchedule(load.mix(), 0.3 * perSecond, 8s, seed));
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proto/markdown.troop.h"
#include "proto/outline.troop.h"
#include "proto/stats.troop.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/thread.h"
#include "tools/troop/job/latencies.h"
#include "tools/troop/job/schedule.h"

namespace troop::job {

// Nobody waits longer for an answer; one that is not there by then is lost.
inline constexpr Duration callPatience = 30s;

struct Servers {
  documents::Renderer renderer;
  documents::Outliner outliner;
  std::optional<documents::Stats> counter;  // where items are to be counted
};

// A text that is sent, and what has come of it.
struct Item {
  enum class Service { render, outline, count };

  Service service = Service::render;
  std::shared_ptr<const std::string> text;
  double weight = 1;
  std::size_t series = 0;  // items whose latencies are comparable have the same
};

// What came of a phase.
struct Outcome {
  std::vector<Latencies> latencies;  // by Item::series, as far as there are any
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;
  std::string firstFailure;
  Duration length{};

  // Those of a series; none where nothing of it was answered.
  Latencies of(std::size_t series) const;
  double answeredPerSecond() const;
};

class Load {
 public:
  // `tick` is called some times a second while a phase lasts, on the thread that drives it; it may
  // call stop().
  Load(Process& process, Servers servers, std::vector<Item> items, std::function<void()> tick);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // The items in proportion to their weights.
  Mix mix() const;

  // Sends each of these items once, one after the other.
  Outcome once(const std::vector<std::size_t>& items);
  // Keeps a few calls under way until `length` is over.
  Outcome closed(Duration length);
  // Sends every call when it is due.
  Outcome open(const std::vector<DueCall>& calls);

  // Sends nothing more; the phase ends when what is under way is answered.
  void stop() noexcept { stopping_.set(); }
  bool stopped() const noexcept { return stopping_.isSet(); }

  // In all phases.
  std::uint64_t sent() const noexcept { return sent_.load(std::memory_order_relaxed); }
  std::uint64_t failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

  // What the item was answered first, and has been answered ever since; nothing before.
  std::optional<std::string> html(std::size_t item) const;
  std::optional<documents::Outline> outline(std::size_t item) const;
  std::optional<documents::Figures> figures(std::size_t item) const;

 private:
  // What one Thread sends, and what comes of it; only its own Tasks touch it.
  struct Sender {
    Ref<Thread> thread;
    Outcome outcome;
  };
  struct FirstAnswer {
    std::optional<std::string> html;
    std::optional<documents::Outline> outline;
    std::optional<documents::Figures> figures;
  };

  // Runs `body` on as many Threads, until all have ended.
  Outcome send(std::size_t senders, const std::function<void(Sender&, std::size_t)>& body);
  void perform(std::size_t item, Time due, Outcome& outcome);
  void render(std::size_t item, Time due, Outcome& outcome);
  void outline(std::size_t item, Time due, Outcome& outcome);
  void count(std::size_t item, Time due, Outcome& outcome);
  void answered(std::size_t item, Duration latency, Outcome& outcome);
  void fail(Outcome& outcome, std::string reason);
  Expected<void> awaitEnd(Thread& thread);

  Process& process_;
  const Servers servers_;
  const std::vector<Item> items_;
  const std::function<void()> tick_;
  Event stopping_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> failed_{0};

  mutable std::mutex mutex_;  // protects what follows; never held while waiting
  std::vector<FirstAnswer> answers_;
};

}  // namespace troop::job
