#include "runtime/sched/fair-queue.h"

namespace troop {

void FairQueue::push(Runnable& runnable) noexcept {
  Share& share = runnable.place();
  runnable.queuedOn_.store(carrier_, std::memory_order_relaxed);
  ReadyQueue& queue = share.readyQueue(carrier_);
  if (queue.empty()) share.ownBecameReady();
  queue.add(runnable);
  if (!queue.is_linked()) link(share);
}

void FairQueue::link(Share& share) noexcept {
  for (Share* s = &share; s != nullptr; s = s->outer()) {
    ReadyQueue& queue = s->readyQueue(carrier_);
    if (queue.is_linked()) return;
    queue.share_ = s;
    queue.key_ = s->virtualTime();
    orderOf(*s).insert(queue);
  }
}

void FairQueue::unlinkEmpty(ReadyQueue& queue) noexcept {
  ReadyQueue* empty = &queue;
  while (empty->empty() && empty->inner_.empty()) {
    InOrder& order = orderOf(*empty->share_);
    order.erase(order.iterator_to(*empty));
    if (empty->share_->outer() == nullptr) return;
    empty = &empty->share_->outer()->readyQueue(carrier_);
  }
}

FairQueue::InOrder& FairQueue::orderOf(const Share& share) noexcept {
  return share.outer() == nullptr ? queues_ : share.outer()->readyQueue(carrier_).inner_;
}

Runnable* FairQueue::pop() noexcept {
  ReadyQueue* queue = front();
  return queue == nullptr ? nullptr : &takeNext(*queue);
}

Runnable* FairQueue::popThreadOf(const Share& share) noexcept {
  ReadyQueue* queue = front();
  if (queue == nullptr || queue->share_ != &share) return nullptr;
  return queue->next().isThread_ ? &takeNext(*queue) : nullptr;
}

std::size_t FairQueue::steal(std::size_t most, List<Runnable, ReadyTag>& loot) noexcept {
  ReadyQueue* queue = front();
  if (queue == nullptr) return 0;
  const std::size_t count = std::min(most, (queue->size() + 1) / 2);
  for (std::size_t i = 0; i < count; ++i) loot.pushBack(takeOut(*queue, queue->oldest()));
  return count;
}

bool FairQueue::moveUp(Runnable& runnable, Share& payer) noexcept {
  Share& before = runnable.place();
  if (!Share::servedBefore(payer, before)) return false;
  ReadyQueue& queue = before.readyQueue(carrier_);
  queue.remove(runnable);
  unlinkEmpty(queue);
  (void)payer.becameActive();
  before.becameInactive();
  runnable.place_ = Ref<Share>::share(&payer);
  push(runnable);
  return true;
}

ReadyQueue* FairQueue::front() noexcept {
  ReadyQueue* queue = first(queues_);
  while (queue != nullptr && !queue->inner_.empty()) {
    ReadyQueue* inner = first(queue->inner_);
    if (!queue->empty() && queue->share_->ownVirtualTime() <= inner->key_) break;
    queue = inner;
  }
  return queue;
}

ReadyQueue* FairQueue::first(InOrder& queues) noexcept {
  while (!queues.empty()) {
    ReadyQueue& queue = *queues.begin();
    const std::uint64_t virtualTime = queue.share_->virtualTime();
    if (queue.key_ == virtualTime) return &queue;
    queues.erase(queues.begin());
    queue.key_ = virtualTime;
    queues.insert(queue);
  }
  return nullptr;
}

Runnable& FairQueue::takeNext(ReadyQueue& queue) noexcept {
  Runnable& next = queue.next();
  queue.countTurn(next);
  return takeOut(queue, next);
}

Runnable& FairQueue::takeOut(ReadyQueue& queue, Runnable& runnable) noexcept {
  queue.remove(runnable);
  runnable.queuedOn_.store(Runnable::noCarrier, std::memory_order_relaxed);
  unlinkEmpty(queue);
  return runnable;
}

}  // namespace troop
