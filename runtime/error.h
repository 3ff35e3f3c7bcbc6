// Errors: few kinds, chosen by what a caller does next, and a reason that a person understands.
//
// The four kinds are those of Cap'n Proto RPC, so they travel unchanged between troops and
// machines; a detail says more to those who can use it. An Error is a value and an exception:
// functions that can be expected to fail return Expected<T>; everything else throws.
//
// Ownership: an Error has its reason in itself, refers to nothing and is Sendable; an Expected owns
// its value or its Error. Threads: any; one object by one at a time, as a std::string. Limits: none
// of its own; what comes from guests is cut by who takes it in. Fails: making one needs memory;
// Expected::value() throws the Error where there is no value. Misuse: a kind that does not fit what
// the caller can do next, since callers go by it alone; catching Cancelled and going on.
//
//   throw Error(ErrorKind::overloaded, "mailbox of 'markdown' is full (64 calls)");
//   if (reply.failed() && reply.error().kind() == ErrorKind::disconnected) reconnect();
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace [[gnu::visibility("hidden")]] troop {

enum class ErrorKind : unsigned char {
  failed,         // the callee could not do it; the same call will fail again
  overloaded,     // no room or no budget now; try later, or less
  disconnected,   // the callee is gone; get a new capability
  unimplemented,  // the callee does not know this method
};

enum class ErrorDetail : unsigned char {
  none,
  cancelled,   // the caller, or a scope around it, gave up
  deadline,    // the deadline of the call or the scope has passed
  deadlock,    // waiting would have closed a cycle
  memory,      // a memory limit was reached
  cpu,         // a CPU time limit was reached
  stack,       // a stack limit was reached
  wall,        // a wall time limit was reached
  quota,       // a limit on a count was reached: calls, capabilities, threads, tasks
  revoked,     // the capability was revoked
  killed,      // the callee was killed by its host
  badMessage,  // a message was malformed, too large or too deep
};

// Whether a call that failed may have had an effect.
enum class Executed : unsigned char { no, maybe };

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string reason, ErrorDetail detail = ErrorDetail::none,
        Executed executed = Executed::maybe)
      : kind_(kind), detail_(detail), executed_(executed), reason_(std::move(reason)) {}

  ErrorKind kind() const noexcept { return kind_; }
  ErrorDetail detail() const noexcept { return detail_; }
  Executed executed() const noexcept { return executed_; }
  const std::string& reason() const noexcept { return reason_; }
  const char* what() const noexcept override { return reason_.c_str(); }

 private:
  ErrorKind kind_;
  ErrorDetail detail_;
  Executed executed_;
  std::string reason_;
};

std::string_view name(ErrorKind kind);      // "overloaded"
std::string_view name(ErrorDetail detail);  // "deadline"

// Thrown at the next wait of a Task that was cancelled. It is no std::exception, so that handlers
// of errors do not swallow it; code that catches `...` must rethrow it.
class Cancelled {
 public:
  explicit Cancelled(Error cause) : cause_(std::move(cause)) {}
  const Error& cause() const noexcept { return cause_; }

 private:
  Error cause_;
};

// What `thrown` says as an Error: itself, the cause of a Cancelled, what() of any other exception.
Error errorOf(const std::exception_ptr& thrown);
bool isCancelled(const std::exception_ptr& thrown);
// What is thrown elsewhere in place of `thrown`, which may refer to anything: a new Cancelled where
// it is one, else what errorOf() says; null for null.
std::exception_ptr crossing(const std::exception_ptr& thrown);

// Throws it: not where it was asked for, so that asking is short.
[[noreturn]] void throwError(Error error);

// A value, or the Error that stands in its place.
template <typename T>
class [[nodiscard]] Expected {
 public:
  explicit(false) Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  explicit(false) Expected(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool succeeded() const noexcept { return state_.index() == 0; }
  bool failed() const noexcept { return state_.index() != 0; }
  explicit operator bool() const noexcept { return succeeded(); }

  // The value; throws the error where there is none.
  T& value() & {
    if (failed()) throwError(std::get<1>(state_));
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    if (failed()) throwError(std::get<1>(state_));
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    if (failed()) throwError(std::get<1>(std::move(state_)));
    return std::move(*std::get_if<0>(&state_));
  }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }

  // The error; only when failed().
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

struct Nothing {};
template <>
class [[nodiscard]] Expected<void> : public Expected<Nothing> {
 public:
  using Expected<Nothing>::Expected;
  // NOLINTNEXTLINE(modernize-use-equals-default): the base has no value of its own
  Expected() : Expected<Nothing>(Nothing{}) {}
};

}  // namespace troop
