// Errors of calls, and results that may be one. There are no exceptions in a guest: what can fail
// returns an Expected, or a Promise, and co_await passes the failure on (see promise.h).
//
// Ownership: values. Misuse: the value of an Expected that failed ends the plugin; its verdict says
// what the error was.
//
//   if (text.empty()) co_return troop::Error("there is no text");
//   troop::Expected<RenderResults> reply = co_await markdown.render(text).expected();
//   if (reply.failed() && reply.error().kind() == troop::ErrorKind::overloaded) co_return cached;
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace troop::inline guest {

// Numbered as in the guest ABI.
enum class ErrorKind : unsigned char {
  failed,         // the callee could not do it; the same call will fail again
  overloaded,     // no room or no budget now; try later, or less
  disconnected,   // the callee is gone; get a new capability
  unimplemented,  // the callee does not know this method
};

enum class ErrorDetail : unsigned char {
  none,
  cancelled,   // the caller gave up
  deadline,    // the deadline of the call has passed
  deadlock,    // waiting would have closed a cycle
  memory,      // a memory limit was reached
  cpu,         // a CPU time limit was reached
  stack,       // a stack limit was reached
  wall,        // a wall time limit was reached
  quota,       // a limit on a count was reached: calls, capabilities
  revoked,     // the capability was revoked
  killed,      // the callee was killed by its host
  badMessage,  // a message was malformed, too large or too deep
};

// Whether a call that failed may have had an effect.
enum class Executed : unsigned char { no, maybe };

class Error {
 public:
  explicit Error(std::string reason) : Error(ErrorKind::failed, std::move(reason)) {}
  Error(ErrorKind kind, std::string reason, ErrorDetail detail = ErrorDetail::none,
        Executed executed = Executed::maybe)
      : kind_(kind), detail_(detail), executed_(executed), reason_(std::move(reason)) {}

  ErrorKind kind() const { return kind_; }
  ErrorDetail detail() const { return detail_; }
  Executed executed() const { return executed_; }
  const std::string& reason() const { return reason_; }

 private:
  ErrorKind kind_;
  ErrorDetail detail_;
  Executed executed_;
  std::string reason_;
};

// Ends the plugin; the text becomes its verdict.
[[noreturn]] void endPlugin(std::string_view text);
[[noreturn]] void endPlugin(const Error& uncaught);

// A value, or the Error that stands in its place.
template <typename T>
class [[nodiscard]] Expected {
 public:
  // NOLINTBEGIN(google-explicit-constructor): a function returns the one or the other
  Expected(T value) : value_(std::move(value)) {}
  Expected(Error error) : error_(std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  bool succeeded() const { return value_.has_value(); }
  bool failed() const { return error_.has_value(); }
  explicit operator bool() const { return succeeded(); }

  T& value() & {
    if (failed()) endPlugin(*error_);
    return *value_;
  }
  const T& value() const& {
    if (failed()) endPlugin(*error_);
    return *value_;
  }
  T&& value() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }

  // The error; only when failed().
  const Error& error() const { return *error_; }

 private:
  std::optional<T> value_;
  std::optional<Error> error_;
};

struct Nothing {};
template <>
class [[nodiscard]] Expected<void> : public Expected<Nothing> {
 public:
  using Expected<Nothing>::Expected;
  Expected() : Expected<Nothing>(Nothing{}) {}
};

}  // namespace troop::inline guest
