#include "runtime/sharing/shared-block.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/heap/charge-caller.h"

namespace troop {
namespace {

struct Dying {
  bool isDestroying = false;
  SharedBlock* next = nullptr;
};

// Its own function, as runtime/sched/current.cc says; no Task changes its OS thread in between.
[[gnu::noinline]] Dying& dyingHere() noexcept {
  asm volatile("" ::: "memory");
  static thread_local Dying dying;
  return dying;
}

}  // namespace

// Which troops pay for a block on behalf of their Threads' Holdings.
class SharedBlock::Payers {
 public:
  // `own`: what is paid by who made the block.
  void add(Budget& budget, std::size_t bytes, const Charge& own) {
    std::lock_guard lock(mutex_);
    if (Payer* payer = find(budget)) {
      ++payer->holdings;
      return;
    }
    payers_.reserve(payers_.size() + 1);
    Charge charge;
    if (own.budget() != &budget) charge = budget.charge(bytes).value();
    payers_.push_back({&budget, std::move(charge), 1});
  }

  void remove(const Budget& budget, Charge& own) noexcept {
    Charge released;
    std::lock_guard lock(mutex_);
    Payer* const payer = find(budget);
    if (--payer->holdings > 0) return;
    released = std::move(payer->charge);
    std::swap(*payer, payers_.back());
    payers_.pop_back();
    if (ownEnded_ && own.budget() == &budget) own.release();
  }

  // What is paid by who made the block goes on as long as another of its Threads has a Holding.
  void endOwn(Charge& own) noexcept {
    std::lock_guard lock(mutex_);
    ownEnded_ = true;
    if (own.budget() != nullptr && find(*own.budget()) == nullptr) own.release();
  }

 private:
  struct Payer {
    const Budget* budget;
    Charge charge;  // nothing for who made the block
    unsigned holdings;
  };

  Payer* find(const Budget& budget) noexcept {
    const auto found =
        std::ranges::find(payers_, &budget, [](const Payer& payer) { return payer.budget; });
    return found != payers_.end() ? &*found : nullptr;
  }

  std::mutex mutex_;  // protects all below, and the charge of who made the block
  std::vector<Payer> payers_;
  bool ownEnded_ = false;
};

SharedBlock::SharedBlock(std::size_t bytes)
    : own_(*this), bytes_(bytes), charge_(chargeCaller(bytes)) {}

SharedBlock::~SharedBlock() {
  delete payers_.load(std::memory_order_relaxed);
}

void SharedBlock::payForMore(std::size_t bytes) {
  charge_.release();
  bytes_ += bytes;
  charge_ = chargeCaller(bytes_);
}

SharedBlock::Payers& SharedBlock::payers() {
  Payers* payers = payers_.load(std::memory_order_acquire);
  if (payers != nullptr) return *payers;
  auto made = std::make_unique<Payers>();
  // Release: whoever finds them sees them made.
  if (payers_.compare_exchange_strong(payers, made.get(), std::memory_order_acq_rel)) {
    return *made.release();
  }
  return *payers;
}

void SharedBlock::holdingBegins(Budget& budget) {
  payers().add(budget, bytes_, charge_);
  // Relaxed: who calls has a reference, so another Holding keeps the block.
  holdings_.fetch_add(1, std::memory_order_relaxed);
}

void SharedBlock::holdingEnded(const Budget& budget) noexcept {
  payers_.load(std::memory_order_acquire)->remove(budget, charge_);
  dropHolding();
}

void SharedBlock::ownEnded() noexcept {
  if (Payers* payers = payers_.load(std::memory_order_acquire)) payers->endOwn(charge_);
  dropHolding();
}

void SharedBlock::dropHolding() noexcept {
  if (holdings_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
}

// What a block refers to is destroyed after it, not within: a chain of any length needs no stack.
void SharedBlock::destroy() noexcept {
  Dying& dying = dyingHere();
  if (dying.isDestroying) {
    nextDying_ = std::exchange(dying.next, this);
    return;
  }
  dying.isDestroying = true;
  delete this;
  while (dying.next != nullptr) {
    SharedBlock* const next = dying.next;
    dying.next = next->nextDying_;
    delete next;
  }
  dying.isDestroying = false;
}

}  // namespace troop
