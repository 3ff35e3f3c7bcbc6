// Functions that foreign code calls back: a comparator of qsort(), a visitor of a C library.
// Between such a function and who called the foreign one stand frames of that, which may keep the
// address of something thread-local over the call, and through which no exception may go.
//
// foreignCallback(f) makes a function pointer of a lambda that captures nothing. While f runs, its
// Thread is pinned to its OS thread (runtime/blocking/pin.h), so that it may wait there; and the
// waits of f tell by their results that the Task was cancelled or its deadline has passed, as under
// MustNotThrow (runtime/task.h).
//
// What f throws itself does not go through those frames: callForeign() around the foreign call
// throws it again once that has returned. Until then f is not called again, and foreign code gets a
// value of its result's type as made without arguments, such as 0. Without a callForeign() around
// it in the same Task, the program ends, as when an exception leaves a noexcept function. Where
// foreign code leaves by longjmp(), the Thread stays pinned.
//
// Threads: any, OS threads of the host too. Ownership: the pointer is of a function, valid for
// ever. Limits: what captures nothing, so that what it needs comes through the foreign call's own
// argument. Misuse: other Tasks of the same Thread that leave foreign frames in another order than
// they entered them, where the foreign library keeps a state of its own for each OS thread.
//
//   callForeign([&] {
//     qsort(items, count, sizeof(*items), foreignCallback([](const void* a, const void* b) {
//       return compare(*static_cast<const Item*>(a), *static_cast<const Item*>(b));  // may wait
//     }));
//   });
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "runtime/blocking/pin.h"
#include "runtime/task.h"

namespace [[gnu::visibility("hidden")]] troop {

// A call of foreign code by the calling Task or OS thread, which it keeps on its OS thread.
class ForeignCall {
 public:
  // Throws std::bad_alloc.
  ForeignCall();
  ~ForeignCall();
  ForeignCall(const ForeignCall&) = delete;
  ForeignCall& operator=(const ForeignCall&) = delete;

  // Throws what the first callback that failed threw.
  void rethrow();

 private:
  friend class ForeignFrame;

  // What others on this OS thread come by, who look for their own: on no stack, as those of Threads
  // that wait may be elsewhere.
  struct Record {
    const void* const caller;  // a Task, or null
    Record* outer;             // of this OS thread
    std::exception_ptr failure;
  };

  static Record*& innermost() noexcept;

  const Pin pin_;
  const std::unique_ptr<Record> record_;
};

// Around a function that foreign code has called.
class ForeignFrame {
 public:
  ForeignFrame() noexcept;

  // Whether a callback of the same foreign call has failed.
  bool failed() const noexcept { return call_ != nullptr && call_->failure != nullptr; }
  // In a handler: keeps what is handled for who called the foreign code; throws it on where there
  // is nobody.
  void keepFailure();

 private:
  const Pin pin_;
  const MustNotThrow mustNotThrow_;
  ForeignCall::Record* const call_;
};

template <typename F, typename Result, typename... Arguments>
Result calledByForeign(Arguments... arguments) noexcept {
  ForeignFrame frame;
  if (!frame.failed()) {
    try {
      return F{}(std::forward<Arguments>(arguments)...);
    } catch (...) {
      frame.keepFailure();
    }
  }
  return Result();
}

template <typename F, typename Object, typename Result, typename... Arguments>
constexpr auto foreignCallbackOf(Result (Object::*)(Arguments...) const) noexcept {
  static_assert(std::is_void_v<Result> || std::is_default_constructible_v<Result>,
                "foreign code gets a value also where the callback throws");
  return static_cast<Result (*)(Arguments...)>(&calledByForeign<F, Result, Arguments...>);
}

template <typename F>
constexpr auto foreignCallback(F) noexcept {
  static_assert(std::is_empty_v<F> && std::is_default_constructible_v<F>,
                "a function pointer carries no captures: pass them as the foreign code's context");
  return foreignCallbackOf<F>(&F::operator());
}

template <typename F>
std::invoke_result_t<F> callForeign(F&& function) {
  ForeignCall call;
  if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
    std::invoke(std::forward<F>(function));
    call.rethrow();
  } else {
    std::invoke_result_t<F> result = std::invoke(std::forward<F>(function));
    call.rethrow();
    return result;
  }
}

}  // namespace troop
