// Faults that are no overflow of a Task's stack belong to the host: its handler gets them wherever
// they happen, and may mend them and go on.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop {
namespace {

constexpr std::size_t pageBytes = 4096;
std::atomic<int> mended{0};

// As garbage collectors and databases do that learn so what is written.
void makeWritable(int, siginfo_t* info, void*) {
  auto* const at = static_cast<std::byte*>(info->si_addr);
  std::byte* const page = at - reinterpret_cast<std::uintptr_t>(at) % pageBytes;
  if (mprotect(page, pageBytes, PROT_READ | PROT_WRITE) != 0) _exit(9);
  ++mended;
}

// A page that may not be written, until the handler says so.
class WatchedPage {
 public:
  WatchedPage()
      : page_(static_cast<int*>(
            mmap(nullptr, pageBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {}
  ~WatchedPage() { munmap(page_, pageBytes); }
  WatchedPage(const WatchedPage&) = delete;
  WatchedPage& operator=(const WatchedPage&) = delete;

  // Writes, and reads back.
  int write(int value) const {
    *static_cast<volatile int*>(page_) = value;
    return *static_cast<volatile int*>(page_);
  }

 private:
  int* const page_;
};

class Faults : public ::testing::Test {
 protected:
  // Before the first Process of this OS process, whose handler chains to it.
  static void SetUpTestSuite() {
    struct sigaction action = {};
    action.sa_sigaction = makeWritable;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    ASSERT_EQ(sigaction(SIGSEGV, &action, nullptr), 0);
  }
  void SetUp() override { mended = 0; }
};

TEST_F(Faults, ofTasksAreMendedByTheHostsHandler) {
  Process process({.carriers = 2});
  process.run([] {
    Scope scope;
    for (int i = 0; i < 4; ++i) {
      scope.thread(
          [](int number) {
            const WatchedPage page;
            EXPECT_EQ(page.write(number), number);
            yield();
            EXPECT_EQ(page.write(number + 1), number + 1);
          },
          i);
    }
  });
  EXPECT_EQ(mended, 4);
}

TEST_F(Faults, ofTheHostsOwnThreadsAreTheirsBesideAProcess) {
  Process process({.carriers = 1});
  process.run([] {});
  const WatchedPage page;
  EXPECT_EQ(page.write(1), 1);
  std::thread([] { EXPECT_EQ(WatchedPage().write(2), 2); }).join();
  EXPECT_EQ(mended, 2);
}

TEST_F(Faults, areTheHostsWhenTheProcessHasEnded) {
  {
    Process({.carriers = 1}).run([] {});
  }
  EXPECT_EQ(WatchedPage().write(3), 3);
  EXPECT_EQ(mended, 1);
}

}  // namespace
}  // namespace troop
