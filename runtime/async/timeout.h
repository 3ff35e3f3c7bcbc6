// timeout() gives a piece of work so long and no longer: it returns what the work returns, or the
// Error (overloaded, deadline) when the time is over. What the work throws is thrown, also the
// deadline of a Scope around it all.
//
// A callable runs in the calling Task, within a Scope that has the deadline; an Async, or a
// callable that returns one, as a coroutine. Ownership: the work is the call's own. Threads:
// timeout() by Tasks that have a stack, async::timeout() by coroutines. Misuse: work that never
// waits is not ended. Limits: those of a Scope. Fails: by its result where the time is over, else
// with what the work throws.
//
//   Expected<Page> page = timeout(50ms, [&] { return fetch(url); });
//   Expected<int> n = co_await async::timeout(1s, count(receiver));
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/async/async.h"
#include "runtime/async/scope.h"
#include "runtime/async/work.h"
#include "runtime/error.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

// Whether `error` says that `end` has passed, and not a deadline around it.
inline bool saysThatPassed(const Error& error, Time end) {
  const Time at = now();
  return error.detail() == ErrorDetail::deadline && end <= at && troop::deadline() > at;
}

template <typename T>
Expected<T> expected(std::optional<Stored<T>>& value) {
  return taken(value);
}

template <typename W>
Async<Expected<typename WorkOf<W>::Value>> timeout(Duration duration, W work) {
  static_assert(IsAsync<W>::value || ReturnsAsync<W>::value,
                "async::timeout() is for an Async, or what returns one");
  const Time end = after(duration);
  std::optional<Given<W>> value;
  try {
    co_await inScope({.deadline = duration}, [&](Scope& scope) -> Async<void> {
      startWork(scope, std::move(work), [&](Given<W> given) { value.emplace(std::move(given)); });
      co_return;
    });
  } catch (const Error& error) {
    if (!saysThatPassed(error, end)) throw;
    co_return error;
  }
  co_return expected<typename WorkOf<W>::Value>(value);
}

}  // namespace async

template <typename W>
Expected<typename async::WorkOf<W>::Value> timeout(Duration duration, W work) {
  using Value = typename async::WorkOf<W>::Value;
  const Time end = after(duration);
  std::optional<async::Given<W>> value;
  const auto store = [&](async::Given<W> given) { value.emplace(std::move(given)); };
  try {
    inScope({.deadline = duration}, [&](Scope& scope) {
      if constexpr (async::IsAsync<W>::value || async::ReturnsAsync<W>::value) {
        async::startWork(scope, std::move(work), store);
      } else if constexpr (std::is_void_v<Value>) {
        work();
        store({});
      } else {
        store(work());
      }
    });
  } catch (const Error& error) {
    if (!async::saysThatPassed(error, end)) throw;
    return error;
  }
  return async::expected<Value>(value);
}

}  // namespace troop
