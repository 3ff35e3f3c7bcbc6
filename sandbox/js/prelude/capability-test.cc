#include <gtest/gtest.h>

#include <string>

#include "sandbox/js/testing/javascript-test-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

// Guests that are granted the capability 7 by the name of `peer`.
class CapabilityOfAGuest : public JavaScriptTest {
 protected:
  std::unique_ptr<ScriptGuest> begin(const std::string& source, ScriptGuest::Options options = {}) {
    auto guest =
        make(image("import { Capability, Target, TroopError, env } from 'troop';\n"
                   "import { Text } from './text.js';\nconst peer = new Text(env.peer);\n" +
                   source),
             options);
    guest->start({{"peer", 7}});
    return guest;
  }
};

TEST_F(CapabilityOfAGuest, isGrantedByName) {
  auto guest =
      make(image("import { env } from 'troop'; console.log(Object.keys(env), Object.isFrozen(env), "
                 "env.one.constructor.name)"));
  guest->start({{"one", 5}, {"__proto__", 6}});
  EXPECT_EQ(guest->takeEvents(), Events{"log 1: [\"one\", \"__proto__\"] true Capability"});
  auto poor = run("import { env } from 'troop'; console.log(Object.keys(env).length, env.one)");
  EXPECT_EQ(poor->takeEvents(), Events{"log 1: 0 undefined"});
}

TEST_F(CapabilityOfAGuest, isCalledAndAnswers) {
  auto guest = begin("console.log((await peer.say({ text: 'hi' })).text)");
  EXPECT_EQ(guest->takeEvents(), Events{"call 7: hi"});
  guest->result(1, "ho");
  EXPECT_EQ(guest->takeEvents(), (Events{"finish 1", "log 1: ho"}));
}

TEST_F(CapabilityOfAGuest, keepsManyQuestionsApart) {
  auto guest = begin(R"(
    const calls = Array.from({ length: 50 }, (_, i) => peer.say({ text: String(i) }));
    const results = await Promise.all(calls);
    console.log(results.map((result, i) => result.text === `to ${i}`).every(Boolean));)");
  EXPECT_EQ(guest->takeEvents("call").size(), 50u);
  for (std::uint32_t question = 50; question > 0; --question) {
    guest->result(question, "to " + std::to_string(question - 1));
  }
  const Events events = guest->takeEvents();
  EXPECT_EQ(events.size(), 51u);
  EXPECT_EQ(events.back(), "log 1: true");
}

TEST_F(CapabilityOfAGuest, failsAsItsHostSays) {
  auto guest = begin(R"(
    const show = (e) => console.log(e instanceof TroopError, e.name, e.kind, e.detail, e.message,
                                    e.mayHaveExecuted);
    for (let i = 0; i < 2; i++) await peer.say({ text: "x" }).catch(show);)");
  guest->error(1, ErrorKind::disconnected, ErrorDetail::revoked, "capability 'x' was revoked");
  guest->error(2, ErrorKind::overloaded, ErrorDetail::none, "busy");
  EXPECT_EQ(guest->takeEvents("log"),
            (Events{"log 1: true TroopError disconnected revoked capability 'x' was revoked true",
                    "log 1: true TroopError overloaded none busy true"}));
}

TEST_F(CapabilityOfAGuest, failsAtOnceWhenTheHostHasNoRoom) {
  auto guest = make(image(
      "import { env } from 'troop'; import { Text } from './text.js';\n"
      "new Text(env.peer).say({}).catch((e) => console.log(e.kind, e.detail, e.mayHaveExecuted))"));
  guest->refuseCalls(troop_refused_overloaded);
  guest->start({{"peer", 7}});
  EXPECT_EQ(guest->takeEvents(), (Events{"call 7: ", "log 1: overloaded quota false"}));
}

TEST_F(CapabilityOfAGuest, takesNoParametersThatDoNotFit) {
  auto guest = begin(R"(
    await peer.say({ text: 42 }).catch((e) => console.log(e.kind, e.message));
    await peer.say({ peer: {} }).catch((e) => console.log(String(e)));
    await peer.say({ peers: [null, env.peer, 3] }).catch((e) => console.log(String(e)));
    await peer.say(null).catch((e) => console.log(String(e)));)");
  EXPECT_EQ(guest->takeEvents(),
            (Events{"log 1: failed text: expected a text, got 42",
                    "log 1: TypeError: expected a Capability, a Target or null",
                    "log 1: TypeError: expected a Capability, a Target or null", "call 7: "}));
}

TEST_F(CapabilityOfAGuest, isGivenBackWhenItIsReleased) {
  auto guest = begin(R"(
    const view = new Capability(env.peer);
    view.release();
    view.release();
    await peer.say({ text: "x" }).catch((e) => console.log(e.kind, e.message));
    await new Text(env.peer).say({ peer: view }).catch((e) => console.log(e.message));
    try { new Capability(42) } catch (e) { console.log(String(e)) })");
  EXPECT_EQ(guest->takeEvents(), (Events{"release 7", "log 1: failed the capability was released",
                                         "log 1: the capability was released",
                                         "log 1: TypeError: expected a Capability, got number"}));
}

TEST_F(CapabilityOfAGuest, thatWasNotGrantedIsToldAsOne) {
  auto guest = begin(R"(
    for (const source of [env.other, null])
      try { new Text(source) } catch (e) { console.log(String(e)) })");
  EXPECT_EQ(guest->takeEvents(),
            (Events{"log 1: TypeError: expected a Capability, got undefined; in env there is only "
                    "what the host granted",
                    "log 1: TypeError: expected a Capability, got null"}));
}

TEST_F(CapabilityOfAGuest, isGivenBackAtTheEndOfABlock) {
  auto guest =
      begin("{ using view = new Text(env.peer); view.say({ text: 'x' }); } console.log('after')");
  EXPECT_EQ(guest->takeEvents(), (Events{"call 7: x", "release 7", "log 1: after"}));
}

TEST_F(CapabilityOfAGuest, isGivenBackWhenNobodyUsesItAnyMore) {
  auto guest = begin(R"(
    let kept = [];
    for (let i = 0; i < 2; i++) kept.push(await peer.say({ text: "give" }));
    kept = kept.slice(1);
    console.log("dropped");
    kept = null;
    console.log("end");)");
  guest->takeEvents();
  guest->result(1, "", {20, 21, 22});
  EXPECT_EQ(guest->takeEvents(), (Events{"finish 1", "call 7: give"}));
  guest->result(2, "", {30});
  EXPECT_EQ(guest->takeEvents(), (Events{"finish 2", "release 22", "release 21", "release 20",
                                         "log 1: dropped", "log 1: end", "release 30"}));
}

TEST_F(CapabilityOfAGuest, isGivenBackFromCyclesWhenTheyAreCollected) {
  auto guest = begin(R"(
    const forget = async () => {
      const ring = { result: await peer.say({ text: "give" }) };
      ring.ring = ring;
    };
    forget();
    await peer.say({ text: "collect" });
    const more = []; for (let i = 0; i < 1e5; i++) { const ring = { i }; ring.ring = ring; }
    console.log("collected");)");
  guest->result(1, "", {20});
  EXPECT_EQ(guest->takeEvents(), (Events{"call 7: give", "call 7: collect", "finish 1"}));
  guest->result(2, "");
  EXPECT_EQ(guest->takeEvents(), (Events{"finish 2", "release 20", "log 1: collected"}));
}

TEST_F(CapabilityOfAGuest, thatCameUnaskedIsGivenBack) {
  auto guest = begin("");
  guest->result(99, "nobody asked", {20, 21});
  EXPECT_EQ(guest->takeEvents(), (Events{"release 21", "release 20"}));
  EXPECT_EQ(guest->fate(), "alive");
}

TEST_F(CapabilityOfAGuest, travelsInParametersAndResults) {
  auto guest = begin(R"(
    const { peer: one, peers } = await peer.say({ text: "give", peer, peers: [env.peer, null] });
    console.log(one instanceof Text, peers.length);
    peers[0].say({ text: "to the second", peer: one });)");
  EXPECT_EQ(guest->takeEvents(), Events{"call 7: give [7 7]"});
  guest->result(1, "", {20, 21});
  EXPECT_EQ(guest->takeEvents("call"), Events{"call 21: to the second [20]"});
}

TEST_F(CapabilityOfAGuest, canBeCalledBeforeItHasArrived) {
  auto guest = begin(R"(
    const first = peer.say({ text: "give" });
    const later = first.peer.say({ text: "to what comes" });
    first.peer.say({ text: "again", peer: first.peer });
    console.log((await later).text);)");
  EXPECT_EQ(guest->takeEvents(), (Events{"call 7: give", "pipeline 1 at 1 = 100",
                                         "call 100: to what comes", "call 100: again [100]"}));
  guest->result(2, "came");
  EXPECT_EQ(guest->takeEvents(), (Events{"finish 2", "log 1: came"}));
  guest->result(1, "", {20});
  EXPECT_EQ(guest->takeEvents("call"), Events{});
}

TEST_F(CapabilityOfAGuest, promisedAndThenArrivedIsTheOneThatArrived) {
  auto guest = begin(R"(
    const first = peer.say({ text: "give" });
    const result = await first;
    first.peer.say({ text: "late" });
    result.peer.say({ text: "same" });
    const other = peer.say({ text: "nothing" });
    await other;
    await other.peer.say({ text: "x" }).catch((e) => console.log(e.message));)");
  guest->takeEvents();
  guest->result(1, "", {20});
  EXPECT_EQ(guest->takeEvents("call"),
            (Events{"call 20: late", "call 20: same", "call 7: nothing"}));
  guest->result(4, "");
  EXPECT_EQ(guest->takeEvents("log"), Events{"log 1: the result has no such capability"});
}

TEST_F(CapabilityOfAGuest, promisedByACallThatFailedFailsAsTheCallDid) {
  auto guest = begin(R"(
    const first = peer.say({ text: "give" });
    await first.catch(() => {});
    await first.peer.say({ text: "x" }).catch((e) => console.log(e.kind, e.message));
    await peer.say({ peer: first.peer }).catch((e) => console.log("sent", e.message));)");
  guest->error(1, ErrorKind::disconnected, ErrorDetail::none, "no");
  EXPECT_EQ(guest->takeEvents("log"), (Events{"log 1: disconnected no", "log 1: sent no"}));
}

TEST_F(CapabilityOfAGuest, promisedNeedsNoLookAtThePromise) {
  auto guest = begin(
      "const answer = peer.say({ text: 'give' }).peer.say({}); answer.catch((e) => "
      "console.log(e.message))");
  guest->error(1, ErrorKind::failed, ErrorDetail::none, "no");
  guest->error(2, ErrorKind::failed, ErrorDetail::none, "no either");
  EXPECT_EQ(guest->takeEvents("log"), Events{"log 1: no either"});
  EXPECT_EQ(guest->fate(), "alive");
}

TEST_F(CapabilityOfAGuest, promisedIsRefusedWhenTheHostHasNoRoom) {
  auto guest =
      make(image("import { env } from 'troop'; import { Text } from './text.js';\n"
                 "const call = new Text(env.peer).say({}); call.peer.say({}).catch((e) => "
                 "console.log(e.kind))"));
  guest->refuseHandles(troop_refused_overloaded);
  guest->start({{"peer", 7}});
  EXPECT_EQ(guest->takeEvents("log"), Events{"log 1: overloaded"});
}

TEST_F(CapabilityOfAGuest, isNotAskedFurtherWhenTheCallIsCancelled) {
  auto guest = begin(R"(
    const call = peer.say({ text: "slow" });
    queueMicrotask(() => { call.$cancel("enough"); call.$cancel(); });
    await call.catch((e) => console.log(e.kind, e.detail, e.message));)");
  EXPECT_EQ(guest->takeEvents(),
            (Events{"call 7: slow", "finish 1", "log 1: failed cancelled enough"}));
  guest->result(1, "too late", {20});
  EXPECT_EQ(guest->takeEvents(), Events{"release 20"});
}

TEST_F(CapabilityOfAGuest, toleratesMalformedResults) {
  auto guest =
      begin("await peer.say({ text: 'x' }).catch((e) => console.log(e.name, e.kind, e.detail))");
  guest->malformedResult(1, {20});
  EXPECT_EQ(guest->takeEvents("log"), Events{"log 1: MessageError failed badMessage"});
  EXPECT_EQ(guest->fate(), "alive");
}

class TroopErrorOfAGuest : public JavaScriptTest {};

TEST_F(TroopErrorOfAGuest, hasAKindThatExists) {
  auto guest = run(R"(
    import { TroopError } from "troop";
    const error = new TroopError("overloaded", "too much", { cause: 3 });
    console.log(String(error), error.kind, error.detail, error.cause, error instanceof Error);
    try { new TroopError("angry", "x") } catch (e) { console.log(String(e)) })");
  EXPECT_EQ(guest->takeEvents(), (Events{"log 1: TroopError: too much overloaded none 3 true",
                                         "log 1: TypeError: \"angry\" is no kind of error; failed, "
                                         "overloaded, disconnected, unimplemented are"}));
}

}  // namespace
}  // namespace troop::sandbox::js::testing
