#include "runtime/reactor/file-request.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <new>
#include <utility>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/wait.h"

namespace troop {
namespace {

// As far as the umask of the OS process lets it.
constexpr mode_t modeOfNew = 0666;
constexpr mode_t modeOfNewDirectory = 0777;
constexpr const char* what = "a file";
// Of names, at a time.
constexpr std::size_t listBytes = std::size_t{32} << 10;

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

Expected<Ref<FileRequest>> FileRequest::make(Kind kind, Reactor& reactor, Source* source,
                                             std::uint64_t offset, std::size_t bytes) {
  Charge charge;
  Troop* const troop = Troop::current();
  if (troop != nullptr) {
    Expected<Charge> charged = troop->memory()->charge(sizeof(FileRequest) + bytes);
    if (charged.failed()) return std::move(charged).error();
    charge = *std::move(charged);
  }
  auto* made = new (std::nothrow)
      FileRequest(kind, Ref<Reactor>::share(&reactor), Ref<Source>::share(source), offset);
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

Expected<Ref<FileRequest>> FileRequest::open(Reactor& reactor, std::string path, int flags) {
  Expected<Ref<FileRequest>> request = make(Kind::open, reactor, nullptr, 0, 0);
  if (request.failed()) return request;
  (*request)->path_ = std::move(path);
  // A pipe opens at once, whoever is at its other end; files open as they do.
  (*request)->flags_ = flags | O_CLOEXEC | O_NONBLOCK;
  return request;
}

Expected<Ref<FileRequest>> FileRequest::read(Source& source, std::uint64_t offset,
                                             std::size_t bytes) {
  return make(Kind::read, source.reactor(), &source, offset, std::min(bytes, bytesMax));
}

Expected<Ref<FileRequest>> FileRequest::write(Source& source, std::uint64_t offset,
                                              std::span<const std::byte> bytes) {
  const std::span<const std::byte> part = bytes.first(std::min(bytes.size(), bytesMax));
  Expected<Ref<FileRequest>> request =
      make(Kind::write, source.reactor(), &source, offset, part.size());
  if (request.succeeded()) std::ranges::copy(part, (*request)->buffer_.get());
  return request;
}

Expected<Ref<FileRequest>> FileRequest::sync(Source& source) {
  return make(Kind::sync, source.reactor(), &source, 0, 0);
}

Expected<Ref<FileRequest>> FileRequest::syncContents(Source& source) {
  return make(Kind::syncContents, source.reactor(), &source, 0, 0);
}

Expected<Ref<FileRequest>> FileRequest::resize(Source& source, std::uint64_t bytes) {
  return make(Kind::resize, source.reactor(), &source, bytes, 0);
}

Expected<Ref<FileRequest>> FileRequest::ofName(Kind kind, Source& directory, std::string name) {
  Expected<Ref<FileRequest>> request = make(kind, directory.reactor(), &directory, 0, 0);
  if (request.succeeded()) (*request)->path_ = std::move(name);
  return request;
}

Expected<Ref<FileRequest>> FileRequest::make(Source& directory, std::string name) {
  return ofName(Kind::make, directory, std::move(name));
}

Expected<Ref<FileRequest>> FileRequest::rename(Source& directory, std::string from, Source& into,
                                               std::string to) {
  Expected<Ref<FileRequest>> request = ofName(Kind::rename, directory, std::move(from));
  if (request.failed()) return request;
  (*request)->newDirectory_ = Ref<Source>::share(&into);
  (*request)->newName_ = std::move(to);
  return request;
}

Expected<Ref<FileRequest>> FileRequest::remove(Source& directory, std::string name) {
  return ofName(Kind::remove, directory, std::move(name));
}

Expected<Ref<FileRequest>> FileRequest::list(Source& directory, std::uint64_t place) {
  return make(Kind::list, directory.reactor(), &directory, place, listBytes);
}

void Reactor::begin(Ref<FileRequest> request) noexcept {
  request->finish(-ENOSYS);
}

FileRequest::~FileRequest() {
  if (const int descriptor = takeDescriptor(); descriptor >= 0) reactor_->closeUnused(descriptor);
}

int FileRequest::takeDescriptor() noexcept {
  return kind_ == Kind::open && finished_ ? static_cast<int>(std::exchange(result_, -1)) : -1;
}

long FileRequest::perform() noexcept {
  if (abandoned_.load(std::memory_order_relaxed)) return -ECANCELED;
  if (kind_ == Kind::open) {
    return orErrno([this] { return ::open(path_.c_str(), flags_, modeOfNew); });
  }
  return source_->use([this](Reactor&, int descriptor) { return performOn(descriptor); });
}

long FileRequest::performOn(int descriptor) noexcept {
  const auto at = static_cast<off_t>(offset_);
  switch (kind_) {
    case Kind::read:
      return orErrno([&] { return pread(descriptor, buffer_.get(), bytes_, at); });
    case Kind::write:
      return orErrno([&] { return pwrite(descriptor, buffer_.get(), bytes_, at); });
    case Kind::sync:
      return orErrno([&] { return fsync(descriptor); });
    case Kind::syncContents:
      return orErrno([&] { return fdatasync(descriptor); });
    case Kind::resize:
      return orErrno([&] { return ftruncate(descriptor, at); });
    case Kind::make:
      return orErrno([&] { return mkdirat(descriptor, path_.c_str(), modeOfNewDirectory); });
    case Kind::rename:
      return newDirectory_->use([&](Reactor&, int into) {
        return orErrno([&] { return renameat(descriptor, path_.c_str(), into, newName_.c_str()); });
      });
    case Kind::remove: {
      const long result = orErrno([&] { return unlinkat(descriptor, path_.c_str(), 0); });
      if (result != -EISDIR) return result;
      return orErrno([&] { return unlinkat(descriptor, path_.c_str(), AT_REMOVEDIR); });
    }
    default:
      return listFrom(descriptor);
  }
}

long FileRequest::listFrom(int descriptor) noexcept {
  // With a place of its own, as others may list it at the same time.
  const long own =
      orErrno([&] { return openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (own < 0) return own;
  const auto opened = static_cast<int>(own);
  long result = orErrno([&] { return lseek(opened, static_cast<off_t>(offset_), SEEK_SET); });
  if (result >= 0) result = orErrno([&] { return getdents64(opened, buffer_.get(), bytes_); });
  ::close(opened);
  return result;
}

void FileRequest::finish(long result) noexcept {
  std::lock_guard lock(mutex_);
  result_ = result;
  finished_ = true;
  waiting_.signalAll();
}

Expected<long> FileRequest::resultBy(Time deadline) {
  reactor_->begin(Ref<FileRequest>::share(this));
  const WaitResult waited = await(deadline);
  if (waited != WaitResult::signalled) return Source::notDone(waited, what);
  return result();
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
