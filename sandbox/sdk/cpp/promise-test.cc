// How a plugin talks to its host: promises, coroutines, calls in both directions. The library is
// compiled natively; a FakeHost answers.
#include "sandbox/sdk/cpp/promise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "sandbox/sdk/cpp/testing/fake-host.h"
#include "sandbox/sdk/cpp/testing/text.h"

namespace troop::inline guest::testing {
namespace {

using Method = std::function<Promise<Said>(Said)>;

// The main object does what the test at hand says.
Method method;

struct MainTarget final : TextTarget {
  Promise<Said> say(Said said) override { return method(std::move(said)); }
};

struct Alive {  // counts its living copies
  static inline int count = 0;
  Alive() { ++count; }
  Alive(const Alive&) { ++count; }
  ~Alive() { --count; }
};

Text peer() {
  return Text(findGrant("peer"));
}

class Promises : public ::testing::Test {
 protected:
  Promises() {
    static const bool started = [this] {
      host.start({{"peer", 7}});
      return true;
    }();
    EXPECT_TRUE(started);
  }
  ~Promises() override {
    method = nullptr;
    EXPECT_EQ(Alive::count, 0);
  }

  FakeHost host;
};

TEST_F(Promises, aResultThatIsThereIsAnsweredAtOnce) {
  method = [](Said said) { return Said{.text = said.text + "!"}; };
  host.call(1, "hi");
  EXPECT_EQ(host.takeEvents(), Events{"answer 1: hi!"});
}

TEST_F(Promises, anErrorFailsTheCall) {
  method = [](Said) { return Error(ErrorKind::overloaded, "too much"); };
  host.call(1, "hi");
  EXPECT_EQ(host.takeEvents(), Events{"fail 1 kind 1: too much"});
}

Promise<Said> forwarding(Said said) {
  const Alive alive;
  const Said reply = co_await peer().say(said.text);
  co_return {.text = "<" + reply.text + ">"};
}

TEST_F(Promises, aCoroutineAnswersWhenWhatItWaitsForIsThere) {
  method = forwarding;
  host.call(1, "one");
  host.call(2, "two");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: one", "call 7: two"}));
  EXPECT_EQ(Alive::count, 2);
  host.result(2, "second");
  EXPECT_EQ(host.takeEvents(), (Events{"finish 2", "answer 2: <second>"}));
  host.result(1, "first");
  EXPECT_EQ(host.takeEvents(), (Events{"finish 1", "answer 1: <first>"}));
}

TEST_F(Promises, aFailureOfWhatACoroutineWaitsForEndsIt) {
  method = forwarding;
  host.call(1, "one");
  (void)host.takeEvents();
  host.error(1, troop_disconnected, "gone");
  EXPECT_EQ(host.takeEvents(), (Events{"finish 1", "fail 1 kind 2: gone"}));
  EXPECT_EQ(Alive::count, 0);
}

Promise<std::string> inner(std::string text) {
  const Alive alive;
  co_return (co_await peer().say(text)).text + "'";
}

Promise<Said> nested(Said said) {
  const Alive alive;
  co_return Said{.text = co_await inner(said.text)};
}

TEST_F(Promises, coroutinesWaitForCoroutines) {
  method = nested;
  host.call(1, "deep");
  host.result(1, "deep");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: deep", "finish 1", "answer 1: deep'"}));
}

TEST_F(Promises, aFailurePassesThroughAllThatWaitForIt) {
  method = nested;
  host.call(1, "deep");
  host.error(1, troop_failed, "no");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: deep", "finish 1", "fail 1 kind 0: no"}));
}

TEST_F(Promises, aCallerWhoGivesUpEndsAllThatWasDoneForHim) {
  method = nested;
  host.call(1, "deep");
  EXPECT_EQ(Alive::count, 2);
  host.cancelled(1);
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: deep", "finish 1"}));
  EXPECT_EQ(Alive::count, 0);
  host.result(1, "late");  // no longer known
  EXPECT_EQ(host.takeEvents(), Events{});
}

TEST_F(Promises, expectedGivesTheErrorToTheCoroutine) {
  method = [](Said said) -> Promise<Said> {
    const Expected<Said> reply = co_await peer().say(said.text).expected();
    if (reply.failed()) co_return Error("instead of " + reply.error().reason());
    co_return *reply;
  };
  host.call(1, "a");
  host.error(1, troop_failed, "this");
  host.call(2, "b");
  host.result(2, "that");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: a", "finish 1", "fail 1 kind 0: instead of this",
                                       "call 7: b", "finish 2", "answer 2: that"}));
}

TEST_F(Promises, anExpectedIsAwaitedLikeAPromise) {
  method = [](Said said) -> Promise<Said> {
    const Alive alive;
    const auto checked = [](const std::string& text) -> Expected<std::string> {
      if (text.empty()) return Error("nothing was said");
      return text;
    };
    co_return {.text = co_await checked(said.text)};
  };
  host.call(1, "x");
  host.call(2, "");
  EXPECT_EQ(host.takeEvents(), (Events{"answer 1: x", "fail 2 kind 0: nothing was said"}));
}

TEST_F(Promises, callsRunBesideEachOther) {
  method = [](Said) -> Promise<Said> {
    const auto one = peer().say("one");
    const auto two = peer().say("two");
    co_return {.text = (co_await one).text + (co_await two).text + (co_await one).text};
  };
  host.call(1, "");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: one", "call 7: two"}));
  host.result(2, "2");
  host.result(1, "1");
  EXPECT_EQ(host.takeEvents(), (Events{"finish 2", "finish 1", "answer 1: 121"}));
}

TEST_F(Promises, calledBeforeItIsThere) {
  method = [](Said) -> Promise<Said> {
    const Text later = peer().say("make").peer();
    co_return co_await later.say("use");
  };
  host.call(1, "");
  // The first call is given up only as far as its result goes: the host keeps it for the second.
  EXPECT_EQ(host.takeEvents(),
            (Events{"call 7: make", "pipeline 1 at 1 = 100", "finish 1", "call 100: use"}));
  host.result(2, "done");
  EXPECT_EQ(host.takeEvents(), (Events{"finish 2", "release 100", "answer 1: done"}));
}

TEST_F(Promises, capabilitiesOfAResultThatHasArrivedAreItsOwn) {
  method = [](Said) -> Promise<Said> {
    const SayPromise made = peer().say("make");
    co_await made;
    co_return co_await made.peer().say("use");
  };
  host.call(1, "");
  host.result(1, "made", {55});
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: make", "finish 1", "call 55: use"}));
  host.result(2, "done");
  EXPECT_EQ(host.takeEvents(), (Events{"finish 2", "release 55", "answer 1: done"}));
}

TEST_F(Promises, aPromiseThatFailedGivesBrokenCapabilities) {
  method = [](Said) -> Promise<Said> {
    const SayPromise made = peer().say("make");
    (void)co_await made.expected();
    co_return co_await made.peer().say("use");
  };
  host.call(1, "");
  host.error(1, troop_failed, "could not");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: make", "finish 1", "fail 1 kind 0: could not"}));
}

TEST_F(Promises, callsAreRefusedWithoutRoom) {
  host.callRefusal = troop_refused_overloaded;
  method = forwarding;
  host.call(1, "x");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: x", "fail 1 kind 1: no room for another call"}));
}

TEST_F(Promises, callsOnNothingFail) {
  method = [](Said) -> Promise<Said> { co_return co_await Text().say("x"); };
  host.call(1, "");
  EXPECT_EQ(host.takeEvents(), Events{"fail 1 kind 0: the capability is null"});
}

TEST_F(Promises, malformedMessagesFailOneCall) {
  method = forwarding;
  host.malformedCall(1);
  EXPECT_EQ(host.takeEvents(),
            Events{"fail 1 kind 0: malformed parameters: it has too many segments"});
  host.call(2, "x");
  host.malformedResult(1, {90, 91});
  EXPECT_EQ(host.takeEvents(),
            (Events{"call 7: x", "finish 1", "release 90", "release 91",
                    "fail 2 kind 0: malformed result: it has too many segments"}));
}

TEST_F(Promises, capabilitiesAreReleasedWithTheLastCopy) {
  static std::vector<Text> kept;
  method = [](Said said) {
    kept.push_back(said.peer);
    return Said{};
  };
  host.call(1, "", {60, 61, 62});
  EXPECT_EQ(host.takeEvents(), (Events{"answer 1: ", "release 61", "release 62"}));
  kept.push_back(kept.front());
  kept.erase(kept.begin());
  EXPECT_EQ(host.takeEvents(), Events{});
  kept.clear();
  EXPECT_EQ(host.takeEvents(), Events{"release 60"});
}

struct Echo final : TextTarget {
  explicit Echo(std::string prefix) : prefix(std::move(prefix)) {}
  Promise<Said> say(Said said) override {
    const Said reply = co_await peer().say(said.text);
    co_return {.text = prefix + reply.text};
  }
  std::string prefix;
  Alive alive;
};

TEST_F(Promises, objectsAreServedWhileSomebodyHoldsThem) {
  method = [](Said) { return Said{.peer = Text(serve(std::make_shared<Echo>("echo ")))}; };
  host.call(1, "");
  EXPECT_EQ(host.takeEvents(), (Events{"serve 1 = 100", "answer 1:  [100]", "release 100"}));
  EXPECT_EQ(Alive::count, 1);
  host.call(2, "hi", {}, 1);
  host.released(1);
  EXPECT_EQ(Alive::count, 1);  // its call is still under way
  host.call(3, "late", {}, 1);
  host.result(1, "ho");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: hi", "fail 3 kind 2: the object is gone",
                                       "finish 1", "answer 2: echo ho"}));
  EXPECT_EQ(Alive::count, 0);
}

TEST_F(Promises, anObjectKeepsItsNumberAndIsReleasedAsOftenAsServed) {
  static std::shared_ptr<Echo> echo;
  echo = std::make_shared<Echo>("");
  const Capability one = serve(echo), two = serve(echo);
  const Events events = host.takeEvents();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].substr(0, 8), events[1].substr(0, 8));
  const auto number = static_cast<std::uint32_t>(std::stoi(events[0].substr(6)));
  std::weak_ptr<Echo> observed = echo;
  echo.reset();
  host.released(number);
  EXPECT_FALSE(observed.expired());
  host.released(number);
  EXPECT_TRUE(observed.expired());
  host.released(number);  // harmless
}

TEST_F(Promises, objectsWithoutRoomAreBroken) {
  method = [](Said) { return Said{.peer = Text(serve(std::make_shared<Echo>("")))}; };
  host.handleRefusal = troop_refused_overloaded;
  host.call(1, "");
  EXPECT_EQ(host.takeEvents(), Events{"fail 1 kind 1: no room for another capability"});
}

TEST_F(Promises, answersThatAreRefusedBecomeFailures) {
  method = [](Said) { return Said{.text = "x"}; };
  host.answerRefusal = troop_refused_too_large;
  host.call(1, "");
  host.answerRefusal = troop_refused_unknown;
  host.call(2, "");
  EXPECT_EQ(host.takeEvents(),
            (Events{"answer 1: x", "fail 1 kind 0: the result is larger than a message may be",
                    "answer 2: x"}));
}

TEST_F(Promises, unknownMethodsAndObjectsAreRefused) {
  method = forwarding;
  host.call(1, "", {}, 0, 9);
  host.call(2, "", {}, 4711);
  EXPECT_EQ(host.takeEvents(),
            (Events{"fail 1 kind 3: Text has no method 9 of the interface asked for",
                    "fail 2 kind 2: the object is gone"}));
}

Promise<> logging() {
  const Said reply = co_await peer().say("later");
  log(LogLevel::warning, reply.text);
}

TEST_F(Promises, whatIsDetachedGoesOnAndLogsItsFailure) {
  method = [](Said) {
    detach(logging());
    detach(logging());
    return Said{};
  };
  host.call(1, "");
  host.result(1, "fine");
  host.error(2, troop_failed, "not fine");
  EXPECT_EQ(host.takeEvents(),
            (Events{"call 7: later", "call 7: later", "answer 1: ", "finish 1", "log 2: fine",
                    "finish 2", "log 3: an error that nobody waited for: not fine"}));
}

TEST_F(Promises, whatNobodyWaitsForIsGivenUp) {
  method = [](Said) {
    (void)logging();
    return Said{};
  };
  host.call(1, "");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: later", "finish 1", "answer 1: "}));
}

TEST_F(Promises, aCoroutineMayDropItsOwnPromise) {
  static std::optional<Promise<Said>> own;
  method = [](Said) { return Said{}; };
  const auto body = []() -> Promise<Said> {
    const Alive alive;
    co_await peer().say("a");
    own.reset();
    co_await peer().say("b");
    co_return Said{};
  };
  own.emplace(body());
  host.result(1, "");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: a", "finish 1", "call 7: b", "finish 2"}));
  EXPECT_EQ(Alive::count, 0);
}

TEST_F(Promises, aThousandWaitForOne) {
  static std::optional<SayPromise> shared;
  shared.emplace(peer().say("slow"));
  method = [](Said) -> Promise<Said> { co_return co_await *shared; };
  for (std::uint32_t i = 1; i <= 1000; ++i) host.call(i, "");
  (void)host.takeEvents();
  host.cancelled(500);
  host.result(1, "fast");
  EXPECT_EQ(host.takeEvents().size(), 1u + 999u);
  shared.reset();
}

TEST_F(Promises, longChainsTakeNoStack) {
  static const auto chain = [](auto& self, int length) -> Promise<std::string> {
    if (length == 0) co_return (co_await peer().say("end")).text;
    co_return co_await self(self, length - 1);
  };
  method = [](Said) -> Promise<Said> { co_return {.text = co_await chain(chain, 2000)}; };
  host.call(1, "");
  host.result(1, "there");
  EXPECT_EQ(host.takeEvents(), (Events{"call 7: end", "finish 1", "answer 1: there"}));
}

TEST_F(Promises, valuesThatCannotBeCopiedAreMoved) {
  method = [](Said) -> Promise<Said> {
    const auto make = []() -> Promise<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
    const std::unique_ptr<int> five = co_await make();
    co_return {.text = std::to_string(*five)};
  };
  host.call(1, "");
  EXPECT_EQ(host.takeEvents(), Events{"answer 1: 5"});
}

TEST_F(Promises, grantsAreFoundByName) {
  EXPECT_TRUE(findGrant("peer"));
  EXPECT_FALSE(findGrant("other"));
  EXPECT_DEATH((void)granted("other"), "abort 1: nothing was granted as 'other'");
}

TEST_F(Promises, theValueOfAFailureEndsThePlugin) {
  const Expected<int> failed = Error("reason");
  EXPECT_DEATH((void)failed.value(), "abort 1: an error that nobody looked at: reason");
}

TEST_F(Promises, clockAndRandomnessComeFromTheHost) {
  EXPECT_EQ(wallClock(), std::chrono::nanoseconds(7));
  EXPECT_EQ(monotonicClock(), std::chrono::nanoseconds(8));
  EXPECT_EQ(randomNumber(), 9u);
}

}  // namespace

TROOP_PLUGIN(MainTarget)

}  // namespace troop::inline guest::testing
