#include "runtime/reactor/file-request.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/wait.h"

namespace troop {
namespace {

constexpr mode_t modeOfNew = 0666;  // as far as the umask of the OS process lets it
constexpr const char* what = "a file";

template <typename Call>
long orErrno(Call call) noexcept {
  for (;;) {
    const long result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
}

Error noMemory() {
  return Error(ErrorKind::overloaded, "no memory is left to ask for a file", ErrorDetail::memory,
               Executed::no);
}

}  // namespace

Expected<Ref<FileRequest>> FileRequest::make(Kind kind, Source* source, std::uint64_t offset,
                                             std::size_t bytes) {
  Charge charge;
  Troop* const troop = Troop::current();
  if (troop != nullptr) {
    Expected<Charge> charged = troop->memory()->charge(sizeof(FileRequest) + bytes);
    if (charged.failed()) return std::move(charged).error();
    charge = *std::move(charged);
  }
  auto* made = new (std::nothrow) FileRequest(kind, Ref<Source>::share(source), offset);
  if (made == nullptr) return noMemory();
  Ref<FileRequest> request = Ref<FileRequest>::adopt(made);
  request->charge_ = std::move(charge);
  if (troop != nullptr) request->payer_ = Ref<Troop>::share(troop);
  if (bytes == 0) return request;
  request->buffer_.reset(new (std::nothrow) std::byte[bytes]);
  if (request->buffer_ == nullptr) return noMemory();
  request->bytes_ = bytes;
  return request;
}

Expected<Ref<FileRequest>> FileRequest::open(std::string path, int flags) {
  Expected<Ref<FileRequest>> request = make(Kind::open, nullptr, 0, 0);
  if (request.failed()) return request;
  (*request)->path_ = std::move(path);
  // A pipe opens at once, whoever is at its other end; files open as they do.
  (*request)->flags_ = flags | O_CLOEXEC | O_NONBLOCK;
  return request;
}

Expected<Ref<FileRequest>> FileRequest::read(Source& source, std::uint64_t offset,
                                             std::size_t bytes) {
  return make(Kind::read, &source, offset, std::min(bytes, bytesMax));
}

Expected<Ref<FileRequest>> FileRequest::write(Source& source, std::uint64_t offset,
                                              std::span<const std::byte> bytes) {
  const std::span<const std::byte> part = bytes.first(std::min(bytes.size(), bytesMax));
  Expected<Ref<FileRequest>> request = make(Kind::write, &source, offset, part.size());
  if (request.succeeded()) std::ranges::copy(part, (*request)->buffer_.get());
  return request;
}

Expected<Ref<FileRequest>> FileRequest::sync(Source& source) {
  return make(Kind::sync, &source, 0, 0);
}

Expected<Ref<FileRequest>> FileRequest::resize(Source& source, std::uint64_t bytes) {
  return make(Kind::resize, &source, bytes, 0);
}

void Reactor::begin(Ref<FileRequest> request) noexcept {
  request->finish(-ENOSYS);
}

FileRequest::~FileRequest() {
  if (const int descriptor = takeDescriptor(); descriptor >= 0) ::close(descriptor);
}

int FileRequest::takeDescriptor() noexcept {
  return kind_ == Kind::open && finished_ ? static_cast<int>(std::exchange(result_, -1)) : -1;
}

long FileRequest::perform() noexcept {
  if (abandoned_.load(std::memory_order_relaxed)) return -ECANCELED;
  if (kind_ == Kind::open) {
    return orErrno([this] { return ::open(path_.c_str(), flags_, modeOfNew); });
  }
  return source_->use([this](Reactor&, int descriptor) {
    const auto at = static_cast<off_t>(offset_);
    return orErrno([&]() -> long {
      switch (kind_) {
        case Kind::read:
          return pread(descriptor, buffer_.get(), bytes_, at);
        case Kind::write:
          return pwrite(descriptor, buffer_.get(), bytes_, at);
        case Kind::sync:
          return fsync(descriptor);
        default:
          return ftruncate(descriptor, at);
      }
    });
  });
}

void FileRequest::finish(long result) noexcept {
  std::lock_guard lock(mutex_);
  result_ = result;
  finished_ = true;
  waiting_.signalAll();
}

bool FileRequest::isFinished() noexcept {
  std::lock_guard lock(mutex_);
  return finished_;
}

WaitResult FileRequest::await(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  std::unique_lock lock(mutex_);
  if (finished_) return WaitResult::signalled;
  WaitResult result = WaitResult::cancelled;
  try {
    result = waiting_.wait(waiter, lock, deadline, Interruption::allowed, what);
    lock.unlock();
    if (result != WaitResult::signalled) abandon();
    return waiter.conclude(result, deadline);
  } catch (...) {
    abandon();
    throw;
  }
}

bool FileRequest::suspend(std::coroutine_handle<> leaf, Time deadline) {
  std::unique_lock lock(mutex_);
  if (finished_) return CoroutineTask::ofCaller().passBy(what, leaf);
  return async::suspendIn(waiting_, lock, what, leaf, deadline, Interruption::allowed);
}

WaitResult FileRequest::resumed() noexcept {
  const WaitResult result = async::resumedFrom(waiting_, mutex_);
  if (result != WaitResult::signalled) abandon();
  return result;
}

}  // namespace troop
