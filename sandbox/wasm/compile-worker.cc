#include "sandbox/wasm/compile-worker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wasmtime.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "runtime/error.h"
#include "runtime/units.h"
#include "sandbox/wasm/engine.h"

namespace troop::sandbox::wasm {

namespace {

// What the worker leaves behind, in memory that both processes see: a word, then the compiled form
// or the reason why there is none. The word is written last.
enum class Outcome : std::uint32_t { none = 0, compiled = 1, refused = 2 };

// On a machine that is busy CPU time passes more slowly than time.
constexpr int wallPerCpu = 20;
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

[[noreturn]] void overloaded(std::string reason) {
  throw Error(ErrorKind::overloaded, std::move(reason), ErrorDetail::none, Executed::no);
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

void leave(int file, Outcome outcome, const char* bytes, std::size_t size) noexcept {
  if (writeAll(file, bytes, size, sizeof(outcome))) writeAll(file, &outcome, sizeof(outcome), 0);
}

void bound(int resource, rlim_t soft, rlim_t hard) noexcept {
  const rlimit limit{soft, hard};
  setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
}

// Between fork() and the engine: nothing that takes a lock which another thread may have held.
[[noreturn]] void work(std::span<const std::byte> code, const CompileLimits& limits,
                       std::size_t dataBytesMax, int file) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto seconds =
      static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(limits.cpu).count());
  bound(RLIMIT_CORE, 0, 0);
  bound(RLIMIT_CPU, seconds, seconds + 1);  // the soft limit ends it with a signal that says why
  bound(RLIMIT_DATA, dataBytesMax, dataBytesMax);
  // Nobody is to read what this process reports when it comes to its limits.
  setenv("RUST_BACKTRACE", "0", 1);
  const File nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  dup2(nowhere.get(), STDERR_FILENO);
  for (int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGXCPU})
    std::signal(signal, SIG_DFL);

  wasm_engine_t* engine = newEngine(1);
  wasmtime_module_t* module = nullptr;
  wasm_byte_vec_t compiled{};
  wasmtime_error_t* error = wasmtime_module_new(
      engine, reinterpret_cast<const std::uint8_t*>(code.data()), code.size(), &module);
  if (error == nullptr) error = wasmtime_module_serialize(module, &compiled);
  if (error == nullptr) {
    leave(file, Outcome::compiled, compiled.data, compiled.size);
  } else {
    const std::string cause = takeCause(error);
    leave(file, Outcome::refused, cause.data(), cause.size());
  }
  _exit(0);
}

// In this process --------------------------------------------------------------------------------

struct Spent {
  Duration cpu{};
  bool isAll = false;
  bool isOverdue = false;
};

// Waits for the worker's end, or brings it about.
Spent await(pid_t worker, Duration wall) {
  Spent spent;
  const File handle(static_cast<int>(syscall(SYS_pidfd_open, worker, 0)));
  const Time deadline = after(wall);
  for (;;) {
    pollfd ended{handle.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
    const int ready = left <= 0 ? 0 : poll(&ended, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    spent.isOverdue = ready <= 0;
    if (spent.isOverdue) kill(worker, SIGKILL);
    break;
  }
  int status = 0;
  rusage usage{};
  while (wait4(worker, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  const auto duration = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  spent.isAll = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
  spent.cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
  return spent;
}

std::vector<std::byte> contentOf(int file, Outcome& outcome) {
  const off_t size = lseek(file, 0, SEEK_END);
  if (size < static_cast<off_t>(sizeof(outcome)) ||
      pread(file, &outcome, sizeof(outcome), 0) != sizeof(outcome)) {
    return {};
  }
  std::vector<std::byte> content(static_cast<std::size_t>(size) - sizeof(outcome));
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = pread(file, content.data() + done, content.size() - done,
                              static_cast<off_t>(sizeof(outcome) + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      outcome = Outcome::none;
      return {};
    }
    done += static_cast<std::size_t>(got);
  }
  return content;
}

}  // namespace

std::vector<std::byte> compileInWorker(std::span<const std::byte> code,
                                       const CompileLimits& limits) {
  const File file(memfd_create("troop-compiled", MFD_CLOEXEC));
  if (file.get() < 0) overloaded(std::string("no memory to compile in: ") + std::strerror(errno));
  const std::size_t dataBytesMax = dataBytesNow() + limits.memoryBytes;
  const pid_t worker = fork();
  if (worker < 0) overloaded(std::string("no process to compile in: ") + std::strerror(errno));
  if (worker == 0) work(code, limits, dataBytesMax, file.get());

  const Spent spent = await(worker, limits.cpu * wallPerCpu);
  Outcome outcome = Outcome::none;
  std::vector<std::byte> content = contentOf(file.get(), outcome);
  switch (outcome) {
    case Outcome::compiled:
      return content;
    case Outcome::refused:
      throw Error(ErrorKind::failed,
                  std::string(reinterpret_cast<const char*>(content.data()), content.size()),
                  ErrorDetail::none, Executed::no);
    case Outcome::none:
      break;
  }
  // Where somebody else has collected the worker, its CPU time is unknown, and memory the better
  // guess.
  if (spent.isAll || spent.cpu >= limits.cpu * 9 / 10) {
    throw Error(ErrorKind::overloaded,
                "takes more than " + describe(limits.cpu) + " of CPU time to compile",
                ErrorDetail::cpu, Executed::no);
  }
  if (spent.isOverdue) {
    throw Error(ErrorKind::overloaded,
                "was not compiled within " + describe(limits.cpu * wallPerCpu) +
                    "; the machine is too busy",
                ErrorDetail::wall, Executed::no);
  }
  throw Error(ErrorKind::overloaded,
              "cannot be compiled, it may take more than " + describeBytes(limits.memoryBytes) +
                  " of memory",
              ErrorDetail::memory, Executed::no);
}

}  // namespace troop::sandbox::wasm
