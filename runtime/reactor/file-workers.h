// OS threads that do what files are asked for, where the system has no way to be asked without
// being waited for.
//
// Ownership: its Reactor. Threads: any. Limits: workersMax OS threads, started when there is
// something to do and all there are are busy; they stay until end(). What is asked for is done in
// turn, whoever asks. Fails: where the system starts no OS thread, the one that asks does it, and
// blocks meanwhile; after end() what is asked for finishes with -ESHUTDOWN.
//
//   workers.add(request);
#pragma once

#include <array>
#include <condition_variable>
#include <mutex>

#include "runtime/base/list.h"
#include "runtime/machine/carrier-thread.h"
#include "runtime/reactor/file-request.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class FileWorkers {
 public:
  static constexpr unsigned workersMax = 4;

  FileWorkers() = default;
  ~FileWorkers() { end(); }
  FileWorkers(const FileWorkers&) = delete;
  FileWorkers& operator=(const FileWorkers&) = delete;

  void add(Ref<FileRequest> request) noexcept;
  // Returns when all that was added is done.
  void end() noexcept;

 private:
  void work() noexcept;
  // One more, with the lock held; whether there is any.
  bool startLocked() noexcept;

  std::mutex mutex_;  // protects all below
  std::condition_variable added_;
  List<FileRequest, FileRequestTag> requests_;  // each with a reference
  std::array<CarrierThread, workersMax> workers_;
  unsigned started_ = 0;
  unsigned idle_ = 0;
  unsigned queued_ = 0;
  bool ended_ = false;
};

}  // namespace troop
