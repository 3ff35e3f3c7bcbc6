#include "runtime/trace/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <set>
#include <string_view>

#include "runtime/base/trace-recorder.h"
#include "runtime/error.h"
#include "runtime/runnable.h"
#include "runtime/sched/scheduler.h"
#include "runtime/sched/share.h"
#include "runtime/trace/json-text.h"
#include "runtime/trace/timeline.h"

namespace troop {
namespace trace {
namespace {

constexpr std::size_t eventsMin = 64;
constexpr std::size_t eventsMax = std::size_t{1} << 24;

constexpr unsigned timesEvery = 4;

TraceRecorder& start(Scheduler& scheduler, const Options& options) {
  const std::size_t events = options.eventsOfEach;
  if (!std::has_single_bit(events) || events < eventsMin || events > eventsMax) {
    throw Error(ErrorKind::failed,
                fmt::format("a recording keeps a power of two of events, {} to {}, not {}",
                            eventsMin, eventsMax, events));
  }
  TraceRecorder* const recorder =
      scheduler.startRecording(events, options.times == Times::ofAll ? 1 : timesEvery);
  if (recorder == nullptr) {
    throw Error(ErrorKind::failed, "this Process is being recorded already");
  }
  return *recorder;
}

// The row of a carrier; that of what is outside comes first.
std::uint64_t rowOf(unsigned carrier) noexcept {
  return carrier == TraceRecorder::outside ? 0 : carrier + std::uint64_t{1};
}

class Writer {
 public:
  explicit Writer(const Timeline& timeline) : timeline_(timeline) {
    for (const Slice& slice : timeline.slices()) first_ = std::min(first_, beginOf(slice));
  }

  std::string write() {
    text_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    nameRows();
    for (const Slice& slice : timeline_.slices()) add(slice);
    text_ += "\n]}\n";
    return std::move(text_);
  }

 private:
  static std::uint64_t beginOf(const Slice& slice) noexcept {
    return slice.woken ? std::min(slice.woken->nanoseconds, slice.begin) : slice.begin;
  }

  double micros(std::uint64_t nanoseconds) const noexcept {
    return static_cast<double>(nanoseconds - first_) / 1000;
  }

  void nameRows() {
    // Of many there may be, few have run something.
    std::set<unsigned> carriers;
    for (const Slice& slice : timeline_.slices()) carriers.insert(slice.carrier);
    nameRow(TraceRecorder::outside, "outside of the carriers");
    for (const unsigned carrier : carriers) nameRow(carrier, fmt::format("carrier {}", carrier));
  }

  void nameRow(unsigned carrier, std::string_view name) {
    event(fmt::format(R"("ph":"M","name":"thread_name","pid":1,"tid":{},"args":{{"name":"{}"}})",
                      rowOf(carrier), name));
    event(fmt::format(
        R"("ph":"M","name":"thread_sort_index","pid":1,"tid":{0},"args":{{"sort_index":{0}}})",
        rowOf(carrier)));
  }

  void add(const Slice& slice) {
    const Life& life = timeline_.lives()[slice.life];
    event(fmt::format(
        R"("ph":"X","cat":"thread","name":{},"pid":1,"tid":{},"ts":{:.3f},"dur":{:.3f},)"
        R"("args":{{"troop":{}}})",
        jsonText(life.name.empty() ? "unnamed" : life.name), rowOf(slice.carrier),
        micros(slice.begin), micros(slice.end) - micros(slice.begin), jsonText(life.troop)));
    if (slice.woken) addWakeUp(*slice.woken, slice);
  }

  // An arrow from who woke.
  void addWakeUp(const WakeUp& wake, const Slice& slice) {
    ++wakeUps_;
    event(fmt::format(
        R"("ph":"s","cat":"wake","name":"wakes","id":{},"pid":1,"tid":{},"ts":{:.3f})", wakeUps_,
        rowOf(wake.carrier), micros(std::min(wake.nanoseconds, slice.begin))));
    event(fmt::format(
        R"("ph":"f","bp":"e","cat":"wake","name":"wakes","id":{},"pid":1,"tid":{},"ts":{:.3f})",
        wakeUps_, rowOf(slice.carrier), micros(slice.begin)));
  }

  void event(std::string_view fields) {
    text_ += fmt::format("{}\n{{{}}}", isFirst_ ? "" : ",", fields);
    isFirst_ = false;
  }

  const Timeline& timeline_;
  std::uint64_t first_ = std::numeric_limits<std::uint64_t>::max();
  std::string text_;
  bool isFirst_ = true;
  std::uint64_t wakeUps_ = 0;
};

}  // namespace

Recording::Recording(Process& process, Options options)
    : process_(process), recorder_(start(process.root().scheduler(), options)) {}

Recording::~Recording() {
  process_.root().scheduler().stopRecording();
}

std::string Recording::perfetto() const {
  Timeline timeline(recorder_);
  for (const Ref<Share>& share : process_.root().scheduler().shares()) {
    share->forEach([&](Runnable& runnable) {
      timeline.nameLiving(reinterpret_cast<std::uintptr_t>(&runnable), runnable.reportedName(),
                          share->reportedName());
    });
  }
  return Writer(timeline).write();
}

unsigned Recording::overwritten() const {
  const TraceRecorder::Options& options = recorder_.options();
  unsigned count = 0;
  for (unsigned i = 0; i <= options.carriersMax; ++i) {
    const unsigned carrier = i < options.carriersMax ? i : TraceRecorder::outside;
    // Of a full ring the event that comes next overwrites the oldest, which is not told any more.
    if (recorder_.events(carrier).size() + 1 >= options.eventsOfEach) ++count;
  }
  return count;
}

}  // namespace trace
}  // namespace troop
