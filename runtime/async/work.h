// What all(), race() and timeout() do alike: start pieces of work in a Scope and get what they
// give. A piece of work is a callable, which runs as a Task with a stack; an Async, or a callable
// that returns one, which runs as a coroutine; or a Future, for which a coroutine waits.
//
// Ownership: work is moved into its Task; that of a Future belongs to whoever resolves it, and goes
// on where nobody waits any more. Threads: that of the Scope.
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "runtime/async/async.h"
#include "runtime/async/future-core.h"
#include "runtime/async/future.h"
#include "runtime/error.h"
#include "runtime/scope.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

template <typename W>
struct WorkOf {
  using Value = std::invoke_result_t<W&>;
};
template <typename T>
struct WorkOf<Async<T>> {
  using Value = T;
};
template <typename T>
struct WorkOf<Future<T>> {
  using Value = T;
};
template <typename W>
  requires ReturnsAsync<W>::value
struct WorkOf<W> {
  using Value = typename IsAsync<std::invoke_result_t<W&>>::Value;
};

// What a piece of work gives; Nothing in the place of void.
template <typename W>
using Given = Stored<typename WorkOf<W>::Value>;

template <typename W>
inline constexpr bool isFuture = false;
template <typename T>
inline constexpr bool isFuture<Future<T>> = true;

template <typename T>
Async<T> awaiting(Future<T> future) {
  co_return co_await std::move(future);
}

template <typename T, typename Then>
Async<void> handing(Async<T> work, Then then) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(work);
    then(Nothing{});
  } else {
    then(co_await std::move(work));
  }
}

// Starts `work`; then(value) is called in its Task when it has ended well.
template <typename W, typename Then>
void startWork(Scope& scope, W work, Then then) {
  if constexpr (IsAsync<W>::value) {
    scope.async(handing(std::move(work), std::move(then)));
  } else if constexpr (ReturnsAsync<W>::value) {
    scope.async(handing(keeping(std::move(work)), std::move(then)));
  } else if constexpr (isFuture<W>) {
    scope.async(handing(awaiting(std::move(work)), std::move(then)));
  } else {
    scope.task([work = std::move(work), then = std::move(then)]() mutable {
      if constexpr (std::is_void_v<typename WorkOf<W>::Value>) {
        work();
        then(Nothing{});
      } else {
        then(work());
      }
    });
  }
}

// How a piece of work ended.
template <typename T>
using Outcome = std::variant<T, std::exception_ptr>;

template <typename T>
Async<Outcome<Stored<T>>> catching(Async<T> work) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      co_return Outcome<Stored<T>>(Nothing{});
    } else {
      co_return Outcome<Stored<T>>(co_await std::move(work));
    }
  } catch (const Cancelled&) {
    throw;
  } catch (...) {
    co_return Outcome<Stored<T>>(std::current_exception());
  }
}

// Work whose outcome is its value; being cancelled is no outcome.
template <typename W>
auto caught(W work) {
  if constexpr (IsAsync<W>::value) {
    return catching(std::move(work));
  } else if constexpr (ReturnsAsync<W>::value) {
    return catching(keeping(std::move(work)));
  } else if constexpr (isFuture<W>) {
    return catching(awaiting(std::move(work)));
  } else {
    return [work = std::move(work)]() mutable -> Outcome<Given<W>> {
      try {
        if constexpr (std::is_void_v<typename WorkOf<W>::Value>) {
          work();
          return Nothing{};
        } else {
          return work();
        }
      } catch (const Cancelled&) {
        throw;
      } catch (...) {
        return std::current_exception();
      }
    };
  }
}

// The value that is there, unless a destructor waited and its Task was cancelled.
template <typename T>
T taken(std::optional<T>& value) {
  if (!value) throw Error(ErrorKind::failed, "cancelled", ErrorDetail::cancelled);
  return *std::move(value);
}

}  // namespace async
}  // namespace troop
