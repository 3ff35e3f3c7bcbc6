// A child of this OS process, from its start until it was reaped, which happens once: by who waits
// for it first, or by who ends it.
//
// The kernel tells of its end through a descriptor of its own (a pidfd), which is a Source. Where
// the kernel has none, before Linux 5.3 and where it is forbidden, an OS thread of each child waits
// for its end, and closes a pipe whose other end is the Source.
//
// Ownership: Refs, of its handle and each that waits. Threads: any. Limits: as Source. Fails: as
// runtime/io/child-process.h says. Misuse: a host that reaps children which are not its own.
//
//   Expected<Ref<Child>> child = Child::adopt(reactor, id, "sort");
//   child->source().perform(Direction::reading, deadline, "a child", 0, Child::Asks{*child});
#pragma once

#include <sys/types.h>

#include <csignal>
#include <mutex>
#include <string>

#include "runtime/base/fork-mark.h"
#include "runtime/error.h"
#include "runtime/reactor/reactor.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

// How a program has ended: with a status, or by a signal.
struct ChildEnd {
  int status = 0;
  int signal = 0;  // 0: none

  bool succeeded() const noexcept { return status == 0 && signal == 0; }
};

namespace children {

enum class Watch : unsigned char { byDescriptor, byThread };

class Child final : public RefCounted {
 public:
  // Takes over the child `id` of this OS process, which is ended where this fails.
  static Expected<Ref<Child>> adopt(Reactor& reactor, pid_t id, std::string name,
                                    Watch watch = Watch::byDescriptor);
  ~Child() override { end(); }

  pid_t id() const noexcept { return id_; }
  const std::string& name() const noexcept { return name_; }
  Source& source() const noexcept { return *source_; }

  // As Source::attempt() has it: 0 when it has ended; -EAGAIN; -ECHILD: who else reaped it knows.
  struct Asks {
    Child& child;
    long operator()(Reactor&, int descriptor) const noexcept { return child.ask(descriptor); }
  };

  // Of what Asks has returned, or a wait.
  Expected<ChildEnd> outcome(const Expected<long>& asked) const;

  // 0, or -errno; -ESRCH once it has ended.
  long signal(int number) noexcept;

  // Kills it where it runs, waits until the system has ended it, reaps it, and ends all waits. It
  // blocks the OS thread meanwhile, and says so.
  void end() noexcept;

 private:
  enum class State : unsigned char { running, ending, reaped, lost };

  Child(Ref<Source> source, pid_t id, std::string name, Watch watch) noexcept;

  long ask(int descriptor) noexcept;
  long send(int descriptor, int number) const noexcept;
  // Of one that runs: kills and reaps it. `descriptor`: none where it is closed already.
  void endRunning(int descriptor) noexcept;
  long reap(int descriptor, siginfo_t& how, int options) const noexcept;
  void reapedLocked(long result, const siginfo_t& how) noexcept;

  const Ref<Source> source_;
  const pid_t id_;
  const std::string name_;
  const Watch watch_;
  const ForkMark mark_;  // a child of this OS process that goes on in it has no part in this one

  mutable std::mutex mutex_;  // held over no wait; protects all below
  State state_ = State::running;
  ChildEnd how_;
};

}  // namespace children
}  // namespace troop
