// Handles of channels of which it is known who uses them: only Tasks of one Thread, which said so
// by UsedHereOnly (used-here-only.h). So a search knows who could end a wait for a channel, where
// all handles of its other side are among these.
//
// Ownership: the Process. Threads: any; what is said of a Thread is read while that is at rest.
//
//   ends.declare(declared);            // by the Task in whose frame it stands
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "runtime/base/list.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sched/wait-word.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;
class Scope;
class Task;
class Thread;
class Waiter;

namespace deadlock {

enum class EndSide : unsigned char { sending, receiving };

// Who waits in a channel, and how many handles there are.
struct ChannelSight {
  static constexpr std::size_t waitersMax = 64;
  struct Waiting {
    const Waiter* waiter = nullptr;
    bool alone = false;  // and nowhere else
  };
  struct Side {
    std::size_t handles = 0;
    std::size_t waiters = 0;  // also those beyond waitersMax
    std::array<Waiting, waitersMax> waiting{};
  };
  Side sending, receiving;
};

// What is done with a channel, whatever it is a channel of.
struct ChannelKind {
  // Whose handle it is; null once that was moved from.
  RefCounted* (*channelOf)(const void* handle) noexcept;
  void (*look)(RefCounted& channel, ChannelSight& sight) noexcept;
  // Ends that wait of `waiter` at this side as if cancelled; false where it is none any more.
  bool (*end)(RefCounted& channel, EndSide side, const Waiter& waiter, WaitTicket ticket) noexcept;
};

// A handle.
struct ChannelEnd {
  const void* handle = nullptr;
  const ChannelKind* kind = nullptr;
  EndSide side = EndSide::sending;
};

// What a Task has said.
struct DeclaredEnds : ListHook<struct DeclaredEndsTag> {
  Task* task = nullptr;
  std::span<const ChannelEnd> ends;
};

// What the Tasks of a Thread wait for, and what it holds.
struct RestingThread {
  struct Waits {
    const Task* task = nullptr;
    unsigned id = 0;
    const char* what = "";
    const Scope* within = nullptr;
    const Scope* joins = nullptr;  // which it waits for the end of
    std::uint64_t declared = 0;    // among all that said something, when it did last; 0: it did not
    WaitTicket ticket = 0;
    bool forEver = false;         // it waits, and no time ends that
    std::size_t selectsFrom = 0;  // so many channels, where it has said so
  };
  struct Held {
    Ref<RefCounted> channel;
    const ChannelKind* kind = nullptr;
    EndSide side = EndSide::sending;
  };
  Ref<Thread> thread;
  bool wasAtRest = false;
  std::vector<Waits> tasks;
  std::vector<Held> held;
};

class Ends {
 public:
  void declare(DeclaredEnds& declared);
  // False: its Task has declared nothing any more.
  bool withdraw(DeclaredEnds& declared) noexcept;
  bool empty() const noexcept;

  // That a Task, which has declared something, is about to wait for one of `channels`.
  void selects(const Task& task, std::size_t channels) noexcept;

  // Has the wait of a Task end with `error`, once it is ended as if cancelled; nothing where the
  // Task is gone.
  void refuse(const Thread* thread, const Task* task, WaitTicket ticket, Error error);
  // By that Task, of the wait that it has begun last.
  std::optional<Error> refusal(const Task& task) const;

  // Of those that have declared something.
  std::vector<RestingThread> atRest() const;

 private:
  struct OfTask {
    std::size_t declared = 0;  // how many it has not withdrawn
    std::uint64_t last = 0;    // which it declared last
    std::size_t selectsFrom = 0;
    WaitTicket refused = 0;
    std::optional<Error> error;
  };
  struct OfThread {
    Thread* thread = nullptr;
    List<DeclaredEnds, DeclaredEndsTag> declared;
    std::unordered_map<const Task*, OfTask> tasks;
  };

  void copy(RestingThread& to) const;

  mutable std::mutex mutex_;  // protects all below
  std::unordered_map<const Thread*, OfThread> threads_;
  std::uint64_t declarations_ = 0;
};

}  // namespace deadlock
}  // namespace troop
