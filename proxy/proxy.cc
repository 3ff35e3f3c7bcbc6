#include "proxy/proxy.h"

#include "proxy/caller.h"
#include "runtime/task.h"

namespace troop::proxy {

Message finishResults(MessageBuilder builder) {
  return builder.finish(Caller::currentBudget()).value();
}

Ref<Answer> Proxy::send(MethodId method, MessageBuilder params) const noexcept {
  Expected<Message> message = params.finish(Caller::currentBudget());
  if (message.succeeded()) {
    return capability_.call(method, std::move(message).value(), deadline());
  }
  Ref<Answer> answer = makeRef<Answer>();
  answer->settle(std::move(message).error());
  return answer;
}

}  // namespace troop::proxy
