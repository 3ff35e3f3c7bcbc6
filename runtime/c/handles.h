// What the pointers of the C API point to, and who pays for it.
//
// Ownership: the caller's, as runtime/c/troop-c.h says. Threads: as there. Fails: madeBy() throws
// what making it throws, and what Troop::thread() does.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "runtime/blocking/pin.h"
#include "runtime/budget.h"
#include "runtime/c/troop-c.h"
#include "runtime/channel.h"
#include "runtime/heap/charge-caller.h"
#include "runtime/process.h"
#include "runtime/sendable.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace c {

// A handle is charged to the Troop of the Task that makes it.
template <typename T>
struct Handle {
  explicit Handle(T its) : held(std::move(its)) {}

  T held;
  const Charge charge = chargeCaller(sizeof(Handle));
};

// A pointer on its way to a receiver. Once it is in a queue it is dropped where nobody receives it;
// one that send() was given and could not queue stays with its sender.
class Item {
 public:
  using Drop = void (*)(void* value);

  Item(void* value, Drop drop) noexcept : value_(value), dropLater_(drop) {}
  Item(Item&& other) noexcept
      : value_(other.value_),
        dropLater_(std::exchange(other.dropLater_, nullptr)),
        drop_(std::exchange(other.drop_, nullptr)) {
    if (dropLater_ != nullptr) drop_ = std::exchange(dropLater_, nullptr);
  }
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;
  ~Item() {
    if (drop_ != nullptr) drop_(value_);
  }

  void* received() noexcept {
    drop_ = nullptr;
    return value_;
  }

 private:
  void* const value_;
  Drop dropLater_;  // from the next move on, which is that into a queue
  Drop drop_ = nullptr;
};

// A channel for one permit.
struct Permit {
  Sender<char> give;
  Receiver<char> take;
};

struct ItemSender {
  Sender<Item> sender;
  Item::Drop drop;
};

// What make() returns, made at the expense of `payer`.
template <typename Make>
auto madeBy(const Ref<Troop>& payer, Make make) {
  using Made = decltype(make());
  if (Troop::current() == payer.get()) return make();
  const auto made = std::make_shared<std::optional<Made>>();
  payer->thread({}, assumeSendable([made, make] { made->emplace(make()); }))->join().value();
  return std::move(**made);
}

}  // namespace c
}  // namespace troop

struct TroopProcess {
  troop::Process process;
};
struct Troop : troop::c::Handle<troop::Ref<troop::Troop>> {
  using Handle::Handle;
};
struct TroopThread : troop::c::Handle<troop::Ref<troop::Thread>> {
  using Handle::Handle;
};
struct TroopParker : troop::c::Handle<troop::c::Permit> {
  using Handle::Handle;
};
struct TroopSender : troop::c::Handle<troop::c::ItemSender> {
  using Handle::Handle;
};
struct TroopReceiver : troop::c::Handle<troop::Receiver<troop::c::Item>> {
  using Handle::Handle;
};
struct TroopPin {
  const troop::Pin pin;
};
