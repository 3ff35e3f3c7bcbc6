// The Outbox keeps what a guest did to others until its turn is over: calls, answers, dropped
// capabilities. So no foreign code ever runs on a guest's stack or under its feet, and all of it
// takes effect in the order in which the guest did it.
//
// Ownership: its Instance. Threads: the carrier that runs the guest. Limits: what the guest is
// bound by, its turn above all. Misuse: flushing inside a host function.
//
//   outbox.add(Outbox::Send{target, std::move(call)});
//   outbox.flush();                                    // after poll()
#pragma once

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

#include "proxy/answer.h"
#include "proxy/call.h"
#include "proxy/capability.h"
#include "proxy/message.h"
#include "runtime/error.h"

namespace troop::sandbox::wasm {

class Outbox {
 public:
  struct Send {
    proxy::Capability target;
    proxy::Call call;
  };
  struct Settle {
    proxy::Call call;
    Expected<proxy::Message> result;
  };
  struct Finish {
    proxy::Interest question;
  };
  struct Drop {
    proxy::Capability capability;
  };
  using Effect = std::variant<Send, Settle, Finish, Drop>;

  void add(Effect effect) {
    if (std::holds_alternative<Finish>(effect)) ++finished_;
    effects_.push_back(std::move(effect));
  }

  // Questions that the guest has finished with but whose calls may still be in here.
  std::size_t finished() const noexcept { return finished_; }

  void flush() {
    finished_ = 0;
    // What takes effect may wake the guest, but nothing is added before its next turn.
    std::vector<Effect> effects = std::exchange(effects_, {});
    for (Effect& effect : effects) {
      if (auto* send = std::get_if<Send>(&effect)) {
        send->target.deliver(std::move(send->call));
      } else if (auto* settle = std::get_if<Settle>(&effect)) {
        settle->call.settle(std::move(settle->result));
      }
      [[maybe_unused]] const Effect done = std::move(effect);  // dropped here, in order
    }
    // Its room is used again, but for what a flood took, which nobody is charged for.
    if (effects.capacity() > effectsKept) return;
    effects.clear();
    if (effects_.empty()) effects_ = std::move(effects);
  }

 private:
  static constexpr std::size_t effectsKept = 64;

  std::vector<Effect> effects_;
  std::size_t finished_ = 0;
};

}  // namespace troop::sandbox::wasm
