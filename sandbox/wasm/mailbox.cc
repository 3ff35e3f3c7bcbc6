#include "sandbox/wasm/mailbox.h"

#include <utility>

namespace troop::sandbox::wasm {

Mailbox::Mailbox(std::string guestName, Sizes sizes)
    : guestName_(std::move(guestName)), sizes_(sizes) {}

// A guest that nobody can reach any more goes without having been closed; its calls answer
// themselves.
Mailbox::~Mailbox() {
  (void)close(Error(ErrorKind::disconnected, "the guest is gone"));
}

Error Mailbox::full(const char* what, std::size_t limit) const {
  return Error(
      ErrorKind::overloaded,
      "the mailbox of '" + guestName_ + "' is full (" + std::to_string(limit) + " " + what + ")",
      ErrorDetail::quota, Executed::no);
}

Expected<std::uint32_t> Mailbox::arrive(std::uint32_t object, proxy::Call& call) {
  std::lock_guard lock(mutex_);
  if (closed_) return *closed_;
  if (calls_.size() >= sizes_.calls) return full("calls", sizes_.calls);
  auto incoming = std::make_unique<IncomingCall>(object, std::move(call));
  IncomingCall& added = *incoming;
  added.id = calls_.add(std::move(incoming));
  if (sizes_.wallPerCall != forever) added.expiry = after(sizes_.wallPerCall);
  queue_.pushBack(added);
  open_.pushBack(added);
  return added.id;
}

// What is dropped here may run foreign code, so it is handed out of the lock.
std::optional<proxy::Call> Mailbox::withdrawLocked(IncomingCall& incoming) noexcept {
  std::optional<proxy::Call> call = std::exchange(incoming.call, std::nullopt);
  open_.remove(incoming);
  if (incoming.state == IncomingCall::State::waiting) {
    queue_.remove(incoming);
    calls_.remove(incoming.id);
  } else {
    incoming.state = IncomingCall::State::withdrawn;
    queue_.pushBack(incoming);
  }
  return call;
}

void Mailbox::withdraw(std::uint32_t id) noexcept {
  std::optional<proxy::Call> dropped;
  std::lock_guard lock(mutex_);
  IncomingCall* incoming = calls_.find(id);
  if (incoming != nullptr && incoming->call) dropped = withdrawLocked(*incoming);
}

void Mailbox::settled(std::uint32_t id) noexcept {
  std::lock_guard lock(mutex_);
  if (Question* question = questions_.find(id)) queue_.pushBack(*question);
}

void Mailbox::released(std::uint32_t id) noexcept {
  std::lock_guard lock(mutex_);
  if (Object* object = objects_.find(id)) queue_.pushBack(*object);
}

Mailbox::News Mailbox::next() {
  std::lock_guard lock(mutex_);
  if (queue_.empty()) return {};
  Item& item = *queue_.front();
  queue_.remove(item);
  return newsOf(item);
}

Mailbox::News Mailbox::newsOf(Item& item) {
  switch (item.kind) {
    case Item::Kind::call: {
      auto& incoming = static_cast<IncomingCall&>(item);
      if (incoming.state == IncomingCall::State::withdrawn) {
        const Withdrawal withdrawal{incoming.id};
        calls_.remove(incoming.id);
        return withdrawal;
      }
      incoming.state = IncomingCall::State::delivered;
      return Arrival{incoming.id, incoming.object, incoming.call->method,
                     std::move(incoming.call->params)};
    }
    case Item::Kind::question: {
      auto& question = static_cast<Question&>(item);
      return Settlement{question.id, question.interest.answer()};
    }
    case Item::Kind::object: {
      const Release release{static_cast<Object&>(item).number};
      objects_.remove(item.id);
      return release;
    }
  }
  return {};
}

std::optional<proxy::Call> Mailbox::takeCall(std::uint32_t id) {
  std::lock_guard lock(mutex_);
  IncomingCall* incoming = calls_.find(id);
  if (incoming == nullptr || incoming->state != IncomingCall::State::delivered) return std::nullopt;
  open_.remove(*incoming);
  std::optional<proxy::Call> call = std::move(incoming->call);
  calls_.remove(id);
  return call;
}

bool Mailbox::isOpen(std::uint32_t id) {
  std::lock_guard lock(mutex_);
  const IncomingCall* incoming = calls_.find(id);
  return incoming != nullptr && incoming->state == IncomingCall::State::delivered;
}

std::vector<proxy::Call> Mailbox::expire(Time now) {
  std::vector<proxy::Call> expired;
  std::lock_guard lock(mutex_);
  while (!open_.empty() && open_.front()->expiry <= now) {
    if (std::optional<proxy::Call> call = withdrawLocked(*open_.front()))
      expired.push_back(*std::move(call));
  }
  return expired;
}

Time Mailbox::nextExpiry() {
  std::lock_guard lock(mutex_);
  return open_.empty() ? never : open_.front()->expiry;
}

std::uint32_t Mailbox::ask(Ref<proxy::Answer> answer, std::size_t unsent) {
  auto question = std::make_unique<Question>(std::move(answer));
  std::lock_guard lock(mutex_);
  if (questions_.size() + unsent >= sizes_.questions) return 0;
  Question& added = *question;
  added.id = questions_.add(std::move(question));
  return added.id;
}

Ref<proxy::Answer> Mailbox::question(std::uint32_t id) {
  std::lock_guard lock(mutex_);
  const Question* question = questions_.find(id);
  return question == nullptr ? nullptr : question->interest.answer();
}

std::optional<proxy::Interest> Mailbox::finish(std::uint32_t id) {
  std::lock_guard lock(mutex_);
  Question* question = questions_.find(id);
  if (question == nullptr) return std::nullopt;
  if (static_cast<ListHook<QueueTag>&>(*question).linked()) queue_.remove(*question);
  return std::move(questions_.remove(id)->interest);
}

std::uint32_t Mailbox::offer(std::uint32_t number) {
  std::lock_guard lock(mutex_);
  if (objects_.size() >= sizes_.objects) return 0;
  auto object = std::make_unique<Object>(number);
  Object& added = *object;
  added.id = objects_.add(std::move(object));
  return added.id;
}

Mailbox::Remains Mailbox::close(Error cause) {
  Remains remains;
  std::lock_guard lock(mutex_);
  if (!closed_) closed_ = std::move(cause);
  while (!queue_.empty()) queue_.remove(*queue_.front());
  while (!open_.empty()) {
    IncomingCall& incoming = *open_.front();
    open_.remove(incoming);
    const bool waiting = incoming.state == IncomingCall::State::waiting;
    (waiting ? remains.waiting : remains.delivered).push_back(*std::move(incoming.call));
  }
  (void)calls_.removeAll();
  for (const auto& question : questions_.removeAll()) {
    remains.questions.push_back(std::move(question->interest));
  }
  (void)objects_.removeAll();
  return remains;
}

}  // namespace troop::sandbox::wasm
