// A host for the library itself, compiled natively: what a plugin asks for is written down, and the
// test answers. One in a program at a time.
//
//   FakeHost host;
//   host.call(1, "hi");
//   EXPECT_EQ(host.takeEvents(), (Events{"answer 1: hi!"}));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/sdk/cpp/imports.h"
#include "sandbox/sdk/cpp/testing/text.h"

namespace troop::inline guest::testing {

using Events = std::vector<std::string>;
using Handles = std::vector<std::uint32_t>;

class FakeHost {
 public:
  FakeHost();
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // Deliveries. Each runs until the plugin has nothing more to do.
  void start(const std::vector<std::pair<std::string, std::uint32_t>>& grants = {});
  void call(std::uint32_t id, std::string_view text, const Handles& peers = {},
            std::uint32_t object = 0, std::uint16_t method = 0);
  void malformedCall(std::uint32_t id);
  void result(std::uint32_t question, std::string_view text, const Handles& peers = {});
  void malformedResult(std::uint32_t question, const Handles& handles);
  void error(std::uint32_t question, std::uint32_t kind, std::string_view reason);
  void released(std::uint32_t object);
  void cancelled(std::uint32_t call);

  // What the plugin did since the last time, in order: "log 1: text", "call 7: text [8]" (the
  // question is counted up from 1), "pipeline 1 at 1 = 100", "answer 1: text [100]", "fail 1 kind
  // 0: reason", "serve 1 = 100", "release 7", "finish 1". Handles that the host makes are counted
  // up from 100.
  Events takeEvents() { return std::exchange(events, {}); }

  void deliver(troop_delivery header, const Handles& handles, std::string_view body);

  Events events;
  std::int32_t nextQuestion = 1;
  std::int32_t nextHandle = 100;
  std::int32_t callRefusal = 0;  // what the next requests get instead of room
  std::int32_t handleRefusal = 0;
  std::int32_t answerRefusal = 0;
};

}  // namespace troop::inline guest::testing
