// Something open outside, as a socket is, and those who wait until it may be read from or written
// to.
//
// Whoever wants something of it tries, and waits where there was nothing: the kernel tells when
// that changes, each time once (an edge). What was tried is remembered by the number of edges seen
// before, so that none gets lost between a try and a wait, and nobody tries what was tried already.
//
// Ownership: Refs, of the handle that made it, the Reactor, and each that waits. The descriptor is
// closed when close() was called, or the last Ref is gone, and no call is using it. Threads: any;
// several may read, write and close at once. Limits: descriptors; counted and charged to the troop
// that opened it, with what the kernel may keep in its buffers when it is opened. Fails: perform()
// returns -errno of the call, or says why the wait ended or could not begin. Misuse: one whose
// Reactor's Process has ended is only closed.
//
//   Expected<long> got = source.perform(Direction::reading, deadline, "a peer", wanted,
//                                       [&](Reactor& r, int fd) { return r.receive(fd, into); });
#pragma once

#include <atomic>
#include <cerrno>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/error.h"
#include "runtime/reactor/handle-account.h"
#include "runtime/reactor/reactor.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"
#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {

enum class Direction : unsigned char { reading, writing };

class Source final : public RefCounted,
                     public ListHook<struct WatchedTag>  // of its Reactor
{
 public:
  // What a call is told about that was closed here, or whose Process has ended.
  static constexpr long closedHere = -ESHUTDOWN;

  // Takes `descriptor` over, also where this fails, with overloaded, quota or memory: the troop of
  // the caller cannot pay.
  static Expected<Ref<Source>> open(Reactor& reactor, int descriptor);
  ~Source() override;

  Reactor& reactor() const noexcept { return *reactor_; }

  // Tries call(reactor, descriptor) until it returns something else than -EAGAIN, and waits
  // between. `wanted`: a reading call that returns less, and not 0, has taken all there was; 0 for
  // calls of which that is not true. Fails where the wait ended otherwise: with
  // overloaded/deadline, with failed/cancelled where the Task was cancelled and nothing is thrown.
  template <typename Call>
  Expected<long> perform(Direction direction, Time deadline, const char* what, std::size_t wanted,
                         Call&& call) {
    Waiter::ofCaller().enter();
    Ref<Source> keep;  // while others may close it and let go of it
    for (;;) {
      if (const std::optional<long> result = attempt(direction, wanted, call)) return *result;
      if (!keep) keep = Ref<Source>::share(this);
      if (const int error = startWatching(); error != 0) return unwatched(error);
      if (const WaitResult waited = awaitChange(direction, deadline, what);
          waited != WaitResult::signalled) {
        return notDone(waited, what);
      }
    }
  }

  // One try; none: there is nothing before the next edge.
  template <typename Call>
  std::optional<long> attempt(Direction direction, std::size_t wanted, Call&& call) {
    Side& side = sides_[static_cast<int>(direction)];
    if (!beginUse()) return closedHere;
    // Acquire: who has seen an edge sees what came before it.
    const std::uint64_t seen = side.edges.load(std::memory_order_acquire);
    if (side.exhausted.load(std::memory_order_relaxed) == seen) {
      endUse();
      return std::nullopt;
    }
    const long result = call(*reactor_, descriptor_);
    endUse();
    const bool allTaken = result > 0 && static_cast<std::size_t>(result) < wanted;
    if (result == -EAGAIN || (allTaken && !hasEnded_.load(std::memory_order_relaxed))) {
      side.exhausted.store(seen, std::memory_order_relaxed);
    }
    if (result == -EAGAIN) return std::nullopt;
    return result;
  }

  // For calls that are over at once; 'closedHere' where it is closed.
  template <typename Call>
  long use(Call&& call) {
    if (!beginUse()) return closedHere;
    const long result = call(*reactor_, descriptor_);
    endUse();
    return result;
  }

  // Of one where a read that gives less than was asked for may leave something behind.
  void expectMoreAfterShortReads() noexcept { hasEnded_.store(true, std::memory_order_relaxed); }

  // What was tried failed for want of something that no change of this one tells of, as descriptors
  // are: who wants that direction next waits some time first, the longer the more often this was
  // said in turn, 5 ms to 1 s.
  void ranOut(Direction direction) noexcept;
  // It has worked again.
  void recovered(Direction direction) noexcept {
    sides_[static_cast<int>(direction)].ranOut.store(0, std::memory_order_relaxed);
  }

  // Ends all waits for it, and closes the descriptor once no call uses it. Any number of times.
  void close() noexcept;
  bool closed() const noexcept { return (uses_.load(std::memory_order_acquire) & closedBit) != 0; }

  // Before a wait: has changes told from now on. 0, or why they cannot be.
  int startWatching() noexcept;
  Error unwatched(int error) const;

  // The two halves of a wait of a coroutine, as in runtime/async/wait.h. False: it need not wait.
  // `until` is the deadline, and afterwards how long the wait lasts at most.
  bool suspend(Direction direction, std::coroutine_handle<> leaf, Time& until, const char* what);
  WaitResult resumed(Direction direction) noexcept;

  // By the Reactor: what may be possible now.
  struct Change {
    bool reading = false;
    bool writing = false;
    // The other side sends no more, it is broken, or something urgent stands between the bytes:
    // from now on a short read does not say that everything was taken.
    bool ended = false;
  };
  void happened(Change change) noexcept;
  int descriptor() const noexcept { return descriptor_; }

  static Error notDone(WaitResult waited, const char* what);
  // What a wait that lasted until `until` at most says to one with that deadline.
  static WaitResult ofRest(WaitResult result, Time until, Time deadline) noexcept;

 private:
  static constexpr std::uint32_t closedBit = 1;
  static constexpr std::uint32_t oneUse = 2;

  struct Side {
    std::atomic<std::uint64_t> edges{1};      // written under mutex_
    std::atomic<std::uint64_t> exhausted{0};  // edges before a try that found nothing
    std::atomic<unsigned> ranOut{0};          // how often in turn
    Time restsUntil{};                        // or 0: it does not rest; protected by mutex_
    WaitList waiting;                         // protected by mutex_
  };

  Source(Ref<Reactor> reactor, int descriptor, HandleAccount account) noexcept;

  bool beginUse() noexcept {
    if ((uses_.fetch_add(oneUse, std::memory_order_acq_rel) & closedBit) == 0) [[likely]]
      return true;
    endUse();
    return false;
  }
  void endUse() noexcept {
    if (uses_.fetch_sub(oneUse, std::memory_order_acq_rel) == (oneUse | closedBit)) closeNow();
  }
  void closeNow() noexcept;
  bool changed(const Side& side) const noexcept;
  WaitResult awaitChange(Direction direction, Time deadline, const char* what);
  void changeLocked(Side& side) noexcept;
  // Ends a rest that is over, and shortens a wait to one that is not.
  void heedRestLocked(Side& side, Time& until) noexcept;

  const Ref<Reactor> reactor_;
  const int descriptor_;
  std::atomic<std::uint32_t> uses_{0};  // of the descriptor, and whether it is closed
  std::atomic<bool> descriptorClosed_{false};
  std::atomic<bool> hasEnded_{false};
  std::atomic<bool> watchAsked_{false};
  std::atomic<bool> watched_{false};  // by the one that has asked for it, while it uses it
  ShortLock mutex_;
  Side sides_[2];
  HandleAccount account_;  // until the descriptor is closed
};

}  // namespace troop
