#include "proxy/proxy.h"

#include "runtime/task.h"

namespace troop::proxy {

Message finishResults(MessageBuilder builder) {
  return builder.finish(callerBudget()).value();
}

Ref<Answer> Proxy::send(MethodId method, MessageBuilder params) const noexcept {
  Expected<Message> message = params.finish(callerBudget());
  if (message.succeeded()) {
    return capability_.call(method, std::move(message).value(), deadline());
  }
  Ref<Answer> answer = makeRef<Answer>();
  answer->settle(std::move(message).error());
  return answer;
}

}  // namespace troop::proxy
