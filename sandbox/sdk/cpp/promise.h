// A Promise is a result that will be there later: of a call, or of a coroutine. Methods of plugins
// return Promises and may be coroutines; co_await waits for another Promise and gives its value.
// Where that failed, the coroutine that waits ends there, its locals are destroyed, and its own
// Promise fails with the same error, as an exception would have it. expected() gives the error to
// the coroutine instead.
//
// Ownership: copies share one result. When the last of them goes before it is there, it is given
// up: a call is cancelled, a coroutine is destroyed where it waits. So keep a Promise, await it, or
// detach() it. A coroutine takes its parameters by value: references may be gone when it goes on.
// Threads: a guest has one. Coroutines run until they wait; what they wait for is heard when the
// plugin has returned to its host.
//
//   troop::Promise<CountResults> count(CountParams params) override {
//     auto html = markdown_.render(params.text);                     // on its way
//     auto document = markdown_.parse(params.text).document();       // before it is there
//     auto headings = co_await document.headings();                  // fails as that fails
//     co_return {.headings = headings.headings.size(), .bytes = (co_await html).html.size()};
//   }
#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <type_traits>
#include <utility>
#include <vector>

#include "sandbox/sdk/cpp/pending.h"
#include "sandbox/sdk/cpp/question.h"

namespace troop::inline guest {

template <typename T>
class Promise;

// What Promises of all types have in common.
class UntypedPromise {
 public:
  bool settled() const { return pending_->settled(); }
  // For generated code: see Pending::pipeline.
  Capability pipeline(const std::vector<std::uint16_t>& path) const {
    return pending_->pipeline(path);
  }
  const Ref<Pending>& pending() const { return pending_; }

 protected:
  explicit UntypedPromise(Ref<Pending> pending) : pending_(std::move(pending)) {}
  Ref<Pending> take() { return std::move(pending_); }

 private:
  Ref<Pending> pending_;
};

// Coroutines, whose parts have the language's names: NOLINTBEGIN(readability-identifier-naming)

// What all coroutines that return Promises have in common: how they go on, or end where they wait.
class CoroutineEnd {
 public:
  void resume() {
    const Ref<Pending> kept(pending_);  // running, it is not destroyed by who drops its Promise
    frame_->resume();
  }
  void fail(const Error& error) {
    const Ref<Pending> kept(pending_);
    std::coroutine_handle<> frame = std::exchange(*frame_, {});
    pending_->fail(error);
    frame.destroy();
  }

 protected:
  Pending* pending_ = nullptr;
  std::coroutine_handle<>* frame_ = nullptr;  // in the Pending; null once it has ended
};

// Waits for a Pending in a coroutine.
template <typename Pended>
class Awaiting : public Waiter {
 public:
  explicit Awaiting(Ref<Pended> pended) : pended_(std::move(pended)) {}

  bool await_ready() const { return pended_->settled() && pended_->error() == nullptr; }
  template <std::derived_from<CoroutineEnd> P>
  void await_suspend(std::coroutine_handle<P> frame) {
    coroutine_ = &frame.promise();
    pended_->wait(*this);
  }

  void run() override {
    if (const Error* error = pended_->error()) return coroutine_->fail(Error(*error));
    coroutine_->resume();
  }

 protected:
  ~Awaiting() = default;
  Ref<Pended> pended_;
  CoroutineEnd* coroutine_ = nullptr;
};

// A value of the type, for Promises that have none.
template <typename T>
using Stored = std::conditional_t<std::is_void_v<T>, Nothing, T>;

// Moves the value out, or copies it where others share it.
template <typename T>
T takeValue(const Ref<PendingValue<T>>& pended) {
  if constexpr (std::is_copy_constructible_v<T>) {
    if (!pended.isOnly()) return pended->value();
  }
  return std::move(pended->value());
}

// co_await of a Promise that goes away: its value is moved out, or copied where others share it.
template <typename T>
class AwaitingValue final : public Awaiting<PendingValue<Stored<T>>> {
 public:
  using Awaiting<PendingValue<Stored<T>>>::Awaiting;

  T await_resume() {
    if constexpr (!std::is_void_v<T>) return takeValue(this->pended_);
  }
};

// co_await of a Promise that stays: its value stays in it.
template <typename T>
class AwaitingReference final : public Awaiting<PendingValue<Stored<T>>> {
 public:
  using Awaiting<PendingValue<Stored<T>>>::Awaiting;

  const Stored<T>& await_resume() { return this->pended_->value(); }
};

// co_await of expected().
template <typename T>
class AwaitingExpected final : public Awaiting<PendingValue<Stored<T>>> {
 public:
  using Awaiting<PendingValue<Stored<T>>>::Awaiting;

  bool await_ready() const { return this->pended_->settled(); }
  void run() override { this->coroutine_->resume(); }
  Expected<T> await_resume() {
    if (const Error* error = this->pended_->error()) return *error;
    return Expected<T>(takeValue(this->pended_));
  }
};

template <typename T>
class Coroutine : public CoroutineEnd {
 public:
  std::suspend_never initial_suspend() const noexcept { return {}; }
  std::suspend_never final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { std::abort(); }

 protected:
  struct Value final : PendingValue<Stored<T>> {
    ~Value() override {
      if (frame) frame.destroy();
    }
    std::coroutine_handle<> frame;
  };

  Promise<T> begin(std::coroutine_handle<> frame);
  void end(Expected<Stored<T>> result) {
    *frame_ = {};
    if (result.failed()) return pending_->fail(result.error());
    static_cast<Value*>(pending_)->succeed(*std::move(result));
  }
};

template <typename T>
class CoroutineOf : public Coroutine<T> {
 public:
  Promise<T> get_return_object() {
    return this->begin(std::coroutine_handle<CoroutineOf>::from_promise(*this));
  }
  // A value, an Error, or an Expected.
  template <typename U = T>
  void return_value(U&& result) {
    this->end(Expected<T>(std::forward<U>(result)));
  }
};
template <>
class CoroutineOf<void> : public Coroutine<void> {
 public:
  Promise<void> get_return_object();
  void return_void() { end(Nothing{}); }
};

// Promises
// ------------------------------------------------------------------------------------------
template <typename T = void>
class [[nodiscard]] Promise : public UntypedPromise {
  using Value = PendingValue<Stored<T>>;

 public:
  using promise_type = CoroutineOf<T>;

  // What is there already: what methods that need not wait return.
  // NOLINTBEGIN(google-explicit-constructor)
  Promise(Stored<T> value) : Promise(Ref(new Value)) { typed()->succeed(std::move(value)); }
  Promise(Error error) : Promise(Ref(new Value)) { typed()->fail(std::move(error)); }
  Promise(Expected<T> result)
      : Promise(result.failed() ? Promise(result.error()) : Promise(*std::move(result))) {}
  // NOLINTEND(google-explicit-constructor)

  // For generated code: the answer to a question.
  explicit Promise(Sent sent)
      : UntypedPromise(Ref<Pending>(new Asked<Stored<T>>(std::move(sent)))) {}
  explicit Promise(Ref<Value> value) : UntypedPromise(std::move(value)) {}

  // For co_await that gives an Expected<T> and never ends the coroutine.
  AwaitingExpected<T> expected() const& { return AwaitingExpected<T>(typed()); }
  AwaitingExpected<T> expected() && { return AwaitingExpected<T>(taken()); }

  auto operator co_await() const& { return AwaitingReference<T>(typed()); }
  auto operator co_await() && { return AwaitingValue<T>(taken()); }

 private:
  Ref<Value> typed() const { return Ref(static_cast<Value*>(pending().get())); }
  // The only reference, where this was.
  Ref<Value> taken() {
    const Ref<Pending> last = take();
    return Ref(static_cast<Value*>(last.get()));
  }
};

// An Expected is awaited like what is there already: where it failed, the coroutine ends.
template <typename T>
auto operator co_await(Expected<T> result) {
  return Promise<T>(std::move(result)).operator co_await();
}

template <typename T>
Promise<T> Coroutine<T>::begin(std::coroutine_handle<> frame) {
  auto* const value = new Value;
  pending_ = value;
  frame_ = &value->frame;
  value->frame = frame;
  return Promise<T>(Ref<PendingValue<Stored<T>>>(value));
}

inline Promise<void> CoroutineOf<void>::get_return_object() {
  return begin(std::coroutine_handle<CoroutineOf>::from_promise(*this));
}

// Lets it go on though nobody keeps it; where it fails, the log says so.
void detach(UntypedPromise promise);

// NOLINTEND(readability-identifier-naming)
}  // namespace troop::inline guest
