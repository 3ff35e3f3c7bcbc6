#include "runtime/local/local-heap.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/error.h"
#include "runtime/local/local-tracer.h"
#include "runtime/sharing/holding.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

// So many may be suspected before the first collection, and between small ones.
constexpr std::size_t suspectsLeast = 1000;

}  // namespace

LocalObject::LocalObject(LocalHeap& heap, Traced traced, std::size_t bytes)
    : heap_(heap), bytes_(bytes), traced_(traced) {
  heap.objectBegins(bytes);
}

LocalObject::~LocalObject() {
  heap_.objectEnds(bytes_);
}

void LocalObject::add() noexcept {
  check(!dead_, "what is being destroyed is not resurrected");
  ++count_;
}

void LocalTracer::tell(LocalObject& object) noexcept {
  (heap_.*visit_)(object);
}

LocalHeap& LocalHeap::ofCaller() {
  Thread* const thread = Thread::current();
  if (thread == nullptr) {
    throw Error(ErrorKind::failed, "Locals are made by what runs in a Thread: see Process::run()");
  }
  Ref<SliceEnd>& neighbour = ThreadHoldings::of(*thread).neighbour();
  if (!neighbour) neighbour = makeRef<LocalHeap>(*thread);
  return static_cast<LocalHeap&>(*neighbour);
}

LocalHeap::LocalHeap(Thread& thread)
    : thread_(&thread), memory_(thread.troop().memory()), suspectsMax_(suspectsLeast) {}

void LocalHeap::objectBegins(std::size_t bytes) {
  while (!memory_->take(bytes)) {
    if (Expected<Charge> refused = memory_->charge(bytes); refused.failed()) {
      throw std::move(refused).error();
    }
  }
  if (objects_++ == 0) addRef();
}

void LocalHeap::objectEnds(std::size_t bytes) noexcept {
  memory_->give(bytes);
  if (--objects_ == 0) dropRef();
}

// What a Thread owns is destroyed after its last slice, when it is not current any more.
void LocalHeap::checkThread() const noexcept {
  const Thread* const here = Thread::current();
  check(thread_ == nullptr || here == nullptr || here == thread_, "a Local stays in its Thread");
}

void LocalHeap::suspect(LocalObject& object) noexcept {
  checkThread();
  if (!object.dead_) suspects_.pushBack(object);
}

void LocalHeap::unreferenced(LocalObject& object) noexcept {
  checkThread();
  if (object.dead_) {
    // A collection has destroyed its value.
    delete &object;
    return;
  }
  if (object.linked()) suspects_.remove(object);
  object.dead_ = true;
  object.next_ = std::exchange(unreferenced_, &object);
  if (!destroys_) destroyUnreferenced();
}

// One after the other, not one within the other: a chain of any length needs no stack.
void LocalHeap::destroyUnreferenced() noexcept {
  const Ref<LocalHeap> alive = Ref<LocalHeap>::share(this);
  destroys_ = true;
  while (unreferenced_ != nullptr) {
    LocalObject* const object = std::exchange(unreferenced_, unreferenced_->next_);
    object->destroyValue();
    delete object;
  }
  destroys_ = false;
}

void LocalHeap::sliceEnds() noexcept {
  if (suspects_.size() >= suspectsMax_) collect();
}

void LocalHeap::threadEnds() noexcept {
  thread_ = nullptr;
  // What is destroyed may leave other circles to themselves.
  while (collect() != 0) {
  }
}

std::size_t LocalHeap::collect() noexcept {
  // A destructor waits, or asks for a collection.
  if (collects_ || suspects_.empty()) return 0;
  const Ref<LocalHeap> alive = Ref<LocalHeap>::share(this);
  collects_ = true;
  visitSuspects();
  keepLive();
  suspectsMax_ = std::max(suspectsLeast, std::exchange(visited_, 0));
  const std::size_t destroyed = destroyGarbage();
  collects_ = false;
  return destroyed;
}

void LocalHeap::visitSuspects() noexcept {
  while (LocalObject* suspected = suspects_.popFront()) visit(*suspected);
  LocalTracer tracer(*this, &LocalHeap::countInner);
  for (LocalObject* object = firstVisited_; object != nullptr; object = object->next_) {
    object->trace(tracer);
  }
}

void LocalHeap::visit(LocalObject& object) noexcept {
  if (object.visited_) return;
  object.visited_ = true;
  object.inner_ = 0;
  object.next_ = nullptr;
  (lastVisited_ != nullptr ? lastVisited_->next_ : firstVisited_) = &object;
  lastVisited_ = &object;
  ++visited_;
}

void LocalHeap::countInner(LocalObject& object) noexcept {
  if (object.dead_) return;
  visit(object);
  ++object.inner_;
  check(object.inner_ <= object.count_, "trace() tells each Local that its object has, once");
}

void LocalHeap::keepLive() noexcept {
  LocalTracer tracer(*this, &LocalHeap::keep);
  for (LocalObject* object = firstVisited_; object != nullptr; object = object->next_) {
    if (object->count_ > object->inner_) keep(*object);
    while (live_ != nullptr) {
      const LocalObject* const next = std::exchange(live_, live_->nextLive_);
      next->trace(tracer);
    }
  }
}

void LocalHeap::keep(LocalObject& object) noexcept {
  if (!std::exchange(object.visited_, false)) return;
  object.nextLive_ = std::exchange(live_, &object);
}

std::size_t LocalHeap::destroyGarbage() noexcept {
  LocalObject* garbage = nullptr;
  LocalObject** end = &garbage;
  for (LocalObject* object = std::exchange(firstVisited_, nullptr); object != nullptr;) {
    LocalObject* const next = std::exchange(object->next_, nullptr);
    if (std::exchange(object->visited_, false)) {
      object->dead_ = true;
      ++object->count_;  // so that it stays until all have been destroyed
      *end = object;
      end = &object->next_;
    }
    object = next;
  }
  lastVisited_ = nullptr;
  std::size_t destroyed = 0;
  for (LocalObject* object = garbage; object != nullptr; object = object->next_) {
    object->destroyValue();
    ++destroyed;
  }
  while (garbage != nullptr) {
    LocalObject* const object = std::exchange(garbage, garbage->next_);
    // A destructor may have moved a Local to it to somebody who lives.
    if (--object->count_ == 0) delete object;
  }
  return destroyed;
}

}  // namespace troop
