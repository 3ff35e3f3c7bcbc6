#include "sandbox/host.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "proxy/builder.h"
#include "proxy/membrane.h"
#include "runtime/budget.h"
#include "runtime/task.h"
#include "sandbox/testing/wat-guests.h"

namespace troop::sandbox {
namespace {

using namespace std::chrono_literals;
using namespace troop::literals;
using proxy::Answer;
using proxy::Call;
using proxy::Capability;
using proxy::Message;
using testing::answerEmpty;
using testing::echoBody;
using testing::TemporaryFolder;
using testing::wat;
using testing::WatGuest;

constexpr Duration patience = 60s;

Message numberMessage(std::uint64_t number) {
  proxy::MessageBuilder builder{1, 1};
  builder.root().setNumber<std::uint64_t>(0, number);
  return builder.finish({}).value();
}

std::uint64_t numberOf(const Message& message) { return message.root().number<std::uint64_t>(0); }

// A host with two carriers and a cache of its own.
class HostTest : public ::testing::Test {
 protected:
  Guest spawn(const WatGuest& guest, GuestOptions options = {}) {
    return host.spawn(image(guest), std::move(options));
  }
  Image image(const WatGuest& guest) { return host.compile(folder.write("guest.wat", wat(guest))); }

  static Ref<Answer> ask(const Capability& target, std::uint16_t method, Message params) {
    return target.call({0x1234, method}, std::move(params));
  }
  // The number that comes back, or throws.
  static std::uint64_t number(const Ref<Answer>& answer) {
    EXPECT_EQ(answer->wait(after(patience)), WaitResult::signalled);
    return numberOf(answer->result().value());
  }
  static Error error(const Ref<Answer>& answer) {
    EXPECT_EQ(answer->wait(after(patience)), WaitResult::signalled);
    if (answer->result().succeeded()) return Error(ErrorKind::failed, "it succeeded");
    return answer->result().error();
  }

  TemporaryFolder folder;
  Host host{{.carriers = 2, .cacheDirectory = folder.path() / "cache", .guestsMax = 100}};
};

TEST_F(HostTest, aGuestAnswersACall) {
  const Guest guest = spawn({.onCall = std::string(echoBody)}, {.name = "echo"});
  EXPECT_EQ(number(ask(guest.capability(), 0, numberMessage(42))), 42u);
  EXPECT_EQ(guest.verdict().text(), "served");
  EXPECT_EQ(guest.usage().callsServed, 1u);
  EXPECT_EQ(guest.capability().describe(), "echo#0");
}

TEST_F(HostTest, anEndlessLoopIsKilledAtItsCpuLimitWhileAnotherGuestAnswers) {
  const Guest loop = spawn({.onCall = "(loop $l (br $l))"}, {.name = "loop", .limits = {.cpu = 200ms}});
  const Guest echo = spawn({.onCall = std::string(echoBody)});
  const Ref<Answer> never = ask(loop.capability(), 0, Message::empty());
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(number(ask(echo.capability(), 0, numberMessage(i))), i);
  EXPECT_TRUE(loop.waitEnd(after(patience)));
  EXPECT_EQ(loop.verdict().text(), "killed: CPU time 200 ms reached");
  EXPECT_EQ(error(never).kind(), ErrorKind::disconnected);
  EXPECT_GE(loop.usage().cpu, Duration(200ms));
}

}  // namespace
}  // namespace troop::sandbox
