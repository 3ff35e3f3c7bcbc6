#include "runtime/sharing/holding.h"

#include "runtime/sharing/shared-block.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {

Holding::Holding(SharedBlock& block) noexcept
    : block_(block), count_(Count::Merged{1}), thread_(Thread::current()) {}

Holding::Holding(SharedBlock& block, const Thread& owner) noexcept
    : block_(block), thread_(&owner) {}

bool Holding::isOwn() const noexcept {
  return this == &block_.own();
}

Holding* Holding::hold() {
  Thread* const here = Thread::current();
  // Relaxed: it is this Thread only if this Thread has written it.
  const bool isMine = here != nullptr && thread_.load(std::memory_order_relaxed) == here;
  if (isMine && !isOwn()) {
    count_.addByOwner();
    return this;
  }
  if (here != nullptr && !isMine) {
    if (!isOwn() || !count_.isSole()) return ThreadHoldings::of(*here).holdIn(block_);
    thread_.store(here, std::memory_order_relaxed);
  }
  count_.addByOther();
  return this;
}

void Holding::drop() noexcept {
  const Thread* const here = Thread::current();
  if (here != nullptr && thread_.load(std::memory_order_relaxed) == here && !isOwn()) {
    auto& mine = static_cast<ThreadHolding&>(*this);
    if (count_.dropByOwner()) mine.table_->becameIdle(mine);
    return;
  }
  switch (count_.dropByOther()) {
    case Dropped::notLast:
      return;
    case Dropped::last:
      return end();
    case Dropped::toMerge:
      auto& returned = static_cast<ThreadHolding&>(*this);
      // The Holding may be gone before this has returned.
      const Ref<ThreadHoldings> table = returned.table_;
      table->returned(returned);
  }
}

void Holding::end() noexcept {
  SharedBlock& block = block_;
  if (isOwn()) {
    block.ownEnded();
    return;
  }
  auto* const ended = static_cast<ThreadHolding*>(this);
  const Ref<Budget> payer = ended->payer_;
  delete ended;
  block.holdingEnded(*payer);
}

ThreadHolding::ThreadHolding(SharedBlock& block, const Thread& owner, Ref<ThreadHoldings> table,
                             Charge charge)
    : Holding(block, owner),
      charge_(std::move(charge)),
      table_(std::move(table)),
      payer_(owner.troop().memory()) {
  block.holdingBegins(*payer_);
}

ThreadHoldings& ThreadHoldings::of(Thread& thread) {
  if (!thread.sliceEnd_) thread.sliceEnd_ = makeRef<ThreadHoldings>(thread);
  return static_cast<ThreadHoldings&>(*thread.sliceEnd_);
}

Holding* ThreadHoldings::holdIn(SharedBlock& block) {
  if (last_ == nullptr || &last_->block() != &block) {
    // As many as one slice may leave behind for its end.
    constexpr unsigned idleMax = 1000;
    if (idleCount_ > idleMax) endIdle();
    const auto [place, isNew] = table_.try_emplace(&block, nullptr);
    if (isNew) {
      try {
        place->second =
            new ThreadHolding(block, thread_, Ref<ThreadHoldings>::share(this),
                              thread_.troop().memory()->charge(sizeof(ThreadHolding)).value());
      } catch (...) {
        table_.erase(place);
        throw;
      }
      all_.pushBack(*place->second);
    }
    last_ = place->second;
  }
  last_->count_.addByOwner();
  return last_;
}

void ThreadHoldings::becameIdle(ThreadHolding& holding) noexcept {
  if (std::exchange(holding.idle_, true)) return;
  holding.nextIdle_ = std::exchange(idle_, &holding);
  ++idleCount_;
}

void ThreadHoldings::returned(ThreadHolding& holding) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (!ended_) {
      holding.nextReturned_ = std::exchange(returned_, &holding);
      // Who was told already has not looked since.
      if (!anyReturned_.exchange(true)) thread_.wake();
      return;
    }
  }
  // Its Thread has merged it when it ended.
  holding.nextReturned_ = nullptr;
  unqueue(&holding);
}

void ThreadHoldings::sliceEnds() noexcept {
  if (neighbour_) neighbour_->sliceEnds();
  endIdle();
  if (!anyReturned_.load(std::memory_order_relaxed)) return;
  takeReturned();
  endIdle();
}

void ThreadHoldings::takeReturned() noexcept {
  ThreadHolding* returned;
  {
    std::lock_guard lock(mutex_);
    anyReturned_.store(false);
    returned = std::exchange(returned_, nullptr);
  }
  // None of them is idle, nor freed before it is unqueued.
  for (ThreadHolding* holding = returned; holding != nullptr; holding = holding->nextReturned_) {
    if (holding->thread_.load(std::memory_order_relaxed) == &thread_) merge(*holding);
  }
  unqueue(returned);
}

void ThreadHoldings::endIdle() noexcept {
  // What is freed here may refer to other blocks, whose Holdings become idle by that.
  while (idle_ != nullptr) {
    idleCount_ = 0;
    ThreadHolding* rest = std::exchange(idle_, nullptr);
    while (rest != nullptr) {
      ThreadHolding& holding = *rest;
      rest = holding.nextIdle_;
      holding.idle_ = false;
      if (holding.count_.noneOfOwner()) merge(holding);
    }
  }
}

void ThreadHoldings::merge(ThreadHolding& holding) noexcept {
  table_.erase(&holding.block());
  all_.remove(holding);
  if (last_ == &holding) last_ = nullptr;
  holding.thread_.store(nullptr, std::memory_order_relaxed);
  if (holding.count_.merge()) holding.end();
}

void ThreadHoldings::unqueue(ThreadHolding* returned) noexcept {
  while (returned != nullptr) {
    ThreadHolding& next = *returned;
    returned = next.nextReturned_;
    if (next.count_.unqueue()) next.end();
  }
}

void ThreadHoldings::threadEnds() noexcept {
  if (neighbour_) neighbour_->threadEnds();
  endIdle();
  // In their order, not that of addresses: what is destroyed may do something that others see, and
  // a simulated run repeats.
  while (ThreadHolding* holding = all_.front()) merge(*holding);
  ThreadHolding* returned;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    returned = std::exchange(returned_, nullptr);
  }
  unqueue(returned);
}

}  // namespace troop
