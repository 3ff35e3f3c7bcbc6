// What has to be given back later, and by whom: a Finalized<Core> owns the core of a resource, a
// file or a connection say, and hands it to its Finalizer when it dies, wherever that is. The
// Finalizer is a Thread that destroys one core after the other; there, destructors may wait. Who
// drops a Finalized never does: not a Task, not the end of a circle (runtime/local/local.h).
//
// A core shares nothing with where it comes from, so it does not lead back to what has died.
//
// Ownership: copies of a Finalizer are one; its Thread ends when they and all that is Finalized
// with it are gone. Threads: any. Limits: a Finalized is charged to the troop that makes it, until
// its core is gone. Fails: start() as Troop::thread() does; making a Finalized with Error
// (overloaded, memory) where the troop cannot pay, and Error (disconnected, killed) where the
// Finalizer's troop was killed. There what is Finalized is destroyed in the Finalizer's Thread all
// the same, but its waits are told `cancelled`: start it in a troop that outlives those who use it.
// Misuse: a core whose destructor waits otherwise than by what returns a status; a Finalized that
// the host keeps longer than its Process, whose end waits for it.
//
//   Finalizer finalizer = Finalizer::start(process.root());
//   Finalized<Connection> connection(finalizer, connect(peer));
//   connection->send(line);              // and is closed later, without us
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/budget.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/sendable.h"
#include "runtime/sharing/isolated.h"

namespace [[gnu::visibility("hidden")]] troop {

class FinalizerQueue;
class Troop;

// One core, until it is destroyed.
class FinalizerEntry {
 public:
  FinalizerEntry(const FinalizerEntry&) = delete;
  FinalizerEntry& operator=(const FinalizerEntry&) = delete;
  virtual ~FinalizerEntry() = default;

 protected:
  explicit FinalizerEntry(Charge charge) noexcept : charge_(std::move(charge)) {}

 private:
  friend class FinalizerQueue;

  const Charge charge_;
  std::unique_ptr<FinalizerEntry> next_;  // by the queue
};

// What waits for a Finalizer's Thread.
class FinalizerQueue final : public RefCounted {
 public:
  // One more that will be pushed; throws Error (disconnected, killed) where nobody serves it.
  void promise();
  void push(std::unique_ptr<FinalizerEntry> entry) noexcept;
  void handlesEnd() noexcept;

  // By the Finalizer's Thread: until there is nobody left to serve.
  void serve() noexcept;
  // It will not.
  void ends() noexcept;
  // By who starts it: false where its Thread ends without having begun.
  bool awaitBegin();

 private:
  enum class State : unsigned char { starts, serves, ended };

  std::unique_ptr<FinalizerEntry> takeFirst() noexcept;
  bool isDone(Interruption interruption) const noexcept;

  std::mutex mutex_;  // protects all below
  WaitList waiting_;
  State state_ = State::starts;
  bool hasHandles_ = true;
  std::size_t promised_ = 0;  // and not pushed
  std::unique_ptr<FinalizerEntry> first_;
  FinalizerEntry* last_ = nullptr;
};

class Finalizer {
 public:
  // Starts its Thread in `troop`.
  static Finalizer start(Troop& troop);

 private:
  template <typename Core>
  friend class Finalized;

  struct Handles final : RefCounted {
    explicit Handles(Ref<FinalizerQueue> its) noexcept : queue(std::move(its)) {}
    ~Handles() override { queue->handlesEnd(); }
    const Ref<FinalizerQueue> queue;
  };

  explicit Finalizer(Ref<Handles> handles) noexcept : handles_(std::move(handles)) {}

  Ref<Handles> handles_;
};

// Of the memory of the calling Task's troop; nothing outside of Tasks.
Charge chargeForFinalized(std::size_t bytes);

template <typename Core>
class Finalized {
  static_assert(Isolatable<Core>,
                "the core of what is finalized owns all that it reaches: opt in by IsIsolatable, "
                "see runtime/sharing/isolated.h");

 public:
  Finalized(const Finalizer& finalizer, Core core)
      : queue_(finalizer.handles_->queue),
        entry_(std::make_unique<Entry>(chargeForFinalized(sizeof(Entry)), std::move(core))) {
    queue_->promise();
  }
  Finalized(Finalized&&) noexcept = default;
  Finalized& operator=(Finalized other) noexcept {
    std::swap(queue_, other.queue_);
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~Finalized() {
    if (entry_ != nullptr) queue_->push(std::move(entry_));
  }

  Core& operator*() const noexcept { return *checked(); }
  Core* operator->() const noexcept { return checked(); }

  // False once it was moved away.
  explicit operator bool() const noexcept { return entry_ != nullptr; }

 private:
  struct Entry final : FinalizerEntry {
    Entry(Charge charge, Core its) : FinalizerEntry(std::move(charge)), core(std::move(its)) {}
    Core core;
  };

  Core* checked() const noexcept {
    check(entry_ != nullptr, "a Finalized is not used after it was moved away");
    return &entry_->core;
  }

  Ref<FinalizerQueue> queue_;
  std::unique_ptr<Entry> entry_;
};

// clang-format off
template <> struct IsSendable<Finalizer> : std::true_type {};
template <typename Core> struct IsIsolatable<Finalized<Core>> : std::true_type {};
// clang-format on

}  // namespace troop
