// Records what the carriers of a Process do, one event after another: which Thread runs where and
// until when, who wakes whom, what starts and ends. perfetto() gives it as a file that Perfetto and
// Chrome's tracing show.
//
// Each carrier keeps its last events, some seconds of a Process that does little, a millisecond of
// one that does nothing but send messages; older ones are overwritten.
//
// Ownership: the host; the Process outlives it. Its memory, which is taken as it is first written,
// stays the Process's until that ends, and is used again by a later Recording of the same size.
// Threads: any. Limits: `eventsOfEach` for each carrier and each spare, 16 bytes an event. Costs
// nothing while there is none; docs/decisions/0091 says what it costs while there is one. Fails:
// Error (failed) where another one exists of the same Process or for a size out of range,
// std::bad_alloc. Misuse: perfetto() long after what is looked for, which is overwritten by then
// (overwritten() tells); one after another of ever other sizes, whose memory all stays.
//
//   const trace::Recording recording(process);
//   process.run(program);
//   std::ofstream("trace.json") << recording.perfetto();
#pragma once

#include <cstddef>
#include <string>

#include "runtime/process.h"

namespace [[gnu::visibility("hidden")]] troop {

class TraceRecorder;

namespace trace {

// When Threads hand a carrier to one another within a slice, which takes some 100 ns.
enum class Times : unsigned char {
  ofSome,  // only one such change in four has a time of its own, others lie evenly between
  ofAll,   // each has, which takes some 10 ns more
};

struct Options {
  std::size_t eventsOfEach = std::size_t{1} << 14;  // of a carrier; a power of two, 64 to 2^24
  Times times = Times::ofSome;
};

class Recording {
 public:
  explicit Recording(Process& process, Options options = {});
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // What was recorded until now, in JSON, in Chrome's format of trace events; times are in
  // microseconds since the first event that is left.
  std::string perfetto() const;

  // How many carriers, with what is outside of them as one more, had so many events that older ones
  // are lost, or are about to.
  unsigned overwritten() const;

 private:
  Process& process_;
  TraceRecorder& recorder_;
};

}  // namespace trace
}  // namespace troop
