// The interface that tests of the library speak, as capnpc-troop would write it: calls and results
// are a text, a peer, and some more peers.
//
//   Text text(troop::granted("peer"));
//   auto reply = co_await text.say("hi");
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/sdk/cpp/troop.h"

namespace troop::inline guest::testing {

struct Said;

class SayPromise : public Promise<Said> {
 public:
  using Promise::Promise;
  class Text peer() const;
};

class Text : public Proxy {
 public:
  static constexpr std::uint64_t interfaceId = 0x7e47;

  Text() = default;
  explicit Text(Capability capability) : Proxy(std::move(capability)) {}

  SayPromise say(std::string_view text, const Text& peer = {}) const;
};

struct Said {
  std::string text;
  Text peer;
  std::vector<Text> peers;

  static constexpr unsigned dataWords = 0;
  static constexpr unsigned pointers = 3;
  void readFrom(const StructReader& reader) {
    text = reader.text(0);
    peer = Text(reader.capability(1));
    peers = readCapabilities<Text>(reader.list(2));
  }
  void write(StructBuilder builder) const {
    builder.setText(0, text);
    builder.setCapability(1, peer.capability());
    if (!peers.empty()) writeCapabilities(builder, 2, peers);
  }
};

class TextTarget : public virtual Target {
 public:
  virtual Promise<Said> say(Said said) = 0;
  void dispatch(Call& call) override {
    if (call.method().interfaceId == Text::interfaceId && call.method().method == 0) {
      return call.serve(*this, &TextTarget::say);
    }
    call.unimplemented("Text");
  }
};

inline SayPromise Text::say(std::string_view text, const Text& peer) const {
  auto message = builderFor<Said>(text.size());
  message.root().setText(0, text);
  message.root().setCapability(1, peer.capability());
  return SayPromise(send({interfaceId, 0}, std::move(message)));
}

inline Text SayPromise::peer() const {
  return Text(pipeline({1}));
}

}  // namespace troop::inline guest::testing
