// While it exists, a signal of the host's choice has all Threads of a Process written to a file
// descriptor: for a program that hangs and that nobody foresaw.
//
//   kill -QUIT 4711
//
// The handler only tells an OS thread of its own, which sleeps otherwise and does the work. What
// handled the signal before is called as well, where that was a handler, and is there again at the
// end, unless somebody has installed another one meanwhile.
//
// Ownership: the host; the Process outlives it, and the file descriptor is the caller's. Threads:
// any one, of the host. Limits: one for each signal in an OS process. Fails: Error (failed) for a
// signal that cannot be handled or already has one, Error (overloaded) where the kernel refuses an
// OS thread.
//
//   const inspect::DumpOnSignal dump(process, SIGQUIT);
#pragma once

#include <unistd.h>

#include <csignal>
#include <thread>

#include "runtime/inspect/inspect.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace inspect {

class DumpOnSignal {
 public:
  DumpOnSignal(Process& process, int signal, int toFile = STDERR_FILENO, Options options = {});
  ~DumpOnSignal();
  DumpOnSignal(const DumpOnSignal&) = delete;
  DumpOnSignal& operator=(const DumpOnSignal&) = delete;

 private:
  void letGo() noexcept;
  void dumpWhenTold() noexcept;

  Process& process_;
  const int signal_;
  const int toFile_;
  const Options options_;
  std::thread dumper_;
};

}  // namespace inspect
}  // namespace troop
