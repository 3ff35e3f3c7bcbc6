#include "runtime/preload/readiness.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>

#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/preload/real.h"

namespace troop::preload {
namespace {

// One descriptor that somebody waits for.
struct Want : ListHook<struct WantTag> {
  int descriptor = -1;
  std::uint32_t events = 0;
  Word* ready = nullptr;  // which is set once it is
};

// Errors and ends are told unasked.
constexpr std::uint32_t alwaysTold = EPOLLERR | EPOLLHUP;

class Readiness {
 public:
  // False where it cannot be asked about.
  bool add(Want& want) noexcept {
    const std::lock_guard lock(mutex_);
    if (!begin()) return false;
    List<Want, WantTag>* wants = nullptr;
    try {
      wants = &wants_[want.descriptor];
    } catch (const std::bad_alloc&) {
      return false;
    }
    wants->pushBack(want);
    if (ask(want.descriptor, *wants)) return true;
    wants->remove(want);
    return false;
  }

  void remove(Want& want) noexcept {
    const std::lock_guard lock(mutex_);
    if (want.linked()) wants_[want.descriptor].remove(want);
  }

  void forget() noexcept {
    if (epoll_ >= 0) close(epoll_);
    new (this) Readiness();
  }

 private:
  bool begin() noexcept {
    if (epoll_ >= 0) return true;
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) return false;
    const auto listen = [](void* its) -> void* {
      static_cast<Readiness*>(its)->listen();
      return nullptr;
    };
    int error = 0;
    // Of the runtime: no signal of the program is for it. The caller stays what it is meanwhile to
    // those who cancel it, which would not wake it otherwise.
    inRuntime([&] {
      pthread_t thread;
      error = pthread_create(&thread, nullptr, listen, this);
    });
    if (error == 0) return true;
    close(epoll_);
    epoll_ = -1;
    return false;
  }

  // Tells the kernel what all of them want to be told of, once.
  bool ask(int descriptor, List<Want, WantTag>& wants) noexcept {
    epoll_event event{.events = EPOLLONESHOT, .data = {.fd = descriptor}};
    for (Want* want = wants.front(); want != nullptr; want = wants.after(*want)) {
      event.events |= want->events;
    }
    // What has been closed since is not there any more, whatever has its number now.
    return epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) == 0 ||
           (errno == ENOENT && epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0);
  }

  [[noreturn]] void listen() noexcept {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
      const std::lock_guard lock(mutex_);
      for (int index = 0; index < count; ++index) {
        tell(events[index].data.fd, events[index].events);
      }
    }
  }

  void tell(int descriptor, std::uint32_t events) noexcept {
    const auto found = wants_.find(descriptor);
    if (found == wants_.end()) return;
    List<Want, WantTag>& wants = found->second;
    Want* want = wants.front();
    while (want != nullptr) {
      Want* const next = wants.after(*want);
      if ((events & (want->events | alwaysTold)) != 0) {
        wants.remove(*want);
        want->ready->store(1);
        wakeByRuntime(want->ready, 1);
      }
      want = next;
    }
    if (!wants.empty()) ask(descriptor, wants);
  }

  ShortLock mutex_;  // protects all
  int epoll_ = -1;
  // One for each number that there ever was one for.
  std::unordered_map<int, List<Want, WantTag>> wants_;
};

// Never destroyed: pthreads may run on while the program ends.
Readiness& readiness() noexcept {
  alignas(Readiness) static std::array<std::byte, sizeof(Readiness)> memory;
  static Readiness* const made = new (memory.data()) Readiness();
  return *made;
}

std::uint32_t eventsOf(short events) noexcept {
  // The two interfaces of the kernel have the same bits.
  static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLPRI == EPOLLPRI);
  static_assert(POLLRDHUP == EPOLLRDHUP && POLLRDNORM == EPOLLRDNORM);
  return static_cast<std::uint32_t>(static_cast<unsigned short>(events));
}

Woken await(std::span<const pollfd> wanted, std::span<Want> wants, const Deadline& deadline) {
  Word ready{0};
  bool askable = true;
  for (std::size_t index = 0; index < wanted.size() && askable; ++index) {
    if (wanted[index].fd < 0) continue;
    wants[index].descriptor = wanted[index].fd;
    wants[index].events = eventsOf(wanted[index].events);
    wants[index].ready = &ready;
    askable = readiness().add(wants[index]);
  }
  const Woken woken =
      askable ? waitOn(ready, 0, deadline, Interruptible::byCancellationToo) : Woken::changed;
  for (Want& want : wants) {
    if (want.ready != nullptr) readiness().remove(want);
  }
  // Who tells has let go of it.
  return ready.load() != 0 ? Woken::byOther : woken;
}

}  // namespace

Woken awaitReady(std::span<const pollfd> wanted, const Deadline& deadline) noexcept {
  constexpr std::size_t few = 8;
  if (wanted.size() <= few) {
    std::array<Want, few> wants;
    return await(wanted, {wants.data(), wanted.size()}, deadline);
  }
  const std::unique_ptr<Want[]> wants(new (std::nothrow) Want[wanted.size()]);
  if (wants == nullptr) return Woken::changed;
  return await(wanted, {wants.get(), wanted.size()}, deadline);
}

Woken awaitReady(int descriptor, short events, const Deadline& deadline) noexcept {
  const pollfd wanted{descriptor, events, 0};
  return awaitReady({&wanted, 1}, deadline);
}

void forgetReadiness() noexcept {
  readiness().forget();
}

}  // namespace troop::preload
