// A JavaScript guest without a Host: it runs on the calling thread, what it asks its host for is
// written down, and the test answers. For tests of what happens at the guest's boundary.
//
//   ScriptGuest guest(image, {.memoryKiB = 32 << 10});
//   guest.start({{"markdown", 7}});
//   guest.call(1, "hi");
//   EXPECT_EQ(guest.takeEvents(), (Events{"answer 1: hi!"}));
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "runtime/ref.h"
#include "sandbox/wasm/abi.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/image.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::js::testing {

// Messages here are structs of a text, a capability, and a list of capabilities (all but the
// first); see textInterface.
std::vector<std::byte> textMessage(std::string_view text, std::size_t capabilities = 0);

// JavaScript that defines the interface that these messages belong to, as a generator would: class
// Text with the method say({ text, peer, peers }), interface 0x7e47, method 0; peers are Texts.
// Results are the same, with `peer` pipelined.
extern const std::string_view textInterface;
inline constexpr std::uint64_t textInterfaceId = 0x7e47;

using Events = std::vector<std::string>;

class ScriptGuest final : private wasm::HostCalls {
 public:
  struct Options {
    std::uint32_t memoryKiB = 32 << 10;
    std::uint32_t limitKiB = 0;  // what the guest is told that it has; 0: memoryKiB
    std::uint32_t stackKiB = 192;
    std::uint64_t entropySeed = 0;  // 0: no randomness is granted
    bool hasClock = false;
    Duration timeMax = 60s;  // of one delivery; only a test that fails waits so long
  };

  ScriptGuest(wasm::Engine& engine, Ref<const wasm::Image> image, Options options);
  ScriptGuest(wasm::Engine& engine, Ref<const wasm::Image> image)
      : ScriptGuest(engine, std::move(image), Options{}) {}

  // Deliveries. Each runs until the guest has nothing more to do; nothing arrives once it is dead.
  void start(const std::vector<std::pair<std::string, std::uint32_t>>& grants = {});
  void call(std::uint32_t id, std::string_view text, const std::vector<std::uint32_t>& peers = {},
            std::uint32_t object = 0);
  void callMethod(std::uint32_t id, std::uint64_t interfaceId, std::uint16_t method,
                  std::span<const std::byte> message);
  void result(std::uint32_t question, std::string_view text,
              const std::vector<std::uint32_t>& peers = {});
  void malformedResult(std::uint32_t question, const std::vector<std::uint32_t>& handles);
  void error(std::uint32_t question, ErrorKind kind, ErrorDetail detail, std::string_view reason);
  void released(std::uint32_t object);
  void cancelled(std::uint32_t call);

  // What the guest did since the last time, in order: "log 1: text", "call 7: text [8]" (the
  // question is counted up from 1), "pipeline 1 at 0 = 100", "answer 1: text [100]", "fail 1
  // failed: reason", "serve 1 = 100", "release 7", "finish 1". Handles that the host makes are
  // counted up from 100.
  Events takeEvents() { return std::exchange(events_, {}); }
  // Those that begin so; the others are dropped.
  Events takeEvents(std::string_view prefix);

  // Why it died, or "alive".
  std::string fate() const;
  // How it died by its own account; none while it lives, or when the engine killed it.
  std::optional<troop_abort_kind> aborted() const noexcept { return aborted_; }

  std::size_t memoryBytes() { return store_.memoryBytes(); }

  // What the next requests of the guest get instead of room: refusals by the host.
  void refuseCalls(std::int32_t refusal) noexcept { callRefusal_ = refusal; }
  void refuseHandles(std::int32_t refusal) noexcept { handleRefusal_ = refusal; }
  void refuseAnswers(std::int32_t refusal) noexcept { answerRefusal_ = refusal; }

 private:
  Reply call(std::uint32_t capability, std::uint64_t interfaceId, std::uint16_t method,
             Bytes message, Handles handles) noexcept override;
  Reply pipeline(std::uint32_t question, Path path) noexcept override;
  Reply answer(std::uint32_t call, Bytes message, Handles handles) noexcept override;
  Reply fail(std::uint32_t call, ErrorKind kind, std::string_view reason) noexcept override;
  Reply serve(std::uint32_t object) noexcept override;
  Expected<void> release(std::uint32_t capability) noexcept override;
  Expected<void> finish(std::uint32_t question) noexcept override;
  void log(troop_log_level level, std::string_view text) noexcept override;
  std::int64_t clock(troop_clock_kind kind) noexcept override;
  std::int64_t entropy() noexcept override;
  Error abort(troop_abort_kind kind, std::string_view text) noexcept override;

  void deliver(troop_delivery header, const std::vector<std::uint32_t>& handles,
               std::span<const std::byte> body);
  Reply newHandle(const std::string& event);

  Ref<const wasm::Image> image_;
  Options options_;
  wasm::Store store_;
  Events events_;
  std::optional<troop_abort_kind> aborted_;
  std::int32_t nextQuestion_ = 1;
  std::int32_t nextHandle_ = 100;
  std::int32_t callRefusal_ = 0;
  std::int32_t handleRefusal_ = 0;
  std::int32_t answerRefusal_ = 0;
};

}  // namespace troop::sandbox::js::testing
