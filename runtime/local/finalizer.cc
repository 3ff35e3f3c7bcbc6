#include "runtime/local/finalizer.h"

#include "runtime/error.h"
#include "runtime/heap/charge-caller.h"
#include "runtime/troop.h"

namespace troop {
namespace {

// What the Thread runs; where it never begins, its end says so.
class Service {
 public:
  explicit Service(Ref<FinalizerQueue> queue) noexcept : queue_(std::move(queue)) {}
  Service(Service&&) noexcept = default;
  Service& operator=(Service&&) = delete;
  ~Service() {
    if (queue_) queue_->ends();
  }
  void run() const noexcept { queue_->serve(); }

 private:
  Ref<FinalizerQueue> queue_;
};

Error noFinalizerError() {
  return Error(ErrorKind::disconnected, "the troop of the Finalizer was killed",
               ErrorDetail::killed, Executed::no);
}

}  // namespace

Charge chargeForFinalized(std::size_t bytes) {
  return chargeCaller(bytes);
}

Finalizer Finalizer::start(Troop& troop) {
  auto queue = makeRef<FinalizerQueue>();
  // From here on the Thread ends when nobody has it.
  Finalizer finalizer(makeRef<Handles>(queue));
  troop.thread(
      {"finalizer"}, [](const Service& service) { service.run(); }, assumeSendable(Service(queue)));
  if (!queue->awaitBegin()) throw noFinalizerError();
  return finalizer;
}

bool FinalizerQueue::awaitBegin() {
  std::unique_lock lock(mutex_);
  while (state_ == State::starts) {
    const WaitResult waited =
        waiting_.wait(lock, never, Interruption::deferred, "a Finalizer to begin");
    if (waited == WaitResult::signalled) continue;
    throw Error(ErrorKind::failed, "a coroutine does not start a Finalizer");
  }
  return state_ == State::serves;
}

void FinalizerQueue::promise() {
  std::lock_guard lock(mutex_);
  if (state_ == State::ended) throw noFinalizerError();
  ++promised_;
}

void FinalizerQueue::push(std::unique_ptr<FinalizerEntry> entry) noexcept {
  std::lock_guard lock(mutex_);
  --promised_;
  FinalizerEntry* const pushed = entry.get();
  (last_ != nullptr ? last_->next_ : first_) = std::move(entry);
  last_ = pushed;
  waiting_.signalAll();
}

void FinalizerQueue::handlesEnd() noexcept {
  std::lock_guard lock(mutex_);
  hasHandles_ = false;
  waiting_.signalAll();
}

void FinalizerQueue::ends() noexcept {
  std::lock_guard lock(mutex_);
  state_ = State::ended;
  waiting_.signalAll();
}

// In a killed troop those who have a handle are not waited for: they are told when they use it.
bool FinalizerQueue::isDone(Interruption interruption) const noexcept {
  return promised_ == 0 && (!hasHandles_ || interruption == Interruption::deferred);
}

std::unique_ptr<FinalizerEntry> FinalizerQueue::takeFirst() noexcept {
  std::unique_ptr<FinalizerEntry> taken = std::move(first_);
  if (taken == nullptr) return taken;
  first_ = std::move(taken->next_);
  if (first_ == nullptr) last_ = nullptr;
  return taken;
}

void FinalizerQueue::serve() noexcept {
  std::unique_lock lock(mutex_);
  state_ = State::serves;
  waiting_.signalAll();
  Interruption interruption = Interruption::allowed;
  for (;;) {
    if (std::unique_ptr<FinalizerEntry> entry = takeFirst()) {
      lock.unlock();
      entry.reset();  // may wait
      lock.lock();
      continue;
    }
    if (isDone(interruption)) break;
    if (waiting_.wait(lock, never, interruption, "what is to be finalized") ==
        WaitResult::cancelled) {
      interruption = Interruption::deferred;
    }
  }
  // Under the lock that promises are made under: nothing is promised any more.
  state_ = State::ended;
}

}  // namespace troop
