#include "runtime/sched/fair-queue.h"

namespace troop {

void FairQueue::push(Runnable& runnable) noexcept {
  Share& share = runnable.place();
  runnable.queuedOn_.store(carrier_, std::memory_order_relaxed);
  ReadyQueue& queue = share.readyQueue(carrier_);
  queue.runnables_.pushBack(runnable);
  if (queue.is_linked()) return;
  queue.share_ = &share;
  queue.key_ = share.virtualTime();
  queues_.insert(queue);
}

Runnable* FairQueue::pop() noexcept {
  ReadyQueue* queue = front();
  return queue == nullptr ? nullptr : &popFrom(*queue);
}

void FairQueue::steal(std::size_t most, List<Runnable, ReadyTag>& loot) noexcept {
  ReadyQueue* queue = front();
  if (queue == nullptr) return;
  const std::size_t half = (queue->runnables_.size() + 1) / 2;
  for (std::size_t count = std::min(most, half); count > 0; --count) {
    loot.pushBack(popFrom(*queue));
  }
}

bool FairQueue::moveUp(Runnable& runnable, Share& payer) noexcept {
  Share& before = runnable.place();
  if (payer.virtualTime() >= before.virtualTime()) return false;
  ReadyQueue& queue = before.readyQueue(carrier_);
  queue.runnables_.remove(runnable);
  if (queue.runnables_.empty()) queues_.erase(queues_.iterator_to(queue));
  (void)payer.becameActive();
  before.becameInactive();
  runnable.place_ = Ref<Share>::share(&payer);
  push(runnable);
  return true;
}

ReadyQueue* FairQueue::front() noexcept {
  while (!queues_.empty()) {
    ReadyQueue& queue = *queues_.begin();
    const std::uint64_t virtualTime = queue.share_->virtualTime();
    if (queue.key_ == virtualTime) return &queue;
    queues_.erase(queues_.begin());
    queue.key_ = virtualTime;
    queues_.insert(queue);
  }
  return nullptr;
}

Runnable& FairQueue::popFrom(ReadyQueue& queue) noexcept {
  Runnable& runnable = *queue.runnables_.popFront();
  runnable.queuedOn_.store(Runnable::noCarrier, std::memory_order_relaxed);
  if (queue.runnables_.empty()) queues_.erase(queues_.iterator_to(queue));
  return runnable;
}

}  // namespace troop
