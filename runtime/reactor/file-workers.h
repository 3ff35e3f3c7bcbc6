// OS threads that do what files are asked for, where the system has no way to be asked without
// being waited for.
//
// Ownership: its Reactor. Threads: any. Limits: workersMax OS threads, started when there is
// something to do and all there are are busy, of which one troop keeps FileQueue::atOnceMax busy at
// most: what it asks for more waits for those, and for nobody else's. They stay until end(). Fails:
// where the system starts no OS thread, or has no memory, the one that asks does it, and blocks
// meanwhile; after end() what is asked for finishes with -ESHUTDOWN. Misuse: files so slow, of so
// many troops, that all OS threads wait for them.
//
//   workers.add(request);
#pragma once

#include <array>
#include <condition_variable>
#include <mutex>

#include "runtime/machine/carrier-thread.h"
#include "runtime/reactor/file-queue.h"
#include "runtime/reactor/file-request.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class FileWorkers {
 public:
  static constexpr unsigned workersMax = 32;

  FileWorkers() = default;
  ~FileWorkers() { end(); }
  FileWorkers(const FileWorkers&) = delete;
  FileWorkers& operator=(const FileWorkers&) = delete;

  void add(Ref<FileRequest> request) noexcept;
  // Returns when all that was added is done.
  void end() noexcept;

 private:
  void work() noexcept;
  // One more, with the lock held, where there may be and the system starts it.
  void startLocked() noexcept;

  std::mutex mutex_;  // protects all below
  std::condition_variable added_;
  FileQueue queue_;
  std::array<CarrierThread, workersMax> workers_;
  unsigned started_ = 0;
  bool ended_ = false;
};

}  // namespace troop
