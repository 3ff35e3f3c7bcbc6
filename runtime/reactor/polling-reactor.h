// The Reactor of a real Process: the kernel's sockets and pipes, whose news epoll tells, each once.
//
// One carrier at a time looks or sleeps there (the harvest). What is closed may still stand among
// what that one has been told, so a Source is kept until the next harvest begins.
//
// A child that fork() makes has the same epoll as its parent: there nothing is watched or woken,
// and what is closed is closed in the child alone.
//
// Ownership, threads: as runtime/reactor/reactor.h says. Misuse: let go without end(), it and what
// it watches keep each other.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>

#include "runtime/base/fork-mark.h"
#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/reactor/file-workers.h"
#include "runtime/reactor/reactor.h"
#include "runtime/reactor/source.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class PollingReactor : public Reactor {
 public:
  // Throws Error (overloaded) where the kernel has no more descriptors.
  PollingReactor();
  ~PollingReactor() override;

  void sleep(Time until, const std::function<void()>& beforeNews) noexcept override;
  bool look() noexcept override;
  void wake() noexcept override;
  void end() noexcept override;

  int socket(int family, int type) noexcept override;
  int socketPair(std::span<int, 2> ends) noexcept override;
  int pipe(std::span<int, 2> ends) noexcept override;
  int bind(int descriptor, const sockaddr* at, socklen_t length) noexcept override;
  int listen(int descriptor, int backlog) noexcept override;
  int accept(int descriptor, sockaddr* from, socklen_t* length) noexcept override;
  int connect(int descriptor, const sockaddr* to, socklen_t length) noexcept override;
  int connectionError(int descriptor) noexcept override;
  int setOption(int descriptor, int level, int option, int value) noexcept override;
  int localName(int descriptor, sockaddr* name, socklen_t* length) noexcept override;
  int shutdown(int descriptor, int how) noexcept override;
  std::size_t bufferBytes(int descriptor) noexcept override;
  long read(int descriptor, Bytes into) noexcept override;
  long write(int descriptor, ConstBytes bytes) noexcept override;
  long receive(int descriptor, Bytes into) noexcept override;
  long send(int descriptor, ConstBytes bytes) noexcept override;
  long receiveFrom(int descriptor, Bytes into, sockaddr* from, socklen_t* length) noexcept override;
  long sendTo(int descriptor, ConstBytes bytes, const sockaddr* to,
              socklen_t length) noexcept override;

  long readAtHand(int descriptor, Bytes into, std::uint64_t offset) noexcept override;
  long fileBytes(int descriptor) noexcept override;
  long sendFile(int to, Source& file, std::uint64_t offset, std::size_t bytes) noexcept override;
  void begin(Ref<FileRequest> request) noexcept override;
  bool isOfThisSystem() const noexcept override { return true; }
  std::uint16_t numberNobodyGuesses() noexcept override;
  std::string_view mechanism() const noexcept override { return "epoll"; }

  int watch(Source& source) noexcept override;
  void close(Source& source, bool watched) noexcept override;
  void closeUnused(int descriptor) noexcept override;

 protected:
  bool inChild() const noexcept { return mark_.inChild(); }
  // heard() is called when `descriptor` can be read, by who looks or sleeps here. 0 or -errno.
  int watchOwn(int descriptor) noexcept;
  virtual void heard() noexcept {}

 private:
  // More are told by the next harvest.
  static constexpr int eventsMax = 256;
  // So many that are closed are kept while nothing happens.
  static constexpr std::size_t retiredMax = 64;

  // With harvestMutex_ held.
  int awaitEvents(Time until) noexcept;
  void dropRetired() noexcept;
  // Whether there is something else than wake-ups.
  bool anyNews(int count) const noexcept;
  bool anyWake(int count) const noexcept;
  void tell(int count) noexcept;

  const ForkMark mark_;
  const int epoll_;
  const int wakeUp_;  // an eventfd, of which each write is an edge, and none is ever read

  FileWorkers workers_;

  std::mutex harvestMutex_;
  std::array<epoll_event, eventsMax> events_{};  // protected by harvestMutex_
  bool woken_ = false;   // by an edge of wakeUp_ that one who only looked has seen; as events_
  bool precise_ = true;  // whether there is epoll_pwait2(); as events_
  std::atomic<bool> sleeping_{false};  // one sleeps, or is about to

  ShortLock mutex_;                   // protects all below
  List<Source, WatchedTag> watched_;  // each with a reference
  List<Source, WatchedTag> ending_;   // what was watched when it ended, until that is closed
  List<Source, WatchedTag> retired_;  // closed since the last harvest began, each with one
  std::size_t retiredCount_ = 0;
  bool ended_ = false;
};

}  // namespace troop
