#include "sandbox/wasm/instance/mailbox.h"

#include <iterator>
#include <utility>

namespace troop::sandbox::wasm {

namespace {

// How many of those who wait are asked for a place, so that asking costs little.
constexpr std::size_t helpersMax = 64;

}  // namespace

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
  added.arrival = ++arrivals_;
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
    incoming.lent = call->caller.loan;
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

std::optional<proxy::Call> Mailbox::takeBack(const Cause& cause) {
  std::lock_guard lock(mutex_);
  IncomingCall* incoming = calls_.find(cause.call);
  if (incoming == nullptr || incoming->arrival != cause.arrival) return std::nullopt;
  return incoming->call ? withdrawLocked(*incoming) : std::nullopt;
}

Ref<Loan> Mailbox::lentFor(const Cause& cause) {
  Ref<Loan> before;  // dropped after the lock
  std::lock_guard lock(mutex_);
  IncomingCall* incoming = calls_.find(cause.call);
  if (incoming == nullptr || incoming->arrival != cause.arrival) return {};
  if (!incoming->call) return incoming->lent;
  before = incoming->call->renewLoan();
  return incoming->call->caller.loan;
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
      const auto& incoming = *static_cast<const IncomingCall*>(item);
      return incoming.call ? incoming.call->caller.loan : incoming.lent;
    }
    case Item::Kind::question:
      return static_cast<const Question*>(item)->cause.loan;
    case Item::Kind::object:
      break;
  }
  return nullptr;
}

Ref<Share> Mailbox::placeOf(Ref<Share> payer, Share& own) noexcept {
  Share* least = payer.get();
  std::lock_guard lock(mutex_);
  order_.forEachPayer(helpersMax, [&](const proxy::CallOrder::Entry& entry) {
    const proxy::Caller& caller = static_cast<const IncomingCall&>(entry).call->caller;
    // Where the call that was lent for is over, who sends this one will lend.
    Troop* lender = caller.loan && caller.loan->isClosed() ? caller.sender.get() : caller.payer();
    Share& helper = caller.loan && lender != nullptr ? *lender : own;
    if (Share::servedBefore(helper, *least)) least = &helper;
  });
  return Ref<Share>::share(least);
}

void Mailbox::charge(const Cause& cause, Duration cpu) noexcept {
  if (!cause.turn) return;
  std::lock_guard lock(mutex_);
  order_.charge(*cause.turn, cpu);
}

Mailbox::News Mailbox::next() {
  std::lock_guard lock(mutex_);
  auto* item = static_cast<Item*>(order_.next());
  return item != nullptr ? newsOf(*item) : News();
}

Mailbox::Cause Mailbox::IncomingCall::cause() const {
  return {id, arrival, turn, call->caller.loan};
}

Mailbox::News Mailbox::newsOf(Item& item) {
  switch (item.kind) {
    case Item::Kind::call: {
      auto& incoming = static_cast<IncomingCall&>(item);
      if (!incoming.call) {
        order_.charge(incoming.turn, proxy::CallOrder::costMin);
        Withdrawal withdrawal{
            incoming.id,
            {.call = 0, .arrival = 0, .turn = incoming.turn, .loan = std::move(incoming.lent)}};
        remove(calls_, incoming);
        return withdrawal;
      }
      incoming.turn = proxy::CallOrder::turnOf(incoming);
      noLongerWaits(incoming);
      return Arrival{incoming.id, incoming.callee.object, incoming.call->method,
                     std::move(incoming.call->params), incoming.cause()};
    }
    case Item::Kind::question: {
      auto& question = static_cast<Question&>(item);
      return Settlement{question.id, question.interest.answer(), question.cause};
    }
    case Item::Kind::object: {
      auto& object = static_cast<Object&>(item);
      const Release release{object.number,
                            {.call = 0,
                             .arrival = 0,
                             .turn = proxy::CallOrder::Turn{object.releasedBy, object.releasedBy},
                             .loan = {}}};
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
  std::unique_ptr<Question> question;  // dropped after the lock
  std::lock_guard lock(mutex_);
  question = questions_.remove(id);
  if (!question) return std::nullopt;
  order_.remove(*question);
  return std::move(question->interest);
}

std::uint32_t Mailbox::offer(std::uint32_t number) {
  std::lock_guard lock(mutex_);
  if (objects_.size() >= sizes_.objects) return 0;
  return add(objects_, std::make_unique<Object>(number)).id;
}

Mailbox::Remains Mailbox::close(Error cause) {
  Remains remains;
  std::vector<std::unique_ptr<IncomingCall>> calls;  // dropped after the lock, as what follows
  std::vector<std::unique_ptr<Question>> questions;
  std::lock_guard lock(mutex_);
  if (!closed_) closed_ = std::move(cause);
  for (IncomingCall* incoming : open_) {
    (incoming->isUnderWay() ? remains.delivered : remains.waiting)
        .push_back(*std::move(incoming->call));
  }
  open_.clear();
  calls = calls_.removeAll();
  for (const auto& call : calls) order_.remove(*call);
  questions = questions_.removeAll();
  for (const auto& question : questions) {
    order_.remove(*question);
    remains.questions.push_back(std::move(question->interest));
  }
  for (const auto& object : objects_.removeAll()) order_.remove(*object);
  return remains;
}

}  // namespace troop::sandbox::wasm
