// The Mailbox is where the rest of the world meets a guest: the calls that came to it, the
// questions it asked, the objects of its own that others hold, and what of all this the guest is to
// hear next.
//
// What it will hear stands in one queue, in the order in which it happened. The queue is made of
// the calls, questions and objects themselves, so that an answer, a release or a cancelled call
// never needs room.
//
// Ownership: its Instance. Threads: the first group any, the second only the carrier that runs the
// guest; no foreign code runs under the lock. Limits: Sizes; what is over them is refused with
// overloaded/quota.
//
//   Expected<std::uint32_t> id = mailbox.arrive(object, call);       // a caller's OS thread
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
#include "proxy/call.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/time.h"
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

  // Takes the call over, unless it fails.
  Expected<std::uint32_t> arrive(std::uint32_t object, proxy::Call& call);
  // Its caller gave the call up. An id by itself may be of another call by now, since ids are used
  // again and callers are not waited for: `answer` tells which call is meant.
  void withdraw(std::uint32_t call, const proxy::Answer& answer) noexcept;
  // The question has its answer, as above.
  void settled(std::uint32_t question, const proxy::Answer& answer) noexcept;
  // Nobody holds the object any more.
  void released(std::uint32_t object) noexcept;

  // From the carrier of the guest ----------------------------------------------------------------

  struct Arrival {
    std::uint32_t call;
    std::uint32_t object;
    proxy::MethodId method;
    proxy::Message params;
  };
  struct Withdrawal {
    std::uint32_t call;
  };
  struct Settlement {
    std::uint32_t question;
    Ref<proxy::Answer> answer;
  };
  struct Release {
    std::uint32_t object;
  };
  using News = std::variant<std::monostate, Arrival, Withdrawal, Settlement, Release>;

  // What the guest is to hear next; monostate if there is nothing.
  News next();

  // The call, to be answered; null if it was answered or withdrawn. It takes no room any more.
  std::optional<proxy::Call> takeCall(std::uint32_t call);
  bool isOpen(std::uint32_t call);

  // Takes calls whose time is up from the guest, to be answered; it will hear of it.
  std::vector<proxy::Call> expire(Time now);
  // When the next call expires; `never` if none will.
  Time nextExpiry();

  // A question; 0 if there is no room. `unsent` of those that were finished count as well.
  std::uint32_t ask(Ref<proxy::Answer> answer, std::size_t unsent);
  Ref<proxy::Answer> question(std::uint32_t question);
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
  struct Item;
  struct IncomingCall;
  // Items change between lists by splicing, which needs no room.
  using Items = std::list<Item*>;
  using Calls = std::list<IncomingCall*>;

  // What the guest can hear of.
  struct Item {
    enum class Kind : unsigned char { call, question, object };
    explicit Item(Kind k) : kind(k) {}
    const Kind kind;
    bool queued = false;
    std::uint32_t id = 0;
    Items::iterator place;  // in queue_ if queued, else in resting_
  };
  struct IncomingCall : Item {
    enum class State : unsigned char { waiting, delivered, withdrawn };
    IncomingCall(std::uint32_t o, proxy::Call c)
        : Item(Kind::call), object(o), call(std::move(c)) {}
    const std::uint32_t object;
    State state = State::waiting;
    Time expiry = never;
    std::optional<proxy::Call> call;  // none once withdrawn
    Calls::iterator openPlace;        // in open_, unless withdrawn
  };
  struct Question : Item {
    explicit Question(Ref<proxy::Answer> answer)
        : Item(Kind::question), interest(std::move(answer)) {}
    proxy::Interest interest;
  };
  struct Object : Item {
    explicit Object(std::uint32_t n) : Item(Kind::object), number(n) {}
    const std::uint32_t number;  // the guest's name of it
  };

  template <typename T>
  T& add(SlotTable<T>& table, std::unique_ptr<T> item);
  template <typename T>
  void remove(SlotTable<T>& table, T& item) noexcept;
  void enqueue(Item& item) noexcept;
  void dequeue(Item& item) noexcept;
  std::optional<proxy::Call> withdrawLocked(IncomingCall& call) noexcept;
  News newsOf(Item& item);
  Error full(const char* what, std::size_t limit) const;

  const std::string guestName_;
  const Sizes sizes_;

  std::mutex mutex_;  // protects all below
  SlotTable<IncomingCall> calls_;
  SlotTable<Question> questions_;
  SlotTable<Object> objects_;
  Items queue_;    // what the guest is to hear, in order
  Items resting_;  // everything else
  Calls open_;     // waiting or delivered, the oldest first
  std::optional<Error> closed_;
};

}  // namespace troop::sandbox::wasm
