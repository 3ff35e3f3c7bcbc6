#include "sandbox/worker.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace troop::sandbox {
namespace {

using Work = std::function<WorkerResult()>;

WorkerResult bytesOf(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Error failureOf(const Work& work, const WorkerLimits& limits = {}) {
  try {
    runInWorker("try", limits, work);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::failed, "was done");
}

// Takes a frame of the stack for each step; the result is used, so that no call is a jump.
[[clang::noinline]] std::size_t descend(std::size_t steps) {
  std::array<volatile char, 256> frame{};
  frame[steps % frame.size()] = 1;
  return steps == 0 ? 0 : descend(steps - 1) + static_cast<std::size_t>(frame[0]);
}

[[noreturn]] void spin() {
  for (std::atomic<int> count = 0;; ++count) {
  }
}

TEST(Worker, returnsWhatTheWorkDoes) {
  EXPECT_EQ(runInWorker("try", {}, [] { return bytesOf("done"); }), bytesOf("done"));
  EXPECT_EQ(runInWorker("try", {}, [] { return WorkerResult(); }), WorkerResult());
  const WorkerResult large(std::size_t{20} << 20, std::byte{7});
  EXPECT_EQ(runInWorker("try", {}, [&] { return large; }), large);
}

TEST(Worker, isAProcessOfItsOwn) {
  int here = 1;
  runInWorker("try", {}, [&] {
    here = 2;
    return WorkerResult();
  });
  EXPECT_EQ(here, 1);
}

TEST(Worker, throwsWhatTheWorkThrows) {
  const Error error = failureOf([]() -> WorkerResult {
    throw Error(ErrorKind::unimplemented, "not that", ErrorDetail::quota);
  });
  EXPECT_EQ(error.kind(), ErrorKind::unimplemented);
  EXPECT_EQ(error.detail(), ErrorDetail::quota);
  EXPECT_EQ(error.reason(), "not that");
  EXPECT_EQ(failureOf([]() -> WorkerResult { throw std::runtime_error("other"); }).reason(),
            "other");
}

TEST(Worker, takesNoMoreTimeThanItMay) {
  const Error busy = failureOf([]() -> WorkerResult { spin(); }, {.cpu = 1s});
  EXPECT_EQ(busy.reason(), "takes more than 1 s of CPU time to try");
  EXPECT_EQ(busy.detail(), ErrorDetail::cpu);
  const Error asleep = failureOf(
      []() -> WorkerResult {
        for (;;) pause();
      },
      {.wall = 100ms});
  EXPECT_EQ(asleep.reason(), "takes more than 100 ms to try; the machine is too busy");
  EXPECT_EQ(asleep.detail(), ErrorDetail::wall);
}

TEST(Worker, itsDeathIsToldByItsSignal) {
  const auto killed = [](int signal) {
    return failureOf([signal]() -> WorkerResult {
      raise(signal);
      return {};
    });
  };
  EXPECT_EQ(killed(SIGSEGV).detail(), ErrorDetail::stack);
  EXPECT_NE(killed(SIGSEGV).reason().find("(Segmentation fault)"), std::string::npos);
  EXPECT_EQ(killed(SIGABRT).detail(), ErrorDetail::memory);
  EXPECT_NE(killed(SIGABRT).reason().find("512 MiB of memory to try is (Aborted)"),
            std::string::npos);
  EXPECT_EQ(killed(SIGKILL).detail(), ErrorDetail::killed);
  EXPECT_EQ(killed(SIGILL).reason(),
            "hits a fault in what is to try it: that process ended early (Illegal instruction)");
  EXPECT_EQ(failureOf([]() -> WorkerResult { _exit(0); }).reason(),
            "hits a fault in what is to try it: that process ended early (no signal)");
}

TEST(Worker, takesNoMoreStackThanItMay) {
  const Error error =
      failureOf([]() -> WorkerResult { return WorkerResult(descend(std::size_t{1} << 30)); });
  EXPECT_EQ(error.detail(), ErrorDetail::stack);
}

// The allocators of sanitizers do not come to an end with a limit as others do.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST(Worker, takesNoMoreMemoryThanItMay) {
  const Error error = failureOf([] { return WorkerResult(std::size_t{64} << 20, std::byte{1}); },
                                {.memoryBytes = std::size_t{32} << 20});
  EXPECT_EQ(error.detail(), ErrorDetail::memory);
  EXPECT_NE(error.reason().find("32 MiB of memory"), std::string::npos);
}
#endif

TEST(Worker, whatItStartsEndsWithIt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  runInWorker("try", {}, [] {
    if (fork() == 0) {
      for (;;) pause();
    }
    return WorkerResult();
  });
  close(ends[1]);
  char byte = 0;
  // The end of the file: nobody else holds the other end any more.
  EXPECT_EQ(read(ends[0], &byte, 1), 0);
  close(ends[0]);
}

}  // namespace
}  // namespace troop::sandbox
