#include "runtime/reactor/polling-reactor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "runtime/error.h"
#include "runtime/sched/current.h"

namespace troop {
namespace {

// Of a call that gives a result below 0 and sets errno. Each stands in a virtual function, so that
// nobody keeps the address of errno over a wait.
template <typename Result>
Result orErrno(Result result) noexcept {
  return result < 0 ? static_cast<Result>(-errno) : result;
}

template <typename Call>
auto again(Call call) noexcept {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return orErrno(result);
}

// For the OS threads of the host: what call() returns, which is to be `all`, and no SIGPIPE of it.
template <typename Call>
long withoutBrokenPipeSignal(std::size_t all, Call call) noexcept {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigset_t pending;
  sigpending(&pending);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const long result = call();
  // One that was there before is somebody else's. What was sent in parts may have raised one with
  // the last of them, and tells of the others.
  if (result < static_cast<long>(all) && sigismember(&pending, SIGPIPE) == 0) {
    const timespec now{};
    while (sigtimedwait(&pipe, nullptr, &now) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return result;
}

int opened(int descriptor, const char* what) {
  if (descriptor >= 0) return descriptor;
  const int error = errno;
  throw Error(ErrorKind::overloaded,
              fmt::format("{}: {}", what, std::generic_category().message(error)),
              ErrorDetail::none, Executed::no);
}

timespec remaining(Time until) noexcept {
  const Duration left = std::max(until - std::chrono::steady_clock::now(), Duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
}

// Rounded up, so that what is due then is.
int milliseconds(const timespec& time) noexcept {
  constexpr std::int64_t most = 3'600'000;
  const std::int64_t whole = std::min<std::int64_t>(time.tv_sec, most / 1000) * 1000;
  return static_cast<int>(whole + (time.tv_nsec + 999'999) / 1'000'000);
}

}  // namespace

PollingReactor::PollingReactor()
    : epoll_(opened(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wakeUp_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  if (wakeUp_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeUp_, &event) != 0) {
    const int error = errno;
    if (wakeUp_ >= 0) ::close(wakeUp_);
    ::close(epoll_);
    errno = error;
    opened(-1, "eventfd");
  }
}

PollingReactor::~PollingReactor() {
  ::close(wakeUp_);
  ::close(epoll_);
}

void PollingReactor::sleep(Time until, const std::function<void()>& beforeNews) noexcept {
  std::lock_guard harvest(harvestMutex_);
  // Relaxed: it only spares others the lock.
  sleeping_.store(true, std::memory_order_relaxed);
  const int count = awaitEvents(until);
  sleeping_.store(false, std::memory_order_relaxed);
  if (!anyNews(count)) return;
  beforeNews();
  tell(count);
}

bool PollingReactor::look() noexcept {
  if (sleeping_.load(std::memory_order_relaxed)) return false;
  const std::unique_lock harvest(harvestMutex_, std::try_to_lock);
  if (!harvest.owns_lock()) return false;
  dropRetired();
  const int count = epoll_wait(epoll_, events_.data(), eventsMax, 0);
  // It was meant for who sleeps next.
  woken_ = woken_ || anyWake(count);
  if (!anyNews(count)) return false;
  tell(count);
  return true;
}

int PollingReactor::awaitEvents(Time until) noexcept {
  dropRetired();
  if (std::exchange(woken_, false)) until = Time{};
  if (until == never) return epoll_wait(epoll_, events_.data(), eventsMax, -1);
  const timespec left = remaining(until);
  if (precise_) {
    const int count = epoll_pwait2(epoll_, events_.data(), eventsMax, &left, nullptr);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    precise_ = false;
  }
  return epoll_wait(epoll_, events_.data(), eventsMax, milliseconds(left));
}

bool PollingReactor::anyNews(int count) const noexcept {
  return std::any_of(events_.begin(), events_.begin() + std::max(count, 0),
                     [](const epoll_event& event) { return event.data.ptr != nullptr; });
}

bool PollingReactor::anyWake(int count) const noexcept {
  return std::any_of(events_.begin(), events_.begin() + std::max(count, 0),
                     [](const epoll_event& event) { return event.data.ptr == nullptr; });
}

void PollingReactor::tell(int count) noexcept {
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[i];
    if (event.data.ptr == nullptr) continue;
    if (event.data.ptr == this) {
      heard();
      continue;
    }
    const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    const bool ended = broken || (event.events & (EPOLLRDHUP | EPOLLPRI)) != 0;
    static_cast<Source*>(event.data.ptr)
        ->happened({.reading = ended || (event.events & EPOLLIN) != 0,
                    .writing = broken || (event.events & EPOLLOUT) != 0,
                    .ended = ended});
  }
}

void PollingReactor::wake() noexcept {
  if (mark_.inChild()) return;
  const std::uint64_t one = 1;
  (void)!::write(wakeUp_, &one, sizeof(one));
}

void PollingReactor::end() noexcept {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  workers_.end();
  dropRetired();
  for (;;) {
    Ref<Source> source;
    {
      // Each is closed once: what some call uses leaves the list only when that is done.
      std::lock_guard lock(mutex_);
      Source* front = watched_.popFront();
      if (front == nullptr) return;
      ending_.pushBack(*front);
      source = Ref<Source>::share(front);
    }
    source->close();
  }
}

void PollingReactor::dropRetired() noexcept {
  List<Source, WatchedTag> retired;
  {
    std::lock_guard lock(mutex_);
    retired.splice(retired_);
    retiredCount_ = 0;
  }
  while (Source* source = retired.popFront()) source->dropRef();
}

int PollingReactor::watchOwn(int descriptor) noexcept {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = this}};
  return orErrno(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event));
}

int PollingReactor::watch(Source& source) noexcept {
  if (mark_.inChild()) return -ESHUTDOWN;
  {
    std::lock_guard lock(mutex_);
    if (ended_) return -ESHUTDOWN;
    source.addRef();
    watched_.pushBack(source);
  }
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
                    .data = {.ptr = &source}};
  const int error = orErrno(epoll_ctl(epoll_, EPOLL_CTL_ADD, source.descriptor(), &event));
  if (error == 0) return 0;
  std::lock_guard lock(mutex_);
  watched_.remove(source);
  source.dropRef();
  return error;
}

void PollingReactor::close(Source& source, bool watched) noexcept {
  if (!watched || mark_.inChild()) {
    ::close(source.descriptor());
    return;
  }
  // By name: a child of the OS process may have the same open, and it would be told of on.
  epoll_ctl(epoll_, EPOLL_CTL_DEL, source.descriptor(), nullptr);
  ::close(source.descriptor());
  bool many = false;
  bool last = false;
  {
    std::lock_guard lock(mutex_);
    watched_.remove(source);
    last = ended_;
    if (!last) retired_.pushBack(source);
    many = !last && ++retiredCount_ == retiredMax;
  }
  if (last) source.dropRef();
  if (many) wake();
}

void PollingReactor::closeUnused(int descriptor) noexcept {
  ::close(descriptor);
}

int PollingReactor::socket(int family, int type) noexcept {
  return orErrno(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

int PollingReactor::socketPair(std::span<int, 2> ends) noexcept {
  return orErrno(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()));
}

int PollingReactor::pipe(std::span<int, 2> ends) noexcept {
  return orErrno(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC));
}

int PollingReactor::bind(int descriptor, const sockaddr* at, socklen_t length) noexcept {
  return orErrno(::bind(descriptor, at, length));
}

int PollingReactor::listen(int descriptor, int backlog) noexcept {
  return orErrno(::listen(descriptor, backlog));
}

int PollingReactor::accept(int descriptor, sockaddr* from, socklen_t* length) noexcept {
  return again([&] { return ::accept4(descriptor, from, length, SOCK_NONBLOCK | SOCK_CLOEXEC); });
}

int PollingReactor::connect(int descriptor, const sockaddr* to, socklen_t length) noexcept {
  const int result = orErrno(::connect(descriptor, to, length));
  return result == -EINTR ? -EINPROGRESS : result;
}

int PollingReactor::connectionError(int descriptor) noexcept {
  int error = 0;
  socklen_t length = sizeof(error);
  const int result = orErrno(getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length));
  return result < 0 ? result : -error;
}

int PollingReactor::setOption(int descriptor, int level, int option, int value) noexcept {
  return orErrno(setsockopt(descriptor, level, option, &value, sizeof(value)));
}

int PollingReactor::localName(int descriptor, sockaddr* name, socklen_t* length) noexcept {
  return orErrno(getsockname(descriptor, name, length));
}

int PollingReactor::shutdown(int descriptor, int how) noexcept {
  return orErrno(::shutdown(descriptor, how));
}

std::size_t PollingReactor::bufferBytes(int descriptor) noexcept {
  const auto option = [descriptor](int name) {
    int value = 0;
    socklen_t length = sizeof(value);
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
  };
  if (const int sent = option(SO_SNDBUF); sent >= 0) {
    // In a Unix socket what was sent stays with who has sent it until it is received.
    const int received = option(SO_DOMAIN) == AF_UNIX ? 0 : option(SO_RCVBUF);
    return static_cast<std::size_t>(sent) + static_cast<std::size_t>(std::max(received, 0));
  }
  return static_cast<std::size_t>(std::max(fcntl(descriptor, F_GETPIPE_SZ), 0));
}

long PollingReactor::readAtHand(int descriptor, Bytes into, std::uint64_t offset) noexcept {
  const iovec part{.iov_base = into.data(), .iov_len = into.size()};
  const long result =
      again([&] { return preadv2(descriptor, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT); });
  // Not all file systems can tell.
  return result == -EOPNOTSUPP || result == -ENOSYS ? -EAGAIN : result;
}

long PollingReactor::fileBytes(int descriptor) noexcept {
  struct stat status{};
  const int error = orErrno(fstat(descriptor, &status));
  return error < 0 ? error : status.st_size;
}

long PollingReactor::sendFile(int to, Source& file, std::uint64_t offset,
                              std::size_t bytes) noexcept {
  if (!file.reactor().isOfThisSystem()) return -EINVAL;
  const auto send = [&] {
    return file.use([&](Reactor&, int descriptor) {
      auto place = static_cast<off_t>(offset);
      return again([&] { return ::sendfile(to, descriptor, &place, bytes); });
    });
  };
  return current() != nullptr ? send() : withoutBrokenPipeSignal(bytes, send);
}

std::uint16_t PollingReactor::numberNobodyGuesses() noexcept {
  std::uint16_t number = 0;
  // So few bytes are always whole (getrandom(2)).
  (void)!getrandom(&number, sizeof(number), 0);
  return number;
}

void PollingReactor::begin(Ref<FileRequest> request) noexcept {
  // A child of the OS process has no OS threads but its own.
  if (inChild()) return request->finish(request->perform());
  workers_.add(std::move(request));
}

long PollingReactor::read(int descriptor, Bytes into) noexcept {
  return again([&] { return ::read(descriptor, into.data(), into.size()); });
}

long PollingReactor::write(int descriptor, ConstBytes bytes) noexcept {
  const auto call = [&] {
    return again([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
  };
  // Carriers get no signals.
  return current() != nullptr ? call() : withoutBrokenPipeSignal(bytes.size(), call);
}

long PollingReactor::receive(int descriptor, Bytes into) noexcept {
  return again([&] { return ::recv(descriptor, into.data(), into.size(), 0); });
}

long PollingReactor::send(int descriptor, ConstBytes bytes) noexcept {
  return again([&] { return ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
}

long PollingReactor::receiveFrom(int descriptor, Bytes into, sockaddr* from,
                                 socklen_t* length) noexcept {
  return again(
      [&] { return ::recvfrom(descriptor, into.data(), into.size(), MSG_TRUNC, from, length); });
}

long PollingReactor::sendTo(int descriptor, ConstBytes bytes, const sockaddr* to,
                            socklen_t length) noexcept {
  return again(
      [&] { return ::sendto(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL, to, length); });
}

}  // namespace troop
