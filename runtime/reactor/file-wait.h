// What a coroutine awaits of a FileRequest.
//
// Fails: as runtime/async/wait.h says; then nobody wants the request any more.
//
//   if (co_await async::FileWait(*request, deadline) == WaitResult::signalled) ...
#pragma once

#include <coroutine>

#include "runtime/async/coroutine-task.h"
#include "runtime/reactor/file-request.h"
#include "runtime/time.h"
#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names

class [[nodiscard]] FileWait {
 public:
  FileWait(FileRequest& request, Time deadline) noexcept : request_(request), deadline_(deadline) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> leaf) { return request_.suspend(leaf, deadline_); }
  WaitResult await_resume() {
    const WaitResult result = request_.resumed();
    return CoroutineTask::ofCaller().conclude(result, deadline_);
  }

 private:
  FileRequest& request_;
  const Time deadline_;
};

// NOLINTEND(readability-identifier-naming)

}  // namespace async
}  // namespace troop
