// A Future is where the value of some work arrives: of a Task, a Thread, or whatever holds its
// Resolver. Any OS thread of the host waits for it, has a function called with it, or awaits it.
//
// Ownership: both sides are values that move. Dropping a Future stops nothing: work belongs to its
// Scope. A Resolver that is dropped unresolved fails its Future as disconnected. Limits: the value
// is given once, to one that takes it. Threads: any, each side by one at a time. Fails: get() gives
// what the work threw, always as an Error (errorOf), and overloaded/deadline after `timeout`, when
// it may be asked again; as every wait it throws where the Task is cancelled or an inherited
// deadline passes. Misuse: using a Future whose value was taken.
//
//   Future<int> sum = troop.future({"adder"}, add, 1, 2);
//   if (Expected<int> n = sum.get(100ms)) print(*n);
//   std::move(sum).then(io.get_executor(), [](Expected<int> n) { ... });   // on one of its threads
//   int n = co_await std::move(sum);                                      // in any coroutine
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "runtime/async/executor.h"
#include "runtime/async/future-core.h"
#include "runtime/base/body.h"
#include "runtime/base/check.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename T>
class Future;
template <typename T>
class Resolver;

// An unresolved one, and who resolves it; overloaded/memory where the caller's troop cannot pay.
template <typename T>
std::pair<Resolver<T>, Future<T>> future() {
  auto state = makeRef<async::FutureState<T>>();
  return {Resolver<T>(state), Future<T>(state)};
}

template <typename T>
class Resolver {
 public:
  Resolver(Resolver&& other) noexcept = default;
  Resolver& operator=(Resolver other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~Resolver() {
    if (state_) state_->abandon();
  }

  // Gives the value. This and the others: once, then the Resolver is spent.
  void resolve(async::Stored<T> value = {})
    requires std::is_void_v<T>
  {
    take()->give(value);
  }
  void resolve(async::Stored<T> value)
    requires(!std::is_void_v<T>)
  {
    take()->give(std::move(value));
  }

  void fail(Error error) { fail(std::make_exception_ptr(std::move(error))); }
  // Gives errorOf(thrown): who asks for the value may be in another Thread, and was not cancelled.
  void fail(const std::exception_ptr& thrown) noexcept { take()->fail(thrown); }

  bool spent() const noexcept { return !state_; }  // nothing left to resolve

  // Gives what `work` returns or throws. What it threw, or null: its caller may need it as well.
  template <typename F>
  std::exception_ptr resolveBy(F&& work) noexcept {
    const Ref<async::FutureState<T>> state = take();
    try {
      if constexpr (std::is_void_v<T>) {
        work();
        state->give({});
      } else {
        state->give(work());
      }
    } catch (...) {
      state->fail(std::current_exception());
      return std::current_exception();
    }
    return nullptr;
  }

 private:
  friend std::pair<Resolver<T>, Future<T>> future<T>();
  explicit Resolver(Ref<async::FutureState<T>> state) noexcept : state_(std::move(state)) {}

  Ref<async::FutureState<T>> take() noexcept {
    check(static_cast<bool>(state_), "a Resolver resolves once");
    return std::move(state_);
  }

  Ref<async::FutureState<T>> state_;
};

template <typename T>
class [[nodiscard]] Future {
 public:
  using Value = T;

  Future(Future&& other) noexcept = default;
  Future& operator=(Future&& other) noexcept = default;

  // Whether get() would not have to wait.
  bool ready() const noexcept { return state_ && state_->settled(); }

  Expected<T> get(Duration timeout = forever) { return getUntil(after(timeout)); }
  Expected<T> getUntil(Time deadline) {
    if (Expected<void> there = core().wait(deadline); there.failed()) {
      return std::move(there).error();
    }
    return std::exchange(state_, nullptr)->take();
  }
  // The same, and fails with failed/cancelled where the Task was cancelled.
  Expected<T> getNoThrow(Duration timeout = forever) {
    if (Expected<void> there = core().waitNoThrow(after(timeout)); there.failed()) {
      return std::move(there).error();
    }
    return std::exchange(state_, nullptr)->take();
  }

  // Has `executor` call `function` with an Expected<T>; a Future of what that returns. Executors
  // are those of Asio, a Ref<Thread>, or anything that calls what it is given later
  // (runtime/async/executor.h). It is told on the OS thread that resolves this one, or here and now
  // where that has happened. Where it throws, or drops what it was given, the new Future fails.
  // What a Thread calls captures nothing, and takes and returns what is Sendable; or it is given
  // as assumeSendable(function).
  template <typename E, typename F>
  auto then(E executor, F function) && {
    using Result = std::invoke_result_t<F&, Expected<T>>;
    if constexpr (async::isThread<E> && !isAssumedSendable<F>) {
      requireThreadStart<F>();
      requireGivenAndReturned<T>();
      requireGivenAndReturned<Result>();
    }
    auto [resolver, result] = troop::future<Result>();
    async::FutureCore& settled = core();
    auto work = std::make_shared<Continuation<F, Result>>(std::move(function), std::move(resolver),
                                                          std::move(state_));
    settled.onSettled(makeBody([executor = std::move(executor), work = std::move(work)]() mutable {
      try {
        async::callOn(executor, async::Call(work));
      } catch (...) {
        work->fail(std::current_exception());
      }
    }));
    return std::move(result);
  }

  // Gives the value, or throws the Error. An Async goes on in its own Thread; coroutines
  // of others where the Future is resolved, or where `executor` runs them, which must not throw:
  // not in a Thread, for what their frames refer to stays behind.
  auto operator co_await() && noexcept {
    return Awaiter<async::Here>{std::move(*this), async::Here{}};
  }
  template <typename E>
  auto on(E executor) && noexcept {
    static_assert(!async::isThread<E>, "a coroutine does not go on in another Thread: use then()");
    return Awaiter<E>{std::move(*this), std::move(executor)};
  }

 private:
  template <typename U>
  friend class async::FutureWait;
  friend std::pair<Resolver<T>, Future<T>> future<T>();
  explicit Future(Ref<async::FutureState<T>> state) noexcept : state_(std::move(state)) {}

  // What then() has called.
  template <typename F, typename Result>
  class Continuation final : public BodyOf<Continuation<F, Result>> {
   public:
    Continuation(F function, Resolver<Result> resolver, Ref<async::FutureState<T>> state)
        : function_(std::move(function)),
          resolver_(std::move(resolver)),
          state_(std::move(state)) {}
    void run() override {
      resolver_.resolveBy([this] { return function_(state_->take()); });
    }
    void fail(const std::exception_ptr& thrown) noexcept {
      if (!resolver_.spent()) resolver_.fail(thrown);
    }

   private:
    F function_;
    Resolver<Result> resolver_;
    Ref<async::FutureState<T>> state_;
  };

  // NOLINTBEGIN(readability-identifier-naming): the language asks for these names
  template <typename E>
  struct Awaiter {
    Future future;
    E executor;

    bool await_ready() const noexcept { return std::is_same_v<E, async::Here> && future.ready(); }
    void await_suspend(std::coroutine_handle<> waiting) {
      // What was resumed may have destroyed this Awaiter when that returns.
      future.core().onSettled(makeBody([executor = std::move(executor), waiting]() mutable {
        async::callOn(executor, [waiting] { waiting.resume(); });
      }));
    }
    T await_resume() { return std::exchange(future.state_, nullptr)->takeOrThrow(); }
  };
  // NOLINTEND(readability-identifier-naming)

  async::FutureCore& core() const noexcept {
    check(static_cast<bool>(state_), "the value of a Future is taken once");
    return *state_;
  }

  Ref<async::FutureState<T>> state_;
};

template <typename T>
struct IsSendable<Future<T>> : std::disjunction<std::is_void<T>, IsSendable<T>> {};
template <typename T>
struct IsSendable<Resolver<T>> : std::disjunction<std::is_void<T>, IsSendable<T>> {};

// Where what a Thread's first Task throws goes; being cancelled is the end of the Thread always.
enum class ErrorsGo : unsigned char { toTheFuture, toTheThreadAsWell };

// What a Thread's first Task calls, and where what that returns arrives.
template <ErrorsGo errors = ErrorsGo::toTheFuture, typename F, typename... Arguments>
auto makeFutureBody(F function, Arguments... arguments) {
  auto call = threadCall(std::move(function), std::move(arguments)...);
  using Result = std::invoke_result_t<decltype(call)&>;
  requireGivenAndReturned<Result>();
  auto [resolver, result] = future<Result>();
  std::unique_ptr<Body> body =
      makeBody([work = std::move(call), to = std::move(resolver)]() mutable {
        const std::exception_ptr failure = to.resolveBy(work);
        if (failure == nullptr) return;
        if (errors == ErrorsGo::toTheThreadAsWell || isCancelled(failure)) {
          std::rethrow_exception(failure);
        }
      });
  return std::pair(std::move(body), std::move(result));
}

}  // namespace troop
