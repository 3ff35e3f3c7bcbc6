// A host that starts other programs while the runtime runs in it: fork and exec, from its own OS
// threads and from Tasks.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop {
namespace {

// What a program wrote; it must end well. The child does nothing but exec.
std::string outputOf(std::initializer_list<const char*> command) {
  std::vector<char*> arguments;
  for (const char* argument : command) arguments.push_back(const_cast<char*>(argument));
  arguments.push_back(nullptr);
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(ends[1]);
  std::string output;
  char buffer[4096];
  for (ssize_t got; (got = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    output.append(buffer, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return output;
}

std::set<int> openFiles() {
  std::set<int> files;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    files.insert(std::stoi(entry.path().filename()));
  }
  return files;
}

// Two Threads that keep both carriers busy while it exists.
class BusyProcess {
 public:
  BusyProcess() {
    for (int i = 0; i < 2; ++i) {
      workers_.push_back(process_.root().thread(
          {"works"},
          [](std::atomic<bool>* over, std::atomic<std::uint64_t>* count) {
            while (!*over) {
              ++*count;
              yield();
            }
          },
          assumeSendable(&over_), assumeSendable(&count_)));
    }
    awaitProgress();
  }
  ~BusyProcess() { over_ = true; }

  Process& process() { return process_; }

  // Returns when its Threads have run on.
  void awaitProgress() const {
    const std::uint64_t before = count_;
    while (count_ < before + 1000) std::this_thread::yield();
  }

 private:
  std::atomic<bool> over_{false};
  std::atomic<std::uint64_t> count_{0};
  Process process_{{.carriers = 2}};
  std::vector<Ref<Thread>> workers_;
};

TEST(Fork, thenExecWorksWhileCarriersRun) {
  BusyProcess busy;
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(outputOf({"/bin/echo", "started"}), "started\n");
    busy.awaitProgress();
  }
}

TEST(Fork, thenExecWorksFromATask) {
  BusyProcess busy;
  busy.process().run([] {
    Scope scope;
    for (int i = 0; i < 4; ++i) {
      scope.task([] {
        EXPECT_EQ(outputOf({"/bin/echo", "started"}), "started\n");
        yield();
        EXPECT_EQ(outputOf({"/bin/echo", "again"}), "again\n");
      });
    }
  });
  busy.awaitProgress();
}

// Carriers block the host's signals, and what is blocked stays so over exec.
TEST(Fork, leavesItsSignalsToWhatATaskStarts) {
  const auto blocked = [] { return outputOf({"/bin/grep", "SigBlk", "/proc/self/status"}); };
  const std::string byHost = blocked();
  BusyProcess busy;
  EXPECT_EQ(busy.process().run(blocked), byHost);
  EXPECT_EQ(blocked(), byHost);
}

TEST(Fork, givesNoFileOfTheRuntimeToWhatIsStarted) {
  const std::set<int> before = openFiles();
  BusyProcess busy;
  busy.process().run([] { sleep(std::chrono::microseconds(10)); });
  for (const int file : openFiles()) {
    if (before.contains(file)) continue;
    const int flags = fcntl(file, F_GETFD);
    // The one of the look itself is closed again.
    EXPECT_TRUE(flags == -1 || (flags & FD_CLOEXEC) != 0) << "file " << file;
  }
}

}  // namespace
}  // namespace troop
