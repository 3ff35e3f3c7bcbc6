// The Mailbox is where the rest of the world meets a guest: the calls that came to it, the
// questions it asked, the objects of its own that others hold, and what of all this the guest is to
// hear next.
//
// What it will hear stands in one order that is fair between those who pay (proxy/call-order.h):
// what one sender sent is heard as it was sent; answers and releases wait for nothing else. It is
// made of the calls, questions and objects themselves, so that an answer, a release or a cancelled
// call never needs room.
//
// Ownership: its Instance. Threads: the first group any, the second only the carrier that runs the
// guest; no foreign code runs under the lock. Limits: Sizes; what is over them is refused with
// overloaded/quota. Calls that are over them displace those of who holds most, so nobody is refused
// below its share.
//
//   Expected<Mailbox::Accepted> accepted = mailbox.arrive(object, call);   // a caller's OS thread
//   Mailbox::News news = mailbox.next();                             // the guest's carrier
//   if (std::optional<proxy::Call> call = mailbox.takeCall(id)) call->settle(std::move(result));
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proxy/answer.h"
#include "proxy/call-order.h"
#include "proxy/call.h"
#include "runtime/error.h"
#include "runtime/loan.h"
#include "runtime/ref.h"
#include "runtime/time.h"
#include "runtime/troop.h"
#include "sandbox/wasm/instance/slot-table.h"

namespace troop::sandbox::wasm {

class Mailbox {
 public:
  struct Sizes {
    std::size_t calls;      // that came and are not answered
    std::size_t questions;  // that are not finished with
    std::size_t objects;    // that others hold
    Duration wallPerCall;
  };

  Mailbox(std::string guestName, Sizes sizes);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // From any OS thread ---------------------------------------------------------------------------

  // What is called: the guest's name of it, and what offer() gave (0: the main object).
  struct Callee {
    std::uint32_t object = 0;
    std::uint32_t offered = 0;
  };
  struct Accepted {
    std::uint32_t call;
    bool isNext;  // the guest will hear it before all else
    // Who had to make room for it, to be answered with the error.
    std::optional<proxy::Call> displaced;
    std::optional<Error> error;
  };

  // Takes the call over, unless it fails.
  Expected<Accepted> arrive(Callee callee, proxy::Call& call);
  // Its caller gave the call up. An id by itself may be of another call by now, since ids are used
  // again and callers are not waited for: `answer` tells which call is meant.
  void withdraw(std::uint32_t call, const proxy::Answer& answer) noexcept;
  // The question has its answer, as above, by what `sender` did, 0 for nobody in particular: heard
  // after what that one sent before.
  void settled(std::uint32_t question, const proxy::Answer& answer,
               std::uint64_t sender = 0) noexcept;
  // Nobody holds the object any more; heard after the last call on it.
  void released(std::uint32_t object, std::uint64_t sender = 0) noexcept;

  // Who pays for what the guest will do next, null: itself; none if there is nothing to hear.
  std::optional<Ref<Loan>> nextLoan() noexcept;
  // At whose place the guest, which is `own`, goes on with what `payer` pays for: of all who wait
  // here, and `payer`, that of who has had least. Who wants the guest sooner helps it on.
  Ref<Share> placeOf(Ref<Share> payer, Share& own) noexcept;

  // From the carrier of the guest ----------------------------------------------------------------

  // What the guest does something for: a call to it, and who pays. What it asks meanwhile is asked
  // for the same, and so is what it does with the answer.
  struct Cause {
    std::uint32_t call = 0;                      // 0: the guest's own initiative
    std::uint64_t arrival = 0;                   // which one it is, since ids are used again
    std::optional<proxy::CallOrder::Turn> turn;  // who has less of the guest afterwards
    Ref<Loan> loan;
  };
  struct Arrival {
    std::uint32_t call;
    std::uint32_t object;
    proxy::MethodId method;
    proxy::Message params;
    Cause cause;
  };
  struct Withdrawal {
    std::uint32_t call;
    Cause cause;  // on the Loan of the call
  };
  struct Settlement {
    std::uint32_t question;
    Ref<proxy::Answer> answer;
    Cause cause;
  };
  struct Release {
    std::uint32_t object;
    Cause cause;
  };
  using News = std::variant<std::monostate, Arrival, Withdrawal, Settlement, Release>;

  // What the guest is to hear next; monostate if there is nothing.
  News next();

  // The call, to be answered; null if it was answered or withdrawn. It takes no room any more.
  std::optional<proxy::Call> takeCall(std::uint32_t call);
  bool isOpen(std::uint32_t call);
  // Takes the call from the guest, to be answered; it will hear of it.
  std::optional<proxy::Call> takeBack(const Cause& cause);
  // What the guest did for this took so long.
  void charge(const Cause& cause, Duration cpu) noexcept;
  // On which Loan it goes on with this: none once the call was answered, or the guest has heard
  // that it was withdrawn; that of who sent it where another one lent for a call that is over.
  Ref<Loan> lentFor(const Cause& cause);

  // Takes calls whose time is up from the guest, to be answered; it will hear of it.
  std::vector<proxy::Call> expire(Time now);
  // When the next call expires; `never` if none will.
  Time nextExpiry();

  // A question; 0 if there is no room. `unsent` of those that were finished count as well.
  std::uint32_t ask(Ref<proxy::Answer> answer, std::size_t unsent, Cause cause);
  Ref<proxy::Answer> question(std::uint32_t question) const;
  // How many it has not finished with.
  std::size_t questions() const noexcept { return questions_.size(); }
  // Gives the question up; dropping what it returns may cancel it. Null if there is none.
  std::optional<proxy::Interest> finish(std::uint32_t question);

  // An object that others may hold from now on; 0 if there is no room.
  std::uint32_t offer(std::uint32_t object);

  // Everything that is left when the guest ends; from now on every arrival is refused with `cause`.
  struct Remains {
    std::vector<proxy::Call> waiting;    // the guest never heard of them
    std::vector<proxy::Call> delivered;  // it may have acted on them
    std::vector<proxy::Interest> questions;
  };
  Remains close(Error cause);

 private:
  // What the guest can hear of.
  struct Item : proxy::CallOrder::Entry {
    enum class Kind : unsigned char { call, question, object };
    explicit Item(Kind k) : kind(k) {}
    const Kind kind;
    std::uint32_t id = 0;
  };
  struct IncomingCall : Item {
    IncomingCall(Callee c, proxy::Call incoming)
        : Item(Kind::call), callee(c), call(std::move(incoming)) {}
    Cause cause() const;
    const Callee callee;
    Time expiry = never;
    std::uint64_t arrival = 0;
    proxy::CallOrder::Turn turn;                   // once the guest has heard of it
    Ref<Loan> lent;                                // once withdrawn
    std::optional<proxy::Call> call;               // none once withdrawn
    std::list<IncomingCall*>::iterator openPlace;  // in open_, unless withdrawn
  };
  struct Question : Item {
    Question(Ref<proxy::Answer> answer, Cause c)
        : Item(Kind::question), interest(std::move(answer)), cause(std::move(c)) {}
    proxy::Interest interest;
    const Cause cause;
  };
  struct Object : Item {
    explicit Object(std::uint32_t n) : Item(Kind::object), number(n) {}
    const std::uint32_t number;    // the guest's name of it
    std::size_t callsWaiting = 0;  // on it
    bool released = false;
    std::uint64_t releasedBy = 0;
  };

  template <typename T>
  T& add(SlotTable<T>& table, std::unique_ptr<T> item);
  template <typename T>
  void remove(SlotTable<T>& table, T& item) noexcept;
  Expected<void> makeRoom(const proxy::Caller& newcomer, Accepted& accepted);
  // The guest has heard of the call, or never will.
  void noLongerWaits(const IncomingCall& call) noexcept;
  std::optional<proxy::Call> withdrawLocked(IncomingCall& call) noexcept;
  News newsOf(Item& item);
  Error full(Executed executed) const;

  const std::string guestName_;
  const Sizes sizes_;

  std::mutex mutex_;  // protects all below
  SlotTable<IncomingCall> calls_;
  SlotTable<Question> questions_;  // only the carrier changes it, so it reads without the lock
  SlotTable<Object> objects_;
  proxy::CallOrder order_;         // what the guest is to hear, and the calls it has heard
  std::list<IncomingCall*> open_;  // waiting or delivered, the oldest first
  std::uint64_t arrivals_ = 0;
  std::optional<Error> closed_;
};

}  // namespace troop::sandbox::wasm
