// What a function of the C API answers: a code, and a text where the caller wants one.
//
// Threads: any. Fails: never; nothing that is thrown gets out of guarded().
//
//   return guarded(error, [&] { return thread->thread->join(deadlineAfter(nanoseconds)); });
#pragma once

#include <cstdint>
#include <exception>
#include <type_traits>

#include "runtime/c/troop-c.h"
#include "runtime/error.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace c {

TroopCode codeOf(const Error& error) noexcept;

// Puts it down in `to`, where that is not null.
TroopCode answer(TroopError* to, TroopCode code, const char* text) noexcept;
TroopCode answer(TroopError* to, const Error& error) noexcept;
TroopCode answer(TroopError* to, const std::exception_ptr& thrown) noexcept;
inline TroopCode answer(TroopError* to, const Expected<void>& result) noexcept {
  return result.failed() ? answer(to, result.error()) : answer(to, TROOP_OK, "");
}

// What `function` returns, an Expected<void> or nothing, or throws.
template <typename F>
TroopCode guarded(TroopError* to, const F& function) noexcept {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
      function();
      return answer(to, TROOP_OK, "");
    } else {
      return answer(to, function());
    }
  } catch (...) {
    return answer(to, std::current_exception());
  }
}

Time deadlineAfter(std::int64_t nanoseconds) noexcept;

}  // namespace c
}  // namespace troop
