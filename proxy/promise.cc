#include "proxy/promise.h"

#include <fmt/format.h>

#include <exception>

#include "proxy/caller.h"
#include "runtime/units.h"

namespace troop::proxy {

void UntypedPromise::cancel() const noexcept {
  answer()->cancel(
      Error(ErrorKind::failed, "the caller cancelled the call", ErrorDetail::cancelled));
}

Expected<const Message*> UntypedPromise::await(Duration timeout) const {
  Answer& answer = *this->answer();
  switch (answer.wait(after(timeout))) {
    case WaitResult::signalled:
      break;
    case WaitResult::timedOut: {
      Error error(ErrorKind::overloaded,
                  fmt::format("no answer within {}", troop::describe(timeout)),
                  ErrorDetail::deadline);
      answer.cancel(error);
      // An answer that came in this very moment is as good as any.
      if (!answer.settled()) return error;
      break;
    }
    case WaitResult::cancelled:
      return Error(ErrorKind::failed, "the wait for the answer was cancelled",
                   ErrorDetail::cancelled);
  }
  const Expected<Message>& result = answer.result();
  if (result.failed()) return result.error();
  Expected<void> paid = answer.chargeTo(Caller::currentBudget());
  if (paid.failed()) return std::move(paid).error();
  return &result.value();
}

std::optional<Error> UntypedPromise::reading(const std::function<void()>& read) {
  try {
    read();
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& exception) {
    return Error(ErrorKind::failed, exception.what());
  }
}

}  // namespace troop::proxy
