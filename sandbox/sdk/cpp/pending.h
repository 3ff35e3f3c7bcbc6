// A Pending is what will be there later: the state that Promises share. It is settled once, with a
// value or an Error; those who wait are run by runReady(), never inside of what settles it, so that
// chains of any length take no stack.
//
// Ownership: counted; who waits does not keep it alive, Promises do. When the last Promise goes
// before it is settled, what was to come is given up: a call is cancelled, a coroutine destroyed
// where it waits.
//
//   struct Waiting : Waiter { void run() override { ... } } waiting;
//   pending->wait(waiting);
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "sandbox/sdk/cpp/capability.h"
#include "sandbox/sdk/cpp/counted.h"
#include "sandbox/sdk/cpp/error.h"

namespace troop::inline guest {

// A place in a ring of those who wait for the same thing, or are to run.
class Waiter {
 public:
  constexpr Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // It is settled. May destroy the Waiter.
  virtual void run() {}

 protected:
  ~Waiter() { leave(); }

 private:
  friend class Pending;
  friend class WaiterRing;
  friend void runReady();

  void leave();
  void enter(Waiter& before);

  Waiter* previous_ = this;
  Waiter* next_ = this;
};

class WaiterRing final : public Waiter {
 public:
  constexpr WaiterRing() = default;
};

// Runs those who wait for what was settled, until there are none.
void runReady();

class Pending : public Counted {
 public:
  bool settled() const { return settled_; }
  // Why it failed; null where it did not.
  const Error* error() const { return error_.has_value() ? &*error_ : nullptr; }

  // Has `waiter` run when this is settled: soon, where it is.
  void wait(Waiter& waiter);

  void fail(Error error);

  // A capability of the value, before it is there: `path` leads through pointers from its root.
  virtual Capability pipeline(const std::vector<std::uint16_t>& path);

 protected:
  void settle();

 private:
  WaiterRing waiters_;
  bool settled_ = false;
  std::optional<Error> error_;
};

template <typename T>
class PendingValue : public Pending {
 public:
  void succeed(T value) {
    value_.emplace(std::move(value));
    settle();
  }
  // Once it has succeeded.
  T& value() { return *value_; }

 private:
  std::optional<T> value_;
};

}  // namespace troop::inline guest
