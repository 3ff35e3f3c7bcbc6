#include "runtime/inspect/dump-on-signal.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>

#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/process.h"

namespace troop {
namespace inspect {
namespace {

std::atomic<int> calledBefore{0};

void countCall(int) {
  calledBefore.fetch_add(1);
}

// Whether a Thread is listed that waits: before the end of its first slice it has no name there.
bool anybodyWaits(Process& process) {
  for (const TroopReport& troop : inspect(process, {.stacks = Stacks::none}).troops) {
    for (const ThreadReport& thread : troop.threads) {
      if (thread.state == ThreadReport::State::waits) return true;
    }
  }
  return false;
}

struct Pipe {
  Pipe() { EXPECT_EQ(pipe(files.data()), 0); }
  ~Pipe() {
    for (const int file : files) close(file);
  }

  std::string readUntil(std::string_view end) const {
    std::string text;
    while (text.find(end) == std::string::npos) {
      char bytes[4096];
      const ssize_t got = read(files[0], bytes, sizeof(bytes));
      if (got <= 0) break;
      text.append(bytes, static_cast<std::size_t>(got));
    }
    return text;
  }

  std::array<int, 2> files{};
};

TEST(DumpOnSignal, tellsOfAllThreads) {
  Event gate;
  Process process({.carriers = 1});
  const Ref<Troop> troop = process.troop({.name = "guest"});
  const Ref<Thread> thread =
      troop->thread({.name = "waits"}, [](Event* at) { at->wait(); }, assumeSendable(&gate));
  while (!anybodyWaits(process)) std::this_thread::yield();
  const Pipe pipe;
  {
    const DumpOnSignal dump(process, SIGUSR1, pipe.files[1]);
    raise(SIGUSR1);
    const std::string text = pipe.readUntil("'waits'");
    EXPECT_NE(text.find("troop 'guest'"), std::string::npos) << text;
    raise(SIGUSR1);
    EXPECT_NE(pipe.readUntil("'waits'").find("troop 'root'"), std::string::npos);
  }
  gate.set();
}

TEST(DumpOnSignal, callsWhoWasThereBeforeAndBringsItBack) {
  Process process({.carriers = 1});
  struct sigaction before = {};
  struct sigaction counting = {};
  counting.sa_handler = countCall;
  ASSERT_EQ(sigaction(SIGUSR2, &counting, &before), 0);
  const Pipe pipe;
  {
    const DumpOnSignal dump(process, SIGUSR2, pipe.files[1]);
    raise(SIGUSR2);
    EXPECT_EQ(calledBefore.load(), 1);
    pipe.readUntil("troop 'root'");
  }
  raise(SIGUSR2);
  EXPECT_EQ(calledBefore.load(), 2);
  ASSERT_EQ(sigaction(SIGUSR2, &before, nullptr), 0);
}

struct sigaction beforeOther = {};
void chainOther(int signal, siginfo_t* info, void* context) {
  calledBefore.fetch_add(1);
  if ((beforeOther.sa_flags & SA_SIGINFO) != 0) beforeOther.sa_sigaction(signal, info, context);
}

// Somebody else who chains is installed while there is one, and stays: the next one's handler is
// called by what it has called itself.
TEST(DumpOnSignal, endsWhereOthersGoOnCallingAnEarlierOne) {
  Process process({.carriers = 1});
  struct sigaction before = {};
  ASSERT_EQ(sigaction(SIGURG, nullptr, &before), 0);
  const Pipe pipe;
  {
    const DumpOnSignal dump(process, SIGURG, pipe.files[1]);
    struct sigaction other = {};
    other.sa_sigaction = chainOther;
    other.sa_flags = SA_SIGINFO;
    ASSERT_EQ(sigaction(SIGURG, &other, &beforeOther), 0);
  }
  const int calls = calledBefore.load();
  {
    const DumpOnSignal dump(process, SIGURG, pipe.files[1]);
    raise(SIGURG);
    EXPECT_EQ(calledBefore.load(), calls + 1);
    pipe.readUntil("troop 'root'");
  }
  ASSERT_EQ(sigaction(SIGURG, &before, nullptr), 0);
}

TEST(DumpOnSignal, isRefusedTwiceAndForWhatIsNoSignal) {
  Process process({.carriers = 1});
  const DumpOnSignal first(process, SIGUSR1);
  EXPECT_THROW(DumpOnSignal(process, SIGUSR1), Error);
  EXPECT_THROW(DumpOnSignal(process, SIGKILL), Error);
  EXPECT_THROW(DumpOnSignal(process, 0), Error);
  EXPECT_THROW(DumpOnSignal(process, 1000), Error);
}

TEST(DumpOnSignal, endsWhereNobodyReads) {
  Process process({.carriers = 1});
  struct sigaction before = {};
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(sigaction(SIGPIPE, &ignore, &before), 0);
  Pipe pipe;
  close(pipe.files[0]);
  {
    const DumpOnSignal dump(process, SIGUSR1, pipe.files[1]);
    raise(SIGUSR1);
  }
  pipe.files[0] = dup(pipe.files[1]);
  ASSERT_EQ(sigaction(SIGPIPE, &before, nullptr), 0);
}

}  // namespace
}  // namespace inspect
}  // namespace troop
