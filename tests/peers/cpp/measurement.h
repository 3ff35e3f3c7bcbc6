// What the programs of the C++ peers need: sizes from the environment, the lines that the harness
// reads, memory and time as the kernel tells them.
#pragma once

#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

inline long size(const char* name, long otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::stol(text);
}

inline void report(const char* peer, const char* workload, const char* metric, double value,
                   const char* unit) {
  std::printf("%s\t%s\t%s\t%.6g\t%s\n", peer, workload, metric, value, unit);
  std::fflush(stdout);
}

inline double cpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

using Clock = std::chrono::steady_clock;

inline double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}
inline double nanosecondsEach(Clock::time_point start, double count) {
  return secondsSince(start) * 1e9 / count;
}

// Peak, resident and page tables of this OS process, in bytes.
inline std::array<double, 3> memoryUse() {
  constexpr std::array keys{"VmHWM:", "VmRSS:", "VmPTE:"};
  std::array<double, 3> use{};
  std::ifstream status("/proc/self/status");
  for (std::string key; status >> key; status.ignore(256, '\n')) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (key != keys[i]) continue;
      status >> use[i];
      use[i] *= 1024;
    }
  }
  return use;
}

// The memory that `count` tasks need once it has settled; blocks the calling OS thread meanwhile,
// which no figure of time includes.
class Settling {
 public:
  explicit Settling(const char* peer) : peer_(peer) {}

  void settle() {
    std::this_thread::sleep_for(std::chrono::milliseconds(size("MILLION_SETTLE_MS", 3000)));
    settled_ = memoryUse();
  }

  void reportEach(double count) const {
    constexpr std::array metrics{"rss_per_task", "settled_per_task", "page_tables_per_task"};
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      report(peer_, "million", metrics[i], (settled_[i] - before_[i]) / count, "B");
    }
  }

 private:
  const char* const peer_;
  const std::array<double, 3> before_ = memoryUse();
  std::array<double, 3> settled_{};
};

// Reports by how many nanoseconds sleepers woke too late.
template <typename Sorted>
void reportOvershoot(const char* peer, const Sorted& overshoot) {
  const std::size_t count = overshoot.size();
  report(peer, "timers", "overshoot_p50", overshoot[count / 2] / 1e3, "us");
  report(peer, "timers", "overshoot_p99", overshoot[count * 99 / 100] / 1e3, "us");
}
