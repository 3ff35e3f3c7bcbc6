#include "runtime/reactor/file-workers.h"

#include <pthread.h>

#include <cerrno>
#include <utility>

namespace troop {

void FileWorkers::add(Ref<FileRequest> request) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (ended_) return request->finish(-ESHUTDOWN);
    if (queue_.add(request)) {
      // Those who are between two of them take what is ready as well.
      if (queue_.begun() + queue_.ready() > started_) startLocked();
      added_.notify_one();
      if (started_ > 0) return;
      // Nobody can, and it is the only one.
      request = queue_.take();
      queue_.done(*request);
    }
  }
  request->finish(request->perform());
}

void FileWorkers::startLocked() noexcept {
  if (started_ == workersMax) return;
  const int error = workers_[started_].start(
      started_, [](void* self) noexcept { static_cast<FileWorkers*>(self)->work(); }, this);
  if (error == 0) ++started_;
}

void FileWorkers::work() noexcept {
  pthread_setname_np(pthread_self(), "file worker");
  std::unique_lock lock(mutex_);
  for (;;) {
    if (const Ref<FileRequest> request = queue_.take()) {
      lock.unlock();
      const long result = request->perform();
      lock.lock();
      queue_.done(*request);
      lock.unlock();
      // Who waits may be gone, and the request with it, from here on.
      request->finish(result);
      lock.lock();
    } else if (ended_) {
      return;
    } else {
      added_.wait(lock);
    }
  }
}

void FileWorkers::end() noexcept {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    added_.notify_all();
  }
  for (CarrierThread& worker : workers_) worker.join();
}

}  // namespace troop
