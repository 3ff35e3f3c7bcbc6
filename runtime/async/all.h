// all() runs pieces of work beside each other, in the calling Thread, and gives all that they give;
// allOf() as many of one kind as there are.
// The first error cancels the rest, and is thrown when all have ended.
//
// Work is a callable, an Async, a callable that returns one, or a Future (runtime/async/work.h).
// Ownership: the work is the call's own. Threads: all() by Tasks that have a stack, async::all() by
// coroutines. Limits: one Task each. Fails: as a Scope does. Misuse: work that waits for the
// others' results, as none is given before all have ended.
//
//   auto [page, ads] = all([&] { return render(); }, fetchAds());   // Nothing for what gives none
//   std::vector<int> sizes = co_await async::allOf(std::move(asyncs));
#pragma once

#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/scope.h"
#include "runtime/async/work.h"
#include "runtime/scope.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

template <typename W>
void startInto(Scope& scope, W work, std::optional<Given<W>>& slot) {
  startWork(scope, std::move(work), [&slot](Given<W> value) { slot.emplace(std::move(value)); });
}

template <typename... Works>
void startAll(Scope& scope, std::tuple<Works...>& works,
              std::tuple<std::optional<Given<Works>>...>& slots) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (startInto(scope, std::move(std::get<i>(works)), std::get<i>(slots)), ...);
  }(std::index_sequence_for<Works...>());
}

template <typename W>
void startAll(Scope& scope, std::vector<W>& works, std::vector<std::optional<Given<W>>>& slots) {
  for (std::size_t i = 0; i < works.size(); ++i) startInto(scope, std::move(works[i]), slots[i]);
}

template <typename... Values>
std::tuple<Values...> allTaken(std::tuple<std::optional<Values>...>& slots) {
  return std::apply([](auto&... slot) { return std::tuple<Values...>(taken(slot)...); }, slots);
}

template <typename Value>
std::vector<Value> allTaken(std::vector<std::optional<Value>>& slots) {
  std::vector<Value> values;
  values.reserve(slots.size());
  for (std::optional<Value>& slot : slots) values.push_back(taken(slot));
  return values;
}

template <typename... Works>
Async<std::tuple<Given<Works>...>> all(Works... work) {
  std::tuple<Works...> works(std::move(work)...);
  std::tuple<std::optional<Given<Works>>...> slots;
  co_await inScope({}, [&](Scope& scope) -> Async<void> {
    startAll(scope, works, slots);
    co_return;
  });
  co_return allTaken(slots);
}

template <typename W>
Async<std::vector<Given<W>>> allOf(std::vector<W> works) {
  std::vector<std::optional<Given<W>>> slots(works.size());
  co_await inScope({}, [&](Scope& scope) -> Async<void> {
    startAll(scope, works, slots);
    co_return;
  });
  co_return allTaken(slots);
}

}  // namespace async

template <typename... Works>
std::tuple<async::Given<Works>...> all(Works... work) {
  std::tuple<Works...> works(std::move(work)...);
  std::tuple<std::optional<async::Given<Works>>...> slots;
  inScope({}, [&](Scope& scope) { async::startAll(scope, works, slots); });
  return async::allTaken(slots);
}

template <typename W>
std::vector<async::Given<W>> allOf(std::vector<W> works) {
  std::vector<std::optional<async::Given<W>>> slots(works.size());
  inScope({}, [&](Scope& scope) { async::startAll(scope, works, slots); });
  return async::allTaken(slots);
}

}  // namespace troop
