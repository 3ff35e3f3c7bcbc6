// Records what the carriers of a Process do, from its making to finish(), and writes it to a file
// for Perfetto.
//
// Ownership: a local of who runs the Process, which outlives it. Threads: one. Limits: the last
// `eventsOfEach` events of each carrier, 16 bytes each; finish() says where there were more, since
// what is missing then looks like what never was. Fails: Error (failed) for a file that cannot be
// written, at once where that is known.
//
//   TraceFile trace(process, "trace.json");
//   work();
//   progress.say(trace.finish());
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/trace/recording.h"

namespace troop::command {

class TraceFile {
 public:
  static constexpr std::size_t eventsOfEach = std::size_t{1} << 17;

  TraceFile(Process& process, std::filesystem::path path, std::size_t events = eventsOfEach);

  // Writes it; what there is to be said of it, a sentence for people.
  std::string finish();

 private:
  const std::filesystem::path path_;
  const std::size_t events_;
  std::ofstream file_;  // before what is recorded, which is in vain where it cannot be written
  const trace::Recording recording_;
};

}  // namespace troop::command
