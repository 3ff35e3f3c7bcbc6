#include "proxy/call.h"

namespace troop::proxy {

Call& Call::operator=(Call&& other) noexcept {
  if (this != &other) {
    const Call dropped = std::move(*this);
    method = other.method;
    params = std::move(other.params);
    deadline = other.deadline;
    caller = std::move(other.caller);
    answer_ = std::move(other.answer_);
  }
  return *this;
}

Call::~Call() {
  if (answer_) settle(Error(ErrorKind::disconnected, "the call was dropped"));
}

void Call::settle(Expected<Message> result) noexcept {
  const Ref<Answer> answer = std::move(answer_);
  if (answer) answer->settle(std::move(result));
}

}  // namespace troop::proxy
