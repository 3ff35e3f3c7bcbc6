#include "runtime/c/answer.h"

#include <cstring>
#include <new>
#include <string_view>

namespace troop {
namespace c {

TroopCode codeOf(const Error& error) noexcept {
  switch (error.detail()) {
    case ErrorDetail::cancelled:
      return TROOP_CANCELLED;
    case ErrorDetail::deadline:
      return TROOP_TIMED_OUT;
    case ErrorDetail::deadlock:
      return TROOP_DEADLOCK;
    default:
      break;
  }
  switch (error.kind()) {
    case ErrorKind::overloaded:
      return TROOP_OVERLOADED;
    case ErrorKind::disconnected:
      return TROOP_DISCONNECTED;
    case ErrorKind::failed:
    case ErrorKind::unimplemented:
      break;
  }
  return TROOP_FAILED;
}

TroopCode answer(TroopError* to, TroopCode code, const char* text) noexcept {
  if (to == nullptr) return code;
  to->code = code;
  const std::string_view whole = text;
  const std::size_t length = whole.copy(to->text, sizeof(to->text) - 1);
  to->text[length] = '\0';
  return code;
}

TroopCode answer(TroopError* to, const Error& error) noexcept {
  return answer(to, codeOf(error), error.what());
}

TroopCode answer(TroopError* to, const std::exception_ptr& thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return answer(to, error);
  } catch (const Cancelled& cancelled) {
    return answer(to, TROOP_CANCELLED, cancelled.cause().what());
  } catch (const std::bad_alloc&) {
    return answer(to, TROOP_OVERLOADED, "there is no memory left");
  } catch (const std::exception& other) {
    return answer(to, TROOP_FAILED, other.what());
  } catch (...) {
    return answer(to, TROOP_FAILED, "it failed with something that has no text");
  }
}

Time deadlineAfter(std::int64_t nanoseconds) noexcept {
  return nanoseconds < 0 ? never : after(Duration(nanoseconds));
}

}  // namespace c
}  // namespace troop
