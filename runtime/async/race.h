// race() runs pieces of work beside each other, in the calling Thread, until the first of them
// ends, by a value or an error, which is the result; firstOf() until the first succeeds, and throws
// the first error where none does. The others are cancelled, and have ended before it returns; what
// they throw then is dropped.
//
// Work is a callable, an Async, a callable that returns one, or a Future (runtime/async/work.h):
// cancelling the others ends the wait for a Future, not what resolves it. The result is the
// winner's value where all give the same type, else a std::variant by their order.
// Ownership: the work is the call's own. Threads: race() by Tasks that have a stack, async::race()
// by coroutines. Limits: one Task each. Fails: as a Scope does. Misuse: work that never waits is
// not cancelled.
//
//   Text text = firstOf([&] { return fetch(near); }, [&] { return fetch(far); });
//   int n = co_await async::race(count(a), count(b));
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "runtime/async/async.h"
#include "runtime/async/future-core.h"
#include "runtime/async/scope.h"
#include "runtime/async/work.h"
#include "runtime/scope.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

enum class Wins : unsigned char { whoEndsFirst, whoSucceedsFirst };

template <typename First, typename... Rest>
struct RacedOf {
  using Value = std::conditional_t<
      (std::is_same_v<typename WorkOf<First>::Value, typename WorkOf<Rest>::Value> && ...),
      typename WorkOf<First>::Value, std::variant<Given<First>, Given<Rest>...>>;
};
template <typename... Works>
using Raced = typename RacedOf<Works...>::Value;

template <Wins wins, typename... Works>
class Race {
 public:
  explicit Race(Works... works) : works_(std::move(works)...) {}

  void start(Scope& scope) {
    [&]<std::size_t... i>(std::index_sequence<i...>) {
      (start<i>(scope), ...);
    }(std::index_sequence_for<Works...>());
  }

  Raced<Works...> result() {
    if (!value_ && failure_ != nullptr) std::rethrow_exception(failure_);
    if constexpr (std::is_void_v<Raced<Works...>>) {
      taken(value_);
    } else {
      return taken(value_);
    }
  }

 private:
  using Value = Stored<Raced<Works...>>;

  template <std::size_t i>
  void start(Scope& scope) {
    using Work = std::tuple_element_t<i, std::tuple<Works...>>;
    startWork(scope, caught(std::move(std::get<i>(works_))),
              [this, &scope](Outcome<Given<Work>> outcome) {
                if (decided_) return;
                if (outcome.index() == 0) {
                  win<i>(std::get<0>(std::move(outcome)));
                } else {
                  if (failure_ == nullptr) failure_ = std::get<1>(std::move(outcome));
                  if (wins == Wins::whoSucceedsFirst) return;
                }
                decided_ = true;
                scope.cancel();
              });
  }

  template <std::size_t i, typename T>
  void win(T value) {
    if constexpr (std::is_same_v<Value, T>) {
      value_.emplace(std::move(value));
    } else {
      value_.emplace(std::in_place_index<i>, std::move(value));
    }
  }

  std::tuple<Works...> works_;
  std::optional<Value> value_;
  std::exception_ptr failure_;
  bool decided_ = false;
};

template <Wins wins, typename... Works>
Async<Raced<Works...>> raceAs(Works... works) {
  Race<wins, Works...> race(std::move(works)...);
  co_await inScope({}, [&](Scope& scope) -> Async<void> {
    race.start(scope);
    co_return;
  });
  co_return race.result();
}

template <typename... Works>
Async<Raced<Works...>> race(Works... works) {
  return raceAs<Wins::whoEndsFirst>(std::move(works)...);
}

template <typename... Works>
Async<Raced<Works...>> firstOf(Works... works) {
  return raceAs<Wins::whoSucceedsFirst>(std::move(works)...);
}

}  // namespace async

template <typename... Works>
async::Raced<Works...> race(Works... works) {
  async::Race<async::Wins::whoEndsFirst, Works...> race(std::move(works)...);
  inScope({}, [&](Scope& scope) { race.start(scope); });
  return race.result();
}

template <typename... Works>
async::Raced<Works...> firstOf(Works... works) {
  async::Race<async::Wins::whoSucceedsFirst, Works...> race(std::move(works)...);
  inScope({}, [&](Scope& scope) { race.start(scope); });
  return race.result();
}

}  // namespace troop
