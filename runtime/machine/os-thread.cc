#include "runtime/machine/os-thread.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace troop {
namespace {

// As pthread_getcpuclockid() makes it, which asks for a pthread_t: linux/posix-timers.h,
// CPUCLOCK_PERTHREAD_MASK and CPUCLOCK_SCHED.
clockid_t cpuClockOf(pid_t osThread) noexcept {
  constexpr unsigned perThread = 4, scheduled = 2;
  return static_cast<clockid_t>(~static_cast<unsigned>(osThread) << 3 | perThread | scheduled);
}

}  // namespace

std::optional<Duration> cpuTimeOf(pid_t osThread) noexcept {
  timespec time{};
  if (osThread <= 0) return std::nullopt;  // which to the kernel is who asks
  if (clock_gettime(cpuClockOf(osThread), &time) != 0) return std::nullopt;
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

bool isAsleep(pid_t osThread) noexcept {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/stat", osThread);
  const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 64> text{};
  const ssize_t length = read(file, text.data(), text.size());
  close(file);
  if (length <= 0) return false;
  // "4711 (name) S ..."; a name has at most 15 characters, of whatever kind.
  const std::string_view line(text.data(), static_cast<std::size_t>(length));
  const std::size_t name = line.rfind(") ");
  if (name == std::string_view::npos || name + 2 >= line.size()) return false;
  const char state = line[name + 2];
  return state == 'S' || state == 'D';
}

}  // namespace troop
