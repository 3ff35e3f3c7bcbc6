// Signals that have arrived in this OS process, kept for whoever has asked for them.
//
// A handler stands in front of what handled the signal before, which it calls as well
// (runtime/stack/signal-chain.h). It runs on whatever OS thread of the host the kernel chooses,
// notes the signal in each subscription that wants it, and rings the bell of that one: an eventfd,
// of which each write is an edge, and none is ever read.
//
// Invariants:
//   1. a handler counts itself in a place before it looks who is there, and until it has left him
//   2. who leaves a place lets go of himself, and of his bell, only when nobody is counted there
//   3. the bell that a handler rings is not the Source's, which is closed with its Process
//
// Ownership: Refs, of the handle and each that waits; over with end(). Threads: any. Limits:
// subscriptionsMax in the OS process. Fails: as runtime/io/signals.h says.
//
//   Ref<Subscription> mine = Subscription::begin(reactor, {SIGTERM}).value();
//   mine->source().perform(Direction::reading, deadline, "a signal", 0, Takes{*mine});
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/error.h"
#include "runtime/reactor/reactor.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace signals {

class Subscription final : public RefCounted {
 public:
  static constexpr std::size_t subscriptionsMax = 64;

  static Expected<Ref<Subscription>> begin(Reactor& reactor, std::span<const int> signals);
  ~Subscription() override;

  Source& source() const noexcept { return *source_; }

  // As Source::attempt() has it: one that has arrived, which is taken; -EAGAIN.
  struct Takes {
    Subscription& subscription;
    long operator()(Reactor&, int) const noexcept { return subscription.take(); }
  };

  // Hears no more; what was there before is there again where it was the last one. Any number of
  // times.
  void end() noexcept;

  // By a handler.
  void arrived(int signal) noexcept;

 private:
  Subscription(Ref<Source> source, int bell, std::uint64_t wanted) noexcept;

  // Among those that handlers look at.
  Expected<void> enter();
  long take() noexcept;

  const Ref<Source> source_;
  const int bell_;
  const std::uint64_t wanted_;             // a bit for each signal, from 1 on
  std::atomic<std::uint64_t> arrived_{0};  // likewise
  std::atomic<bool> isEntered_{false};
};

}  // namespace signals
}  // namespace troop
