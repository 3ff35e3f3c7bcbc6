// A Call is a call of one of the plugin's own objects, to be answered once: generated code hands it
// to the method that is meant, and the results of the method's Promise become the answer.
//
// Ownership: of the delivery, while it is dispatched; then its answer waits for the Promise and
// keeps the object. A caller who gives up takes the Promise away: a coroutine that nobody else
// waits for is destroyed where it waits.
//
//   case 0: return call.serve(*this, &Renderer_Target::render);
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "sandbox/sdk/cpp/message.h"
#include "sandbox/sdk/cpp/promise.h"
#include "sandbox/sdk/cpp/target.h"
#include "sandbox/sdk/cpp/values.h"

namespace troop::inline guest {

// The answer to a call, when it is there.
class PendingAnswer : public Waiter {
 public:
  PendingAnswer(std::uint32_t call, std::shared_ptr<Target> target, Ref<Pending> results)
      : call_(call), target_(std::move(target)), results_(std::move(results)) {}
  virtual ~PendingAnswer() = default;

  void run() final;
  void answerNow();

  // Keeps it until the results are there, or the caller has given up.
  static void keep(std::unique_ptr<PendingAnswer> answer);
  static void cancelled(std::uint32_t call);

 protected:
  virtual MessageBuilder resultsMessage() const = 0;
  const Ref<Pending>& results() const { return results_; }

 private:
  std::uint32_t call_;
  std::shared_ptr<Target> target_;  // destroyed after the coroutine, which uses it
  Ref<Pending> results_;
};

template <typename R>
class PendingAnswerOf final : public PendingAnswer {
 public:
  using PendingAnswer::PendingAnswer;

 protected:
  MessageBuilder resultsMessage() const override {
    MessageBuilder builder = builderFor<R>();
    static_cast<PendingValue<R>*>(results().get())->value().write(builder.root());
    return builder;
  }
};

void failCall(std::uint32_t call, const Error& error);

class Call {
 public:
  Call(std::uint32_t number, MethodId method, Message params, std::shared_ptr<Target> target)
      : number_(number), method_(method), params_(std::move(params)), target_(std::move(target)) {}

  MethodId method() const { return method_; }

  template <typename T, typename R, typename P>
  void serve(T& target, Promise<R> (T::*method)(P)) {
    Expected<P> params = params_.read<P>("parameters");
    if (params.failed()) return failCall(number_, params.error());
    const Promise<R> results = (target.*method)(*std::move(params));
    auto answer =
        std::make_unique<PendingAnswerOf<R>>(number_, std::move(target_), results.pending());
    if (results.settled()) return answer->answerNow();
    PendingAnswer::keep(std::move(answer));
  }

  // The end of every generated dispatch().
  void unimplemented(const char* interfaceName);

 private:
  std::uint32_t number_;
  MethodId method_;
  Message params_;
  std::shared_ptr<Target> target_;
};

}  // namespace troop::inline guest
