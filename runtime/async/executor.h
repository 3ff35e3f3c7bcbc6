// Executors are what calls a function later, somewhere else: those of Asio (execute()), a Thread
// (post()), or any callable that takes a function.
//
// Ownership: they are copied, as Asio's are meant to be. Threads: callOn() on whatever OS thread
// has something to hand over; an executor hands it on without waiting. Fails: throws what the
// executor throws. Misuse: an executor that calls at once what it was given, on an OS thread that
// must not be held up. Limits: those of the executor, whose queue it is.
//
//   std::move(future).then(io.get_executor(), show);          // Asio
//   std::move(future).then(thread, show);                     // a Ref<Thread>
//   std::move(future).then([&](auto f) { queue.push(f); }, show);
#pragma once

#include <memory>
#include <utility>

#include "runtime/base/body.h"
#include "runtime/sendable.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

// Executors that have something called in a Thread: a Ref<Thread>, or a pointer to one.
template <typename E>
inline constexpr bool isThread = false;
template <>
inline constexpr bool isThread<Ref<Thread>> = true;
template <>
inline constexpr bool isThread<Thread*> = true;

// What executors are given: copied as they like, called once.
class Call {
 public:
  explicit Call(std::shared_ptr<Body> body) noexcept : body_(std::move(body)) {}
  void operator()() const { body_->run(); }

 private:
  std::shared_ptr<Body> body_;
};

// Calls at once.
struct Here {
  template <typename F>
  void execute(F function) const {
    function();
  }
};

template <typename E, typename F>
void callOn(E& executor, F function) {
  if constexpr (requires { executor.execute(function); }) {
    executor.execute(std::move(function));
  } else if constexpr (isThread<E>) {
    // Whoever made `function` has seen to it.
    executor->post(assumeSendable(std::move(function))).value();
  } else if constexpr (requires { executor.post(function); }) {
    executor.post(std::move(function));
  } else {
    executor(std::move(function));
  }
}

}  // namespace async
}  // namespace troop
