#include "sandbox/wasm/instance/mailbox.h"

#include <iterator>
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

template <typename T>
T& Mailbox::add(SlotTable<T>& table, std::unique_ptr<T> item) {
  T& added = *item;
  resting_.push_back(&added);
  added.place = std::prev(resting_.end());
  added.id = table.add(std::move(item));
  return added;
}

template <typename T>
void Mailbox::remove(SlotTable<T>& table, T& item) noexcept {
  (item.queued ? queue_ : resting_).erase(item.place);
  table.remove(item.id);
}

void Mailbox::enqueue(Item& item) noexcept {
  queue_.splice(queue_.end(), resting_, item.place);
  item.queued = true;
}

void Mailbox::dequeue(Item& item) noexcept {
  resting_.splice(resting_.end(), queue_, item.place);
  item.queued = false;
}

Expected<std::uint32_t> Mailbox::arrive(std::uint32_t object, proxy::Call& call) {
  std::lock_guard lock(mutex_);
  if (closed_) return *closed_;
  if (calls_.size() >= sizes_.calls) return full("calls", sizes_.calls);
  IncomingCall& added = add(calls_, std::make_unique<IncomingCall>(object, std::move(call)));
  if (sizes_.wallPerCall != forever) added.expiry = after(sizes_.wallPerCall);
  open_.push_back(&added);
  added.openPlace = std::prev(open_.end());
  enqueue(added);
  return added.id;
}

// What is dropped here may run foreign code, so it is handed out of the lock.
std::optional<proxy::Call> Mailbox::withdrawLocked(IncomingCall& incoming) noexcept {
  std::optional<proxy::Call> call = std::exchange(incoming.call, std::nullopt);
  open_.erase(incoming.openPlace);
  if (incoming.state == IncomingCall::State::waiting) {
    remove(calls_, incoming);
  } else {
    incoming.state = IncomingCall::State::withdrawn;
    enqueue(incoming);
  }
  return call;
}

void Mailbox::withdraw(std::uint32_t id, const proxy::Answer& answer) noexcept {
  std::optional<proxy::Call> dropped;
  std::lock_guard lock(mutex_);
  IncomingCall* incoming = calls_.find(id);
  if (incoming == nullptr || !incoming->call) return;
  if (incoming->call->answer().get() == &answer) dropped = withdrawLocked(*incoming);
}

void Mailbox::settled(std::uint32_t id, const proxy::Answer& answer) noexcept {
  std::lock_guard lock(mutex_);
  Question* question = questions_.find(id);
  if (question != nullptr && question->interest.answer().get() == &answer) enqueue(*question);
}

void Mailbox::released(std::uint32_t id) noexcept {
  std::lock_guard lock(mutex_);
  if (Object* object = objects_.find(id)) enqueue(*object);
}

Mailbox::News Mailbox::next() {
  std::lock_guard lock(mutex_);
  if (queue_.empty()) return {};
  Item& item = *queue_.front();
  dequeue(item);
  return newsOf(item);
}

Mailbox::News Mailbox::newsOf(Item& item) {
  switch (item.kind) {
    case Item::Kind::call: {
      auto& incoming = static_cast<IncomingCall&>(item);
      if (incoming.state == IncomingCall::State::withdrawn) {
        const Withdrawal withdrawal{incoming.id};
        remove(calls_, incoming);
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
      auto& object = static_cast<Object&>(item);
      const Release release{object.number};
      remove(objects_, object);
      return release;
    }
  }
  return {};
}

std::optional<proxy::Call> Mailbox::takeCall(std::uint32_t id) {
  std::lock_guard lock(mutex_);
  IncomingCall* incoming = calls_.find(id);
  if (incoming == nullptr || incoming->state != IncomingCall::State::delivered) return std::nullopt;
  open_.erase(incoming->openPlace);
  std::optional<proxy::Call> call = std::move(incoming->call);
  remove(calls_, *incoming);
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
  return add(questions_, std::move(question)).id;
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
  std::optional<proxy::Interest> interest = std::move(question->interest);
  remove(questions_, *question);
  return interest;
}

std::uint32_t Mailbox::offer(std::uint32_t number) {
  std::lock_guard lock(mutex_);
  if (objects_.size() >= sizes_.objects) return 0;
  return add(objects_, std::make_unique<Object>(number)).id;
}

Mailbox::Remains Mailbox::close(Error cause) {
  Remains remains;
  std::lock_guard lock(mutex_);
  if (!closed_) closed_ = std::move(cause);
  for (IncomingCall* incoming : open_) {
    const bool waiting = incoming->state == IncomingCall::State::waiting;
    (waiting ? remains.waiting : remains.delivered).push_back(*std::move(incoming->call));
  }
  open_.clear();
  queue_.clear();
  resting_.clear();
  (void)calls_.removeAll();
  for (const auto& question : questions_.removeAll()) {
    remains.questions.push_back(std::move(question->interest));
  }
  (void)objects_.removeAll();
  return remains;
}

}  // namespace troop::sandbox::wasm
