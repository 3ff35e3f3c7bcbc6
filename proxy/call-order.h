// The CallOrder is a bounded queue of calls that is fair between those who pay for them.
//
//   senders    what one troop sends arrives in the order in which it was sent, whoever pays for it
//   payers     of those whose calls wait, the one who has had least is served next: CPU time that
//              serving it took, divided by its weight. Who comes after idling starts at no less
//              than the one that is being served (start-time fair queueing), so idling saves
//              nothing up and a debt is not forgotten
//   inheriting where the call of the payer whose turn it is stands behind others of the same
//              sender, those go first: they are what it waits for, and use up its turn as well as
//              that of who pays for them
//   places     waiting calls and those under way hold one each. When all are taken, a newcomer
//              whose payer holds fewer, by weight, than the one who holds most takes the newest of
//              that one: longest queue drop, so nobody is refused below its share. Who pays for
//              calls that others make keeps half of its places for its own
//   notes      what is heard without being served (an answer, a release) waits for what its sender
//              sent before, and for nothing else
//
// Ownership: entries belong to the user, and stay where they are while they are in the order.
// Threads: the user's lock protects it. Limits: as the user says; each step is logarithmic in
// payers and senders, whatever the number of calls. Misuse: destroying an entry that is in it.
//
//   struct Waiting : CallOrder::Entry {...};
//   order.add(waiting, call.caller);
//   if (CallOrder::Entry* entry = order.next()) serve(*entry);   // under way now
//   order.charge(order.turnOf(*entry), cpu); order.remove(*entry);
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "proxy/caller.h"
#include "runtime/time.h"

namespace troop::proxy {

class CallOrder {
  struct Account;
  struct Lane;
  template <typename Tag>
  using ListHook = boost::intrusive::list_base_hook<boost::intrusive::tag<Tag>>;

 public:
  class Entry : public ListHook<struct LaneTag>,
                public ListHook<struct AccountTag>,
                public ListHook<struct LentTag> {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    bool isIn() const noexcept { return state_ != State::out; }
    bool isUnderWay() const noexcept { return state_ == State::underWay; }

   private:
    friend class CallOrder;
    enum class State : unsigned char { out, waiting, underWay, note };
    State state_ = State::out;
    Account* account_ = nullptr;  // of a call
    Lane* lane_ = nullptr;        // while it waits there
    std::uint64_t carriedBy_ = 0;
  };

  // Who has less of what follows for a call that was served: its payer, and the one whose turn
  // carried it along, which is the same where it came by itself.
  struct Turn {
    std::uint64_t payer = 0;
    std::uint64_t carriedBy = 0;
  };

  // What being served costs at least: where nothing is measured, payers are served by number.
  static constexpr Duration costMin = 1us;

  CallOrder();
  ~CallOrder();
  CallOrder(const CallOrder&) = delete;
  CallOrder& operator=(const CallOrder&) = delete;

  // A call, which waits from now on and holds a place.
  void add(Entry& call, const Caller& caller);
  // Something to be heard after all that waits of this sender. Never fails, never allocates.
  void note(Entry& note, std::uint64_t sender) noexcept;

  // Something to be heard next.
  void noteNow(Entry& note) noexcept;

  // What comes next, or null: a call is under way from now on, a note has left.
  Entry* next() noexcept;
  // The same without taking it; it changes with whatever comes and goes.
  const Entry* peek() const noexcept;

  // Of each payer that waits its oldest call, up to so many, in the order of their turns.
  template <typename Visit>
  void forEachPayer(std::size_t payersMax, Visit visit) const {
    for (auto account = order_.begin(); account != order_.end() && payersMax != 0; ++account) {
      visit(account->waiting.front());
      --payersMax;
    }
  }

  // An entry leaves, wherever it is; the place of a call is free.
  void remove(Entry& entry) noexcept;

  // Of a call that is under way.
  static Turn turnOf(const Entry& call) noexcept;
  // What was done in this turn took so long.
  void charge(const Turn& turn, Duration cpu) noexcept;

  // Where all places are taken: whose place the newcomer may have, null if it is to be refused.
  Entry* displacedBy(const Caller& newcomer) noexcept;

  // How many calls hold a place.
  std::size_t places() const noexcept { return places_; }
  std::size_t placesOf(std::uint64_t payer) const noexcept;
  // Who holds most of them: "64 calls, 58 of them by 'flooder'".
  std::string describe() const;

 private:
  using Order = boost::intrusive::set_base_hook<boost::intrusive::tag<struct OrderTag>>;
  using Holding = boost::intrusive::set_base_hook<boost::intrusive::tag<struct HoldingTag>>;
  template <typename Tag>
  using Entries = boost::intrusive::list<Entry, boost::intrusive::base_hook<ListHook<Tag>>>;

  // Of one payer: what it has had, and what it holds.
  struct Account : Order, Holding {
    explicit Account(const Caller& caller);

    // Places by weight, after `more` of them.
    std::uint64_t holding(std::ptrdiff_t more = 0) const noexcept;
    // Places that it takes itself.
    std::size_t ownPlaces() const noexcept { return places - lent.size(); }
    // Who makes room first: the newest that waits, else the newest under way.
    Entry& newest() noexcept { return waiting.empty() ? underWay.back() : waiting.back(); }
    Entry& newestLent() noexcept;

    const std::uint64_t id;
    const unsigned weight;
    std::string name;
    std::uint64_t had = 0;  // virtual time
    std::size_t places = 0;
    Entries<AccountTag> waiting;   // the oldest first
    Entries<AccountTag> underWay;  // the oldest first
    // Those of both that others have sent: who was served last, and before; then those that wait,
    // the oldest first.
    Entries<LentTag> lent;
  };
  // Of one sender: what it sent and nobody has heard yet.
  struct Lane {
    explicit Lane(std::uint64_t sender) : id(sender) {}
    const std::uint64_t id;
    Entries<LaneTag> entries;
  };
  // Those who have had least first, or who hold least; all but equal ones in no particular order.
  struct ByHad {
    bool operator()(const Account& a, const Account& b) const noexcept { return a.had < b.had; }
  };
  struct ByHolding {
    bool operator()(const Account& a, const Account& b) const noexcept {
      return a.holding() < b.holding();
    }
  };

  Account& accountOf(const Caller& caller);
  void leaveLane(Entry& entry) noexcept;
  // Whether others have sent it than who pays for it.
  static bool isLent(const Entry& entry) noexcept;
  void changePlaces(Account& account, std::ptrdiff_t by) noexcept;
  void advance(Account& account, Duration cpu) noexcept;
  void forgetIdle() noexcept;

  std::unordered_map<std::uint64_t, std::unique_ptr<Account>> accounts_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Lane>> lanes_;  // those that are not empty
  boost::intrusive::multiset<Account, boost::intrusive::base_hook<Order>,
                             boost::intrusive::compare<ByHad>>
      order_;  // those with calls that wait
  boost::intrusive::multiset<Account, boost::intrusive::base_hook<Holding>,
                             boost::intrusive::compare<ByHolding>>
      holding_;           // those with places
  Entries<LaneTag> due_;  // notes that nothing stands before
  std::size_t places_ = 0;
  std::uint64_t served_ = 0;  // what the payer served last had had before
};

}  // namespace troop::proxy
