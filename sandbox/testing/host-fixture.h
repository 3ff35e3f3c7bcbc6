// A Host with two carriers, guests written in text, and calls that carry one number.
//
//   class Lifecycle : public HostTest {};
//   TEST_F(Lifecycle, ...) { EXPECT_EQ(number(ask(spawn({.onCall = echoBody}), 42)), 42u); }
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "proxy/answer.h"
#include "proxy/builder.h"
#include "proxy/call.h"
#include "proxy/capability.h"
#include "proxy/message.h"
#include "runtime/budget.h"
#include "sandbox/host.h"
#include "sandbox/testing/wat-guests.h"

namespace troop::sandbox::testing {

using namespace std::chrono_literals;
using namespace troop::literals;

// Longer than anything takes on the slowest machine; only a test that fails waits so long.
inline constexpr Duration patience = 60s;

inline proxy::Message numberMessage(std::uint64_t number,
                                    std::vector<proxy::Capability> capabilities = {}) {
  proxy::MessageBuilder builder{1, static_cast<unsigned>(capabilities.size())};
  builder.root().setNumber<std::uint64_t>(0, number);
  for (unsigned i = 0; i < capabilities.size(); ++i)
    builder.root().setCapability(i, capabilities[i]);
  return builder.finish({}).value();
}

// A message of at least this many bytes.
inline proxy::Message messageOf(std::size_t bytes) {
  proxy::MessageBuilder builder{1, 1};
  builder.root().setText(0, std::string(bytes, 'x'));
  return builder.finish({}, {.bytesMax = std::size_t{1} << 30}).value();
}

inline std::uint64_t numberOf(const proxy::Message& message) {
  return message.root().number<std::uint64_t>(0);
}

inline Ref<proxy::Answer> ask(const proxy::Capability& target, std::uint16_t method,
                              proxy::Message params) {
  return target.call({0x1234, method}, std::move(params));
}
inline Ref<proxy::Answer> ask(const Guest& guest, std::uint64_t number = 0) {
  return ask(guest.capability(), 0, numberMessage(number));
}

// The number that comes back; throws the error that comes instead.
inline std::uint64_t number(const Ref<proxy::Answer>& answer) {
  EXPECT_EQ(answer->wait(after(patience)), WaitResult::signalled);
  return numberOf(answer->result().value());
}

inline Error error(const Ref<proxy::Answer>& answer) {
  EXPECT_EQ(answer->wait(after(patience)), WaitResult::signalled);
  if (answer->result().succeeded()) return Error(ErrorKind::failed, "it succeeded");
  return answer->result().error();
}

// What an action throws; a test fails where it throws nothing.
template <typename Action>
std::string thrownBy(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.reason();
  }
  return "nothing was thrown";
}

// An object of the host that keeps the calls it gets, to be answered by the test.
class Collector final : public proxy::Endpoint {
 public:
  void call(proxy::Call call) noexcept override {
    {
      std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
    }
    arrived_.notify_one();
  }

  // The next call; waits for it.
  proxy::Call next() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, patience, [&] { return !calls_.empty(); })) {
      throw std::runtime_error("no call came");
    }
    proxy::Call call = std::move(calls_.front());
    calls_.pop_front();
    return call;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<proxy::Call> calls_;  // protected by mutex_
};

class HostTest : public ::testing::Test {
 protected:
  Image image(const WatGuest& guest) { return host.compile(folder.write("guest.wat", wat(guest))); }
  Guest spawn(const WatGuest& guest, GuestOptions options = {}) {
    return host.spawn(image(guest), std::move(options));
  }

  // Why a guest ends that is called once.
  std::string verdictAfterCall(const WatGuest& guest, GuestOptions options = {}) {
    const Guest victim = spawn(guest, std::move(options));
    const Error failure = error(ask(victim));
    EXPECT_EQ(failure.kind(), ErrorKind::disconnected) << failure.reason();
    EXPECT_TRUE(victim.waitEnd(after(patience)));
    return victim.verdict().text();
  }

  TemporaryFolder folder;
  Host host{{.carriers = 2, .cacheDirectory = folder.path() / "cache", .guestsMax = 50}};
};

}  // namespace troop::sandbox::testing
