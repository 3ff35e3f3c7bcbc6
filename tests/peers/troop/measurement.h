// What the workloads of a peer program need: their sizes, which the harness sets in the
// environment, the lines that it reads from standard output, and what the kernel tells of this OS
// process.
//
// Threads: any. Fails: a size that is no positive number ends the program, since no figure of a
// wrong size may look right.
//
//   const std::size_t tasks = size("RING_TASKS", 1000);
//   const Stopwatch watch;
//   report("ring", "hop", watch.nanoseconds() / tasks, "ns");
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace troop::peers {

// The size that the environment names, or `otherwise`.
std::size_t size(const char* name, std::size_t otherwise);

// A line of the harness: troop, workload, metric, value, unit.
void report(std::string_view workload, std::string_view metric, double value,
            std::string_view unit);
// Instead of a figure: what the runtime lacks for it.
void notOffered(std::string_view workload, std::string_view metric, std::string_view what);

class Stopwatch {
 public:
  double seconds() const noexcept;
  double nanoseconds() const noexcept { return seconds() * 1e9; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Of this OS process, in bytes.
struct MemoryUse {
  double resident;
  double residentPeak;
  double pageTables;
};
MemoryUse memoryUse();

double cpuSeconds();

// Reports by how much sleepers woke too late.
void reportOvershoot(const std::string& kind, std::vector<std::chrono::nanoseconds> overshoot);

// Ends the program where a workload came to a wrong result.
void require(bool condition, std::string_view what);

}  // namespace troop::peers
