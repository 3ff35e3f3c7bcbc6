// What a coroutine awaits of a Source.
//
// Fails: as runtime/async/wait.h says.
//
//   const Expected<long> got = co_await async::perform(source, Direction::reading, deadline, ...);
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "runtime/async/async.h"
#include "runtime/async/coroutine-task.h"
#include "runtime/error.h"
#include "runtime/reactor/source.h"
#include "runtime/time.h"
#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names

// A change in one direction; or a turn only, where there is one already.
class [[nodiscard]] SourceWait {
 public:
  SourceWait(Source& source, Direction direction, Time deadline, const char* what) noexcept
      : source_(source), deadline_(deadline), what_(what), direction_(direction) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> leaf) {
    return source_.suspend(direction_, leaf, until_, what_);
  }
  WaitResult await_resume() {
    const WaitResult result = source_.resumed(direction_);
    const WaitResult concluded = CoroutineTask::ofCaller().conclude(result, until_);
    return Source::ofRest(concluded, until_, deadline_);
  }

 private:
  Source& source_;
  const Time deadline_;
  Time until_ = deadline_;
  const char* const what_;
  const Direction direction_;
};

// Lets others go first where the slice is used up: what never has to wait would else not end.
class [[nodiscard]] Turn {
 public:
  explicit Turn(const char* what) noexcept : what_(what) {}
  bool await_ready() const {
    CoroutineTask::ofCaller().enter();
    return false;
  }
  bool await_suspend(std::coroutine_handle<> leaf) noexcept {
    return CoroutineTask::ofCaller().passBy(what_, leaf);
  }
  void await_resume() {
    CoroutineTask& task = CoroutineTask::ofCaller();
    (void)task.conclude(task.resumed(), never);
  }

 private:
  const char* const what_;
};

// NOLINTEND(readability-identifier-naming)

// As Source::perform().
template <typename Call>
Async<Expected<long>> perform(Source& source, Direction direction, Time deadline, const char* what,
                              std::size_t wanted, Call call) {
  const Ref<Source> keep = Ref<Source>::share(&source);
  co_await Turn(what);  // before a try, whose result would be lost if the Task was cancelled
  for (;;) {
    if (const std::optional<long> result = source.attempt(direction, wanted, call)) {
      co_return *result;
    }
    if (const int error = source.startWatching(); error != 0) co_return source.unwatched(error);
    const WaitResult waited = co_await SourceWait(source, direction, deadline, what);
    if (waited != WaitResult::signalled) co_return Source::notDone(waited, what);
  }
}

}  // namespace async
}  // namespace troop
