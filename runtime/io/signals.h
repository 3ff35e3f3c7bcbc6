// Signals gives the signals that arrive in this OS process to a Task, as values.
//
// Ownership: the handle, which is moved and not copied; with the last one that wants a signal, what
// was done with it before is done again. Threads: any number may wait at a time, each signal going
// to one of them, in Tasks and OS threads; close() by any. Limits: a handle of the troop, 64 in the
// OS process. Fails: subscribing with failed for a signal that cannot be handled, or tells of a
// fault of the program, naming it; in a simulated run, where there are none; with overloaded where
// something has run out. next() as runtime/io/byte-stream.h says of reading. Misuse: SIGTERM and
// SIGINT do not end the OS process while somebody subscribes to them.
//
// Each of several gets each signal. One that arrives again before it was taken is one, as always
// with signals; among several those with lower numbers come first.
//
// A handler is installed that calls what was there before as well; no OS thread is started, and
// none has its signals blocked: some OS thread of the host must have those unblocked that are
// waited for, as it is by default. Carriers get none.
//
//   Signals stop = Signals::subscribe({SIGTERM, SIGINT}).value();
//   const int which = stop.next().value();
#pragma once

#include <csignal>
#include <initializer_list>
#include <type_traits>
#include <utility>

#include "runtime/error.h"
#include "runtime/io/signals/subscription.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;
class Reactor;

class Signals {
 public:
  static Expected<Signals> subscribe(std::initializer_list<int> signals);
  static Expected<Signals> subscribe(Process& process, std::initializer_list<int> signals);

  Signals(Signals&&) noexcept = default;
  Signals& operator=(Signals&& other) noexcept;
  ~Signals() { close(); }

  // The number of the next one that has arrived since subscribing.
  Expected<int> next(Time deadline = never);

  // Hears no more, and ends all waits.
  void close() noexcept;

 private:
  friend struct IoAccess;
  explicit Signals(Ref<signals::Subscription> subscription) noexcept
      : subscription_(std::move(subscription)) {}

  static Expected<Signals> subscribeIn(Reactor& reactor, std::initializer_list<int> signals);

  Ref<signals::Subscription> subscription_;
};

template <>
struct IsSendable<Signals> : std::true_type {};

}  // namespace troop
