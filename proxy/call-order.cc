#include "proxy/call-order.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace troop::proxy {
namespace {

// Places are compared by weight in fixed point.
constexpr std::uint64_t holdingUnit = std::uint64_t{1} << 24;
// Accounts of payers without a call are kept while they are in debt, but no more than this many
// beyond those with calls, so that payers who come and go cost nothing.
constexpr std::size_t idleAccountsMax = 64;

}  // namespace

CallOrder::Account::Account(const Caller& caller)
    : id(caller.payerId()),
      weight(caller.payer() != nullptr ? caller.payer()->weight() : Share::defaultWeight),
      name(Caller::describe(caller.payer())) {}

std::uint64_t CallOrder::Account::holding(std::ptrdiff_t more) const noexcept {
  return (places + static_cast<std::size_t>(more)) * holdingUnit / weight;
}

CallOrder::Entry& CallOrder::Account::newestLent() noexcept {
  return lent.back().isUnderWay() ? lent.front() : lent.back();
}

CallOrder::CallOrder() = default;

CallOrder::~CallOrder() {
  due_.clear();
  for (auto& [id, lane] : lanes_) lane->entries.clear();
  for (auto& [id, account] : accounts_) {
    account->waiting.clear();
    account->underWay.clear();
    account->lent.clear();
  }
  order_.clear();
  holding_.clear();
}

CallOrder::Account& CallOrder::accountOf(const Caller& caller) {
  std::unique_ptr<Account>& account = accounts_[caller.payerId()];
  if (!account) {
    account = std::make_unique<Account>(caller);
    account->had = served_;
  }
  return *account;
}

void CallOrder::add(Entry& call, const Caller& caller) {
  forgetIdle();
  std::unique_ptr<Lane>& lane = lanes_[caller.senderId()];
  if (!lane) lane = std::make_unique<Lane>(caller.senderId());
  Account& account = accountOf(caller);
  call.account_ = &account;
  call.lane_ = lane.get();
  call.state_ = Entry::State::waiting;
  lane->entries.push_back(call);
  if (account.waiting.empty()) {
    account.had = std::max(account.had, served_);
    order_.insert(account);
  }
  account.waiting.push_back(call);
  if (caller.senderId() != account.id) account.lent.push_back(call);
  changePlaces(account, 1);
}

void CallOrder::note(Entry& note, std::uint64_t sender) noexcept {
  const auto found = lanes_.find(sender);
  if (found == lanes_.end()) return noteNow(note);
  note.state_ = Entry::State::note;
  note.lane_ = found->second.get();
  note.lane_->entries.push_back(note);
}

void CallOrder::noteNow(Entry& note) noexcept {
  note.state_ = Entry::State::note;
  due_.push_back(note);
}

const CallOrder::Entry* CallOrder::peek() const noexcept {
  if (!due_.empty()) return &due_.front();
  if (order_.empty()) return nullptr;
  // What the call whose turn it is waits for goes first.
  return &order_.begin()->waiting.front().lane_->entries.front();
}

CallOrder::Entry* CallOrder::next() noexcept {
  auto* entry = const_cast<Entry*>(peek());
  if (entry == nullptr) return nullptr;
  if (entry->state_ == Entry::State::note) {
    remove(*entry);
    return entry;
  }
  Account& account = *entry->account_;
  Account& turn = *order_.begin();
  served_ = std::max(served_, turn.had);
  entry->carriedBy_ = turn.id;
  leaveLane(*entry);
  account.waiting.erase(account.waiting.iterator_to(*entry));
  account.underWay.push_back(*entry);
  if (isLent(*entry))
    account.lent.splice(account.lent.begin(), account.lent, account.lent.iterator_to(*entry));
  entry->state_ = Entry::State::underWay;
  if (account.waiting.empty()) order_.erase(order_.iterator_to(account));
  charge(turnOf(*entry), costMin);
  return entry;
}

void CallOrder::remove(Entry& entry) noexcept {
  const Entry::State state = std::exchange(entry.state_, Entry::State::out);
  if (state == Entry::State::out) return;
  if (state == Entry::State::note) {
    if (entry.lane_ == nullptr) {
      due_.erase(due_.iterator_to(entry));
    } else {
      leaveLane(entry);
    }
    return;
  }
  Account& account = *std::exchange(entry.account_, nullptr);
  if (state == Entry::State::waiting) {
    leaveLane(entry);
    account.waiting.erase(account.waiting.iterator_to(entry));
    if (account.waiting.empty()) order_.erase(order_.iterator_to(account));
  } else {
    account.underWay.erase(account.underWay.iterator_to(entry));
  }
  if (isLent(entry)) account.lent.erase(account.lent.iterator_to(entry));
  changePlaces(account, -1);
}

bool CallOrder::isLent(const Entry& entry) noexcept {
  return static_cast<const ListHook<LentTag>&>(entry).is_linked();
}

// Notes that come to the front of their lane are due.
void CallOrder::leaveLane(Entry& entry) noexcept {
  Lane& lane = *std::exchange(entry.lane_, nullptr);
  lane.entries.erase(lane.entries.iterator_to(entry));
  while (!lane.entries.empty() && lane.entries.front().state_ == Entry::State::note) {
    Entry& note = lane.entries.front();
    lane.entries.pop_front();
    note.lane_ = nullptr;
    due_.push_back(note);
  }
  if (lane.entries.empty()) lanes_.erase(lane.id);
}

void CallOrder::changePlaces(Account& account, std::ptrdiff_t by) noexcept {
  if (account.places != 0) holding_.erase(holding_.iterator_to(account));
  account.places += static_cast<std::size_t>(by);
  places_ += static_cast<std::size_t>(by);
  if (account.places != 0) holding_.insert(account);
}

CallOrder::Turn CallOrder::turnOf(const Entry& call) noexcept {
  return {call.account_->id, call.carriedBy_};
}

// Were only the payer charged, two in league would own the server: whoever has a call behind those
// of the other one pulls them forward, time after time, in a turn that it never uses up.
void CallOrder::charge(const Turn& turn, Duration cpu) noexcept {
  const auto advanceOf = [&](std::uint64_t id) {
    const auto found = accounts_.find(id);
    if (found != accounts_.end()) advance(*found->second, cpu);
  };
  advanceOf(turn.payer);
  if (turn.carriedBy != turn.payer) advanceOf(turn.carriedBy);
}

void CallOrder::advance(Account& account, Duration cpu) noexcept {
  const bool waits = !account.waiting.empty();
  if (waits) order_.erase(order_.iterator_to(account));
  const auto nanoseconds = static_cast<std::uint64_t>(std::max(cpu, Duration::zero()).count());
  account.had += nanoseconds * Share::defaultWeight / account.weight;
  if (waits) order_.insert(account);
}

// Nothing is owed by one that has had no more than the one served last.
void CallOrder::forgetIdle() noexcept {
  if (accounts_.size() < 2 * (holding_.size() + idleAccountsMax)) return;
  std::erase_if(accounts_, [this](const auto& entry) {
    return entry.second->places == 0 && entry.second->had <= served_;
  });
  // Those in debt go as well where they are too many, in no particular order.
  for (auto it = accounts_.begin();
       it != accounts_.end() && accounts_.size() > holding_.size() + idleAccountsMax;) {
    it = it->second->places == 0 ? accounts_.erase(it) : std::next(it);
  }
}

CallOrder::Entry* CallOrder::displacedBy(const Caller& newcomer) noexcept {
  if (holding_.empty()) return nullptr;
  Account& most = *holding_.rbegin();
  const auto found = accounts_.find(newcomer.payerId());
  const unsigned weight =
      newcomer.payer() != nullptr ? newcomer.payer()->weight() : Share::defaultWeight;
  const std::size_t places = found != accounts_.end() ? found->second->places : 0;
  // After the change the newcomer must not hold more than who made room for it.
  if ((places + 1) * holdingUnit / weight > most.holding(-1)) {
    if (places == 0 || newcomer.senderId() != newcomer.payerId()) return nullptr;
    Account& own = *found->second;
    return own.ownPlaces() + 1 < own.lent.size() ? &own.newestLent() : nullptr;
  }
  // One that nobody has heard of yet, if there is any: then it was certainly not executed. Those
  // whom it lends to are not to push out the lender.
  return most.ownPlaces() <= most.lent.size() ? &most.newestLent() : &most.newest();
}

std::size_t CallOrder::placesOf(std::uint64_t payer) const noexcept {
  const auto found = accounts_.find(payer);
  return found != accounts_.end() ? found->second->places : 0;
}

std::string CallOrder::describe() const {
  if (holding_.empty()) return "0 calls";
  const Account& most = *holding_.rbegin();
  if (most.places == places_) return fmt::format("{} calls, all of them by {}", places_, most.name);
  return fmt::format("{} calls, {} of them by {}", places_, most.places, most.name);
}

}  // namespace troop::proxy
