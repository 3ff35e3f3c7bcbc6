// A SharedStack is the stack of many Fibers, of which one at a time runs there: who goes on has
// what another one left there copied out first, and what it left itself copied back to the same
// addresses. So a Fiber that waits costs what lives on its stack, and neither pages nor calls of
// the kernel.
//
//   tenant     a Thread one of whose Tasks lives there, from its first slice to its end
//   resident   the tenant whose frames lie there; those of all others are kept aside
//   in use     from when a tenant enters, in its slice, to when it leaves, as that ends; who wants
//              to enter meanwhile waits
//   hand over  who leaves gives the stack to the one that has waited longest and wakes it; until
//              that one comes nobody else enters, so that nobody is overtaken
//
// Who starts chooses a stack that nobody uses, of a few for each carrier, so that it never waits.
// The stack itself is taken when the first tenant comes and given back when the last has ended.
//
// Ownership: SharedStacks is its Troop's, a StackTenant its Thread's; a Fiber is its tenant's from
// begin() to end(). Threads: any; a StackTenant only in slices of its Thread. Fails: without memory
// to keep a resident aside who begins takes another stack, and who enters is ready and tries again,
// over and over. Misuse: an address on it that is used while its tenant waits is one of somebody
// else's variables; AddressSanitizer reports it where nobody else has entered.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "runtime/base/blocks.h"
#include "runtime/base/short-lock.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/runnable.h"
#include "runtime/stack/fiber.h"
#include "runtime/stack/stack-pool.h"

namespace [[gnu::visibility("hidden")]] troop {

class SharedStack;
class SharedStacks;

class StackTenant : public InBlock {
 public:
  enum class Entered : unsigned char {
    here,
    onceWoken,  // it waits for who uses the stack
    notYet,     // there is no memory to keep the resident aside
  };

  explicit StackTenant(Runnable& runnable) noexcept : runnable_(runnable) {}
  ~StackTenant();
  StackTenant(const StackTenant&) = delete;
  StackTenant& operator=(const StackTenant&) = delete;

  // Gives `fiber`, which has no stack yet, one that the tenant is in then; by the carrier numbered
  // `carrier`. False where there is none: it has one already, all are in use, or memory lacks.
  bool begin(SharedStacks& stacks, Fiber& fiber, unsigned carrier) noexcept;
  // The fiber has ended.
  void end() noexcept;
  bool isOf(const Fiber* fiber) const noexcept { return fiber_ != nullptr && fiber_ == fiber; }

  // As a slice begins and ends; without a fiber there is nothing to enter.
  Entered enter() noexcept;
  void leave() noexcept;

  // Calls look() while nobody else enters, so that what lives there stays where it is; false, and
  // nothing is called, where somebody has. By who may change what its slices change.
  bool whileNobodyEnters(const std::function<void()>& look) noexcept;

 private:
  friend class SharedStack;

  Runnable& runnable_;
  SharedStack* stack_ = nullptr;
  Fiber* fiber_ = nullptr;  // null before begin() and after end()
  // In a circle of those that wait, protected by the lock of the stack; null where it does not.
  StackTenant* nextWaiting_ = nullptr;
};

class alignas(64) SharedStack {
 public:
  // False where it is in use, or without memory.
  bool begin(StackPool& pool, StackTenant& tenant) noexcept;
  void end() noexcept;
  StackTenant::Entered enter(StackTenant& tenant) noexcept;
  void leave() noexcept;
  bool whileNobodyEnters(const std::function<void()>& look) noexcept;

 private:
  // By who has marked it as in use, as `moveOut`. False without memory for what lives there.
  bool keepAside(StackTenant* resident) noexcept;
  // There is one tenant less, and it is in use no more.
  void moveOut() noexcept;
  // False: it waits, or goes on to.
  bool takeLocked(StackTenant& tenant) noexcept;
  // Hands it over to who is to be woken for that; null where nobody waits, and it is free.
  Ref<Runnable> freeLocked() noexcept;

  ShortLock mutex_;  // protects down to handedTo_
  bool inUse_ = false;
  unsigned tenants_ = 0;
  StackTenant* lastWaiting_ = nullptr;
  StackTenant* handedTo_ = nullptr;  // who is to come; until then it is in use
  // Of who has marked it as in use.
  StackTenant* resident_ = nullptr;
  Stack stack_;  // none where there are no tenants
};

// Those of a troop.
class SharedStacks {
 public:
  static constexpr unsigned perCarrier = 16;

  // `carriers`: with spares.
  SharedStacks(Ref<StackPool> pool, unsigned carriers);

 private:
  friend class StackTenant;

  // Of one carrier, whose OS thread alone makes it and changes `next`.
  struct Row {
    SharedStack stacks[perCarrier];
    unsigned next = 0;
  };

  const Ref<StackPool> pool_;
  const std::unique_ptr<std::unique_ptr<Row>[]> rows_;
};

}  // namespace troop
