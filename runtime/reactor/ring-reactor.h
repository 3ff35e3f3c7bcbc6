// The Reactor of a kernel with io_uring: files are asked for through a ring, and who hears of
// sockets hears of what the ring has done, in the same sleep. Sockets and pipes are those of
// PollingReactor (docs/decisions/0071-files-go-through-a-ring.md).
//
//   begin()      fills an entry and hands it to the kernel, under one lock
//   completion   makes the ring readable, which epoll tells; whoever looks, or has just begun
//                something, takes what is done
//   end()        waits until the kernel has done all that it was asked for
//
// Ownership, threads: as runtime/reactor/reactor.h says. Limits: as many are under way as fit into
// the ring; others, and what the kernel gave up because the OS thread that began it has ended, are
// done by FileWorkers, and so is all from the first time on that the kernel takes nothing from who
// begins it, as where a host has locked itself up since; what it has taken, it does. Fails: the
// constructor throws Error (overloaded) where the kernel refuses a ring, as locked-up ones do.
#pragma once

#include <liburing.h>

#include <atomic>
#include <mutex>
#include <string_view>

#include "runtime/reactor/file-request.h"
#include "runtime/reactor/polling-reactor.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class RingReactor final : public PollingReactor {
 public:
  RingReactor();
  ~RingReactor() override;

  void end() noexcept override;
  void begin(Ref<FileRequest> request) noexcept override;
  std::string_view mechanism() const noexcept override { return "io_uring"; }

 private:
  // At most so many are under way, so that no completion is ever lost.
  static constexpr unsigned underWayMax = 1024;

  void heard() noexcept override { takeDone(); }
  // False: it is to be done in another way. `descriptor`: of its file, which stays open meanwhile.
  bool submit(FileRequest& request, int descriptor) noexcept;
  // What the kernel refused, as it will what comes; false.
  bool takeBack(FileRequest& request) noexcept;
  static void fill(io_uring_sqe& entry, const FileRequest& request, int descriptor) noexcept;
  // Whether anything was.
  bool takeDone() noexcept;
  void done(Ref<FileRequest> request, long result) noexcept;

  io_uring ring_{};
  std::mutex submitMutex_;  // protects the entries that are filled
  std::mutex doneMutex_;    // protects those that are taken
  std::atomic<unsigned> underWay_{0};
  std::atomic<bool> ended_{false};  // it takes no more; changed under submitMutex_
};

}  // namespace troop
