#include "runtime/reactor/ring-reactor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/error.h"

namespace troop {
namespace {

constexpr unsigned entries = 256;
constexpr mode_t modeOfNew = 0666;  // as far as the umask of the OS process lets it

// The rest is not known to the ring of this kernel, or of this library, or too rare to be worth it.
bool knows(FileRequest::Kind kind) noexcept {
  switch (kind) {
    case FileRequest::Kind::open:
    case FileRequest::Kind::read:
    case FileRequest::Kind::write:
    case FileRequest::Kind::sync:
    case FileRequest::Kind::syncContents:
      return true;
    default:
      return false;
  }
}

// Whether it may say nothing of the file, but of the ring, or of the OS thread that asked.
bool wasNotDone(long result) noexcept {
  return result == -ECANCELED || result == -EINTR || result == -EAGAIN || result == -EOPNOTSUPP ||
         result == -EINVAL;
}

// Of what submitting gave: whether the kernel may take it a little later.
bool isForNow(int result) noexcept {
  return result >= 0 || result == -EAGAIN || result == -EBUSY || result == -EINTR ||
         result == -ENOMEM;
}

}  // namespace

RingReactor::RingReactor() {
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  parameters.cq_entries = underWayMax;
  const int error = io_uring_queue_init_params(entries, &ring_, &parameters);
  if (error != 0) {
    throw Error(ErrorKind::overloaded,
                fmt::format("io_uring_setup: {}", std::generic_category().message(-error)),
                ErrorDetail::none, Executed::no);
  }
  // A child has no part in it.
  io_uring_ring_dontfork(&ring_);
  if (const int watched = watchOwn(ring_.ring_fd); watched != 0) {
    io_uring_queue_exit(&ring_);
    throw Error(ErrorKind::overloaded,
                fmt::format("io_uring: {}", std::generic_category().message(-watched)),
                ErrorDetail::none, Executed::no);
  }
}

RingReactor::~RingReactor() {
  if (!inChild()) io_uring_queue_exit(&ring_);
}

void RingReactor::begin(Ref<FileRequest> request) noexcept {
  bool begun = false;
  if (!inChild()) {
    if (Source* source = request->source()) {
      source->use([&](Reactor&, int descriptor) -> long {
        begun = submit(*request, descriptor);
        return 0;
      });
    } else {
      begun = submit(*request, -1);
    }
  }
  if (!begun) return PollingReactor::begin(std::move(request));
  // What was at hand is done already.
  takeDone();
}

bool RingReactor::submit(FileRequest& request, int descriptor) noexcept {
  if (!knows(request.kind())) return false;
  const std::lock_guard lock(submitMutex_);
  if (ended_.load(std::memory_order_relaxed)) return false;
  if (underWay_.load(std::memory_order_relaxed) >= underWayMax) return false;
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (entry == nullptr) return false;
  fill(*entry, request, descriptor);
  request.addRef();
  request.passToKernel();
  io_uring_sqe_set_data(entry, &request);
  underWay_.fetch_add(1, std::memory_order_relaxed);
  for (int result = 0; (result = io_uring_submit(&ring_)) < 1;) {
    if (!isForNow(result)) return takeBack(request);
    // Where the kernel has no memory just now, what is done gives some back.
    takeDone();
  }
  return true;
}

// The entry stays where it is: the kernel takes entries only from who submits, which nobody does
// any more.
bool RingReactor::takeBack(FileRequest& request) noexcept {
  ended_.store(true, std::memory_order_relaxed);
  request.takeFromKernel();
  underWay_.fetch_sub(1, std::memory_order_relaxed);
  request.dropRef();
  return false;
}

void RingReactor::fill(io_uring_sqe& entry, const FileRequest& request, int descriptor) noexcept {
  const std::span<std::byte> buffer = request.buffer();
  const auto bytes = static_cast<unsigned>(buffer.size());
  switch (request.kind()) {
    case FileRequest::Kind::open:
      io_uring_prep_openat(&entry, AT_FDCWD, request.path().c_str(), request.flags(), modeOfNew);
      break;
    case FileRequest::Kind::read:
      io_uring_prep_read(&entry, descriptor, buffer.data(), bytes, request.offset());
      break;
    case FileRequest::Kind::write:
      io_uring_prep_write(&entry, descriptor, buffer.data(), bytes, request.offset());
      break;
    case FileRequest::Kind::syncContents:
      io_uring_prep_fsync(&entry, descriptor, IORING_FSYNC_DATASYNC);
      break;
    default:
      io_uring_prep_fsync(&entry, descriptor, 0);
  }
}

bool RingReactor::takeDone() noexcept {
  const std::lock_guard lock(doneMutex_);
  bool any = false;
  io_uring_cqe* entry = nullptr;
  while (io_uring_peek_cqe(&ring_, &entry) == 0) {
    auto* request = static_cast<FileRequest*>(io_uring_cqe_get_data(entry));
    const long result = entry->res;
    io_uring_cqe_seen(&ring_, entry);
    underWay_.fetch_sub(1, std::memory_order_relaxed);
    done(Ref<FileRequest>::adopt(request), result);
    any = true;
  }
  return any;
}

void RingReactor::done(Ref<FileRequest> request, long result) noexcept {
  request->takeFromKernel();
  if (wasNotDone(result)) return PollingReactor::begin(std::move(request));
  request->finish(result);
}

void RingReactor::end() noexcept {
  {
    const std::lock_guard lock(submitMutex_);
    ended_.store(true, std::memory_order_relaxed);
  }
  while (underWay_.load(std::memory_order_relaxed) > 0) {
    if (takeDone()) continue;
    // Not by a call of the ring, which the kernel may refuse by now.
    pollfd done{.fd = ring_.ring_fd, .events = POLLIN, .revents = 0};
    ::poll(&done, 1, -1);
  }
  PollingReactor::end();
}

}  // namespace troop
