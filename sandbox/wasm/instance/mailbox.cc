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

Error Mailbox::full(Executed executed) const {
  return Error(ErrorKind::overloaded,
               "the mailbox of '" + guestName_ + "' is full (" + order_.describe() + ")",
               ErrorDetail::quota, executed);
}

template <typename T>
T& Mailbox::add(SlotTable<T>& table, std::unique_ptr<T> item) {
  T& added = *item;
  added.id = table.add(std::move(item));
  return added;
}

template <typename T>
void Mailbox::remove(SlotTable<T>& table, T& item) noexcept {
  order_.remove(item);
  table.remove(item.id);
}

Expected<Mailbox::Accepted> Mailbox::arrive(Callee callee, proxy::Call& call) {
  std::lock_guard lock(mutex_);
  if (closed_) return *closed_;
  Accepted accepted{};
  if (order_.places() >= sizes_.calls) {
    if (Expected<void> room = makeRoom(call.caller, accepted); room.failed())
      return std::move(room).error();
  }
  IncomingCall& added = add(calls_, std::make_unique<IncomingCall>(callee, std::move(call)));
  if (sizes_.wallPerCall != forever) added.expiry = after(sizes_.wallPerCall);
  open_.push_back(&added);
  added.openPlace = std::prev(open_.end());
  order_.add(added, added.call->caller);
  if (Object* object = objects_.find(callee.offered)) ++object->callsWaiting;
  accepted.call = added.id;
  accepted.isNext = order_.peek() == &added;
  return accepted;
}

// A guest hears of withdrawals before calls, so there are never more of them than places.
Expected<void> Mailbox::makeRoom(const proxy::Caller& newcomer, Accepted& accepted) {
  proxy::CallOrder::Entry* entry = order_.displacedBy(newcomer);
  if (entry == nullptr) return full(Executed::no);
  auto& displaced = static_cast<IncomingCall&>(*entry);
  accepted.error = full(displaced.isUnderWay() ? Executed::maybe : Executed::no);
  accepted.displaced = withdrawLocked(displaced);
  return {};
}

void Mailbox::noLongerWaits(const IncomingCall& call) noexcept {
  Object* object = objects_.find(call.callee.offered);
  if (object == nullptr || --object->callsWaiting != 0 || !object->released) return;
  order_.note(*object, object->releasedBy);
}

// What is dropped here may run foreign code, so it is handed out of the lock.
std::optional<proxy::Call> Mailbox::withdrawLocked(IncomingCall& incoming) noexcept {
  std::optional<proxy::Call> call = std::exchange(incoming.call, std::nullopt);
  open_.erase(incoming.openPlace);
  if (incoming.isUnderWay()) {
    order_.remove(incoming);
    order_.noteNow(incoming);
  } else {
    order_.remove(incoming);
    noLongerWaits(incoming);
    calls_.remove(incoming.id);
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

std::optional<proxy::Call> Mailbox::takeBack(std::uint32_t id, const Loan& loan) {
  std::lock_guard lock(mutex_);
  IncomingCall* incoming = calls_.find(id);
  if (incoming == nullptr || !incoming->call) return std::nullopt;
  if (incoming->call->caller.loan.get() != &loan) return std::nullopt;
  return withdrawLocked(*incoming);
}

void Mailbox::settled(std::uint32_t id, const proxy::Answer& answer,
                      std::uint64_t sender) noexcept {
  std::lock_guard lock(mutex_);
  Question* question = questions_.find(id);
  if (question != nullptr && question->interest.answer().get() == &answer) {
    order_.note(*question, sender);
  }
}

void Mailbox::released(std::uint32_t id, std::uint64_t sender) noexcept {
  std::lock_guard lock(mutex_);
  Object* object = objects_.find(id);
  if (object == nullptr) return;
  object->released = true;
  object->releasedBy = sender;
  if (object->callsWaiting == 0) order_.note(*object, sender);
}

std::optional<Ref<Loan>> Mailbox::nextLoan() noexcept {
  std::lock_guard lock(mutex_);
  const auto* item = static_cast<const Item*>(order_.peek());
  if (item == nullptr) return std::nullopt;
  switch (item->kind) {
    case Item::Kind::call: {
      const auto& call = static_cast<const IncomingCall*>(item)->call;
      return call ? call->caller.loan : nullptr;
    }
    case Item::Kind::question:
      return static_cast<const Question*>(item)->cause.loan;
    case Item::Kind::object:
      break;
  }
  return nullptr;
}

void Mailbox::charge(std::uint64_t payer, Duration cpu) noexcept {
  std::lock_guard lock(mutex_);
  order_.charge(payer, cpu);
}

Mailbox::News Mailbox::next() {
  std::lock_guard lock(mutex_);
  auto* item = static_cast<Item*>(order_.next());
  return item != nullptr ? newsOf(*item) : News();
}

Mailbox::News Mailbox::newsOf(Item& item) {
  switch (item.kind) {
    case Item::Kind::call: {
      auto& incoming = static_cast<IncomingCall&>(item);
      if (!incoming.call) {
        const Withdrawal withdrawal{incoming.id};
        remove(calls_, incoming);
        return withdrawal;
      }
      noLongerWaits(incoming);
      const proxy::Caller& caller = incoming.call->caller;
      return Arrival{incoming.id, incoming.callee.object, incoming.call->method,
                     std::move(incoming.call->params),
                     Cause{incoming.id, caller.payerId(), caller.loan}};
    }
    case Item::Kind::question: {
      auto& question = static_cast<Question&>(item);
      return Settlement{question.id, question.interest.answer(), question.cause};
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
  if (incoming == nullptr || !incoming->isUnderWay()) return std::nullopt;
  open_.erase(incoming->openPlace);
  std::optional<proxy::Call> call = std::move(incoming->call);
  remove(calls_, *incoming);
  return call;
}

bool Mailbox::isOpen(std::uint32_t id) {
  std::lock_guard lock(mutex_);
  const IncomingCall* incoming = calls_.find(id);
  return incoming != nullptr && incoming->isUnderWay();
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

std::uint32_t Mailbox::ask(Ref<proxy::Answer> answer, std::size_t unsent, Cause cause) {
  auto question = std::make_unique<Question>(std::move(answer), std::move(cause));
  std::lock_guard lock(mutex_);
  if (questions_.size() + unsent >= sizes_.questions) return 0;
  return add(questions_, std::move(question)).id;
}

Ref<proxy::Answer> Mailbox::question(std::uint32_t id) const {
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
    (incoming->isUnderWay() ? remains.delivered : remains.waiting)
        .push_back(*std::move(incoming->call));
  }
  open_.clear();
  for (const auto& call : calls_.removeAll()) order_.remove(*call);
  for (const auto& question : questions_.removeAll()) {
    order_.remove(*question);
    remains.questions.push_back(std::move(question->interest));
  }
  for (const auto& object : objects_.removeAll()) order_.remove(*object);
  return remains;
}

}  // namespace troop::sandbox::wasm
