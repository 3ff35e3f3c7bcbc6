#include "tests/peers/troop/measurement.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace troop::peers {

namespace {

double secondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::size_t size(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  const std::string_view digits = text;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
  require(error == std::errc() && end == digits.end() && value > 0,
          fmt::format("{}={} is no positive number", name, digits));
  return value;
}

void report(std::string_view workload, std::string_view metric, double value,
            std::string_view unit) {
  fmt::print("troop\t{}\t{}\t{:.6g}\t{}\n", workload, metric, value, unit);
  std::fflush(stdout);
}

void notOffered(std::string_view workload, std::string_view metric, std::string_view what) {
  fmt::print("troop\t{}\t{}\tnot offered\t{}\n", workload, metric, what);
  std::fflush(stdout);
}

double Stopwatch::seconds() const noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

MemoryUse memoryUse() {
  MemoryUse use{};
  std::ifstream status("/proc/self/status");
  for (std::string key; status >> key; status.ignore(256, '\n')) {
    double* const field = key == "VmRSS:"   ? &use.resident
                          : key == "VmHWM:" ? &use.residentPeak
                          : key == "VmPTE:" ? &use.pageTables
                                            : nullptr;
    if (field == nullptr) continue;
    double kibibytes = 0;
    status >> kibibytes;
    *field = kibibytes * 1024;
  }
  return use;
}

double cpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
}

void reportOvershoot(const std::string& kind, std::vector<std::chrono::nanoseconds> overshoot) {
  std::sort(overshoot.begin(), overshoot.end());
  const auto microseconds = [&](std::size_t index) {
    return static_cast<double>(overshoot[index].count()) / 1e3;
  };
  report("timers", "overshoot_p50" + kind, microseconds(overshoot.size() / 2), "us");
  report("timers", "overshoot_p99" + kind, microseconds(overshoot.size() * 99 / 100), "us");
}

void require(bool condition, std::string_view what) {
  if (condition) return;
  fmt::print(stderr, "troop: {}\n", what);
  std::exit(1);
}

}  // namespace troop::peers
