#include "sandbox/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <span>
#include <string>

#include "runtime/units.h"

namespace troop::sandbox {

namespace {

// What the worker leaves behind, in memory that both processes see: a Head, then the result or the
// reason why there is none. The head is written last.
enum class Outcome : std::uint32_t { none = 0, done = 1, refused = 2 };
struct Head {
  Outcome outcome;
  ErrorKind kind;  // where it was refused
  ErrorDetail detail;
};

constexpr std::size_t machinePageBytes = 4096;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void overloaded(std::string reason, ErrorDetail detail) {
  throw Error(ErrorKind::overloaded, std::move(reason), detail, Executed::no);
}

// What this process has already is shared with the worker, and not the worker's.
std::size_t dataBytesNow() {
  std::size_t size = 0, resident = 0, shared = 0, text = 0, library = 0, data = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared >> text >> library >> data;
  return data * machinePageBytes;
}

// In the worker ----------------------------------------------------------------------------------

bool writeAll(int file, const void* bytes, std::size_t size, std::size_t offset) noexcept {
  const auto* next = static_cast<const char*>(bytes);
  while (size != 0) {
    const ssize_t written = pwrite(file, next, size, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    next += written;
    offset += static_cast<std::size_t>(written);
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

void leave(int file, const Head& head, const void* bytes, std::size_t size) noexcept {
  if (writeAll(file, bytes, size, sizeof(head))) writeAll(file, &head, sizeof(head), 0);
}

void bound(int resource, rlim_t soft, rlim_t hard) noexcept {
  const rlimit limit{soft, hard};
  setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

void boundStack(rlim_t bytes) noexcept {
  rlimit now{};
  if (getrlimit(RLIMIT_STACK, &now) == 0) {
    bound(RLIMIT_STACK, std::min(now.rlim_cur, bytes), now.rlim_max);
  }
}

// Nothing here takes a lock which another thread may have held.
void enclose(const WorkerLimits& limits, std::size_t dataBytesMax) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A group of its own, so that what the work starts ends with it.
  setpgid(0, 0);
  const auto seconds =
      static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(limits.cpu).count());
  bound(RLIMIT_CORE, 0, 0);
  bound(RLIMIT_CPU, seconds, seconds + 1);  // the soft limit ends it with a signal that says why
  bound(RLIMIT_DATA, dataBytesMax, dataBytesMax);
  boundStack(limits.stackBytes);
  // Nobody is to read what this process reports when it comes to its limits.
  setenv("RUST_BACKTRACE", "0", 1);
  const File nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  dup2(nowhere.get(), STDERR_FILENO);
  for (int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGXCPU})
    std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void workIn(int file, const std::function<WorkerResult()>& work) noexcept {
  const auto refuse = [&](ErrorKind kind, ErrorDetail detail, std::string_view reason) {
    leave(file, {Outcome::refused, kind, detail}, reason.data(), reason.size());
  };
  try {
    const WorkerResult result = work();
    leave(file, {Outcome::done, {}, {}}, result.data(), result.size());
  } catch (const Error& error) {
    refuse(error.kind(), error.detail(), error.reason());
  } catch (const std::bad_alloc&) {
    std::abort();  // as those end that cannot throw
  } catch (const std::exception& error) {
    refuse(ErrorKind::failed, ErrorDetail::none, error.what());
  }
  _exit(0);
}

// In this process --------------------------------------------------------------------------------

struct End {
  Duration cpu{};
  int signal = 0;
  bool isOverdue = false;
};

// Waits for the worker's end, or brings it about.
End await(pid_t worker, Duration wall) {
  End end;
  const File handle(static_cast<int>(syscall(SYS_pidfd_open, worker, 0)));
  const Time deadline = after(wall);
  for (;;) {
    pollfd ended{handle.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
    const int ready = left <= 0 ? 0 : poll(&ended, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    end.isOverdue = ready <= 0;
    break;
  }
  // Whatever it has started ends with it. The group cannot be another's: the worker, which leads
  // it, has not been waited for.
  kill(-worker, SIGKILL);
  if (end.isOverdue) kill(worker, SIGKILL);
  int status = 0;
  rusage usage{};
  while (wait4(worker, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  const auto duration = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  end.cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
  return end;
}

WorkerResult contentOf(int file, Head& head) {
  const off_t size = lseek(file, 0, SEEK_END);
  if (size < static_cast<off_t>(sizeof(head)) ||
      pread(file, &head, sizeof(head), 0) != sizeof(head)) {
    return {};
  }
  WorkerResult content(static_cast<std::size_t>(size) - sizeof(head));
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = pread(file, content.data() + done, content.size() - done,
                              static_cast<off_t>(sizeof(head) + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      head.outcome = Outcome::none;
      return {};
    }
    done += static_cast<std::size_t>(got);
  }
  return content;
}

// Why a worker left nothing.
[[noreturn]] void failFor(const End& end, const std::string& task, const WorkerLimits& limits) {
  // Where somebody else has collected the worker, its CPU time is unknown.
  if (end.signal == SIGXCPU || end.cpu >= limits.cpu * 9 / 10) {
    overloaded("takes more than " + describe(limits.cpu) + " of CPU time to " + task,
               ErrorDetail::cpu);
  }
  if (end.isOverdue) {
    overloaded(
        "takes more than " + describe(limits.wall) + " to " + task + "; the machine is too busy",
        ErrorDetail::wall);
  }
  const std::string name = end.signal == 0 ? "no signal" : strsignal(end.signal);
  switch (end.signal) {
    case SIGABRT:
      overloaded("was given up, as what takes more than " + describeBytes(limits.memoryBytes) +
                     " of memory to " + task + " is (" + name + ")",
                 ErrorDetail::memory);
    case SIGSEGV:
      overloaded("is nested too deeply to " + task + ", or hits a fault in what is to " + task +
                     " it (" + name + ")",
                 ErrorDetail::stack);
    case SIGKILL:
      overloaded("was given up: something outside ended the process that was to " + task +
                     " it, perhaps since the machine has no memory left (" + name + ")",
                 ErrorDetail::killed);
    default:
      throw Error(
          ErrorKind::failed,
          "hits a fault in what is to " + task + " it: that process ended early (" + name + ")",
          ErrorDetail::none, Executed::no);
  }
}

}  // namespace

WorkerResult runInWorker(std::string_view task, const WorkerLimits& limits,
                         const std::function<WorkerResult()>& work) {
  const std::string verb(task);
  const File file(memfd_create("troop-worker", MFD_CLOEXEC));
  if (file.get() < 0) {
    overloaded("no memory to " + verb + " in: " + std::strerror(errno), ErrorDetail::none);
  }
  const std::size_t dataBytesMax = dataBytesNow() + limits.memoryBytes;
  const pid_t worker = fork();
  if (worker < 0) {
    overloaded("no process to " + verb + " in: " + std::strerror(errno), ErrorDetail::none);
  }
  if (worker == 0) {
    enclose(limits, dataBytesMax);
    workIn(file.get(), work);
  }

  const End end = await(worker, limits.wall);
  Head head{};
  WorkerResult content = contentOf(file.get(), head);
  switch (head.outcome) {
    case Outcome::done:
      return content;
    case Outcome::refused:
      throw Error(head.kind,
                  std::string(reinterpret_cast<const char*>(content.data()), content.size()),
                  head.detail, Executed::no);
    case Outcome::none:
      break;
  }
  failFor(end, verb, limits);
}

}  // namespace troop::sandbox
