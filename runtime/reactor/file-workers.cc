#include "runtime/reactor/file-workers.h"

#include <pthread.h>

#include <cerrno>
#include <utility>

namespace troop {

void FileWorkers::add(Ref<FileRequest> request) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (!ended_ && (queued_ < idle_ || startLocked())) {
      requests_.pushBack(*request.release());
      ++queued_;
      added_.notify_one();
      return;
    }
    if (ended_) return request->finish(-ESHUTDOWN);
  }
  request->finish(request->perform());
}

bool FileWorkers::startLocked() noexcept {
  if (started_ == workersMax) return true;
  const int error = workers_[started_].start(
      started_, [](void* self) noexcept { static_cast<FileWorkers*>(self)->work(); }, this);
  if (error == 0) ++started_;
  return started_ > 0;
}

void FileWorkers::work() noexcept {
  pthread_setname_np(pthread_self(), "file worker");
  std::unique_lock lock(mutex_);
  for (;;) {
    if (FileRequest* next = requests_.popFront()) {
      --queued_;
      lock.unlock();
      const Ref<FileRequest> request = Ref<FileRequest>::adopt(next);
      request->finish(request->perform());
      lock.lock();
    } else if (ended_) {
      return;
    } else {
      ++idle_;
      added_.wait(lock);
      --idle_;
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
