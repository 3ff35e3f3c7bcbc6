// JavaScript guests in a Host: what crosses between them, their host and one another, and how they
// end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/answer.h"
#include "proxy/builder.h"
#include "proxy/call.h"
#include "proxy/membrane.h"
#include "proxy/message.h"
#include "runtime/budget.h"
#include "sandbox/host.h"
#include "sandbox/js/testing/plugin-folder.h"
#include "sandbox/js/testing/script-guest.h"
#include "sandbox/testing/host-fixture.h"

namespace troop::sandbox::js::testing {
namespace {

using namespace troop::literals;
using proxy::Capability;
using proxy::Message;
using sandbox::testing::Collector;
using sandbox::testing::error;
using sandbox::testing::patience;

Message message(std::string_view text, const Capability& peer = {}) {
  proxy::MessageBuilder builder{0, 3};
  builder.root().setText(0, text);
  if (peer) builder.root().setCapability(1, peer);
  return builder.finish({}).value();
}

Ref<proxy::Answer> say(const Capability& target, std::string_view text,
                       const Capability& peer = {}) {
  return target.call({textInterfaceId, 0}, message(text, peer));
}

const Message& resultOf(const Ref<proxy::Answer>& answer) {
  EXPECT_EQ(answer->wait(after(patience)), WaitResult::signalled);
  return answer->result().value();
}

std::string textOf(const Ref<proxy::Answer>& answer) {
  return resultOf(answer).root().text(0);
}
Capability peerOf(const Ref<proxy::Answer>& answer) {
  return resultOf(answer).capabilityAt(std::vector<std::uint16_t>{1});
}

// Lines that guests log, to be waited for.
class Journal {
 public:
  allow::Log log() {
    return {.sink = [this](const allow::Log::Line& line) {
      // The lock is held while notifying: who waits for the last line may then destroy the Journal.
      std::lock_guard lock(mutex_);
      lines_.emplace_back(line.text);
      arrived_.notify_all();
    }};
  }

  bool waitFor(const std::string& text) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, patience,
                             [&] { return std::ranges::find(lines_, text) != lines_.end(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::string> lines_;  // protected by mutex_
};

class HostedScript : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cache = std::make_unique<PluginFolder>();
    host = std::make_unique<Host>(
        Host::Options{.carriers = 2, .cacheDirectory = cache->path(), .guestsMax = 50});
  }
  static void TearDownTestSuite() {
    host.reset();
    cache.reset();
  }

  Guest spawn(std::string_view source, GuestOptions options = {}) {
    folder.write("text.js", textInterface);
    return host->spawn(host->compile(folder.write("plugin.js", source)), std::move(options));
  }

  // A guest that answers with what `body` says, which has `text`, `peer` and `env`.
  Guest answering(const std::string& body, GuestOptions options = {}) {
    return spawn(
        "import { env, Target } from 'troop';\nimport { Text } from './text.js';\n"
        "class Part extends Text.Target { say({ text }) { return { text: text + ' by part' } } "
        "[Symbol.dispose]() { console.log('part is gone') } }\n"
        "export default class extends Text.Target { async say({ text, peer }) {" +
            body + "} }",
        std::move(options));
  }

  std::string verdictOnTheDeathOf(std::string_view source, const Limits& limits = {}) {
    const Guest guest = spawn(source, {.limits = limits});
    EXPECT_TRUE(guest.waitEnd(after(patience)));
    return guest.verdict().text();
  }

  PluginFolder folder;
  static inline std::unique_ptr<PluginFolder> cache;
  static inline std::unique_ptr<Host> host;
};

TEST_F(HostedScript, answersItsHost) {
  const Guest guest = answering("return { text: text.toUpperCase() }");
  EXPECT_EQ(textOf(say(guest.capability(), "hello")), "HELLO");
  EXPECT_EQ(guest.verdict().text(), "served");
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(textOf(say(guest.capability(), large)).size(), large.size());
}

TEST_F(HostedScript, callsItsHost) {
  const auto collector = makeRef<Collector>();
  const Guest guest =
      answering("return { text: (await new Text(env.host).say({ text })).text + '!' }",
                {.grants = {{"host", Capability(collector)}}});
  const auto answer = say(guest.capability(), "question");
  proxy::Call call = collector->next();
  EXPECT_EQ(call.params.root().text(0), "question");
  call.settle(message("reply"));
  EXPECT_EQ(textOf(answer), "reply!");
}

TEST_F(HostedScript, callsAnotherGuest) {
  const Guest echo = answering("return { text: text + ' echo' }");
  const Guest asker = answering("return { text: (await new Text(env.echo).say({ text })).text }",
                                {.grants = {{"echo", echo.capability()}}});
  EXPECT_EQ(textOf(say(asker.capability(), "hi")), "hi echo");
}

TEST_F(HostedScript, passesCapabilitiesBothWays) {
  const Guest guest =
      answering("return peer ? { text: (await peer.say({ text })).text } : { peer: new Part() }");
  const Capability part = peerOf(say(guest.capability(), ""));
  EXPECT_EQ(textOf(say(part, "called")), "called by part");
  EXPECT_EQ(textOf(say(guest.capability(), "itself", part)), "itself by part");

  const auto collector = makeRef<Collector>();
  const auto answer = say(guest.capability(), "to the host", Capability(collector));
  collector->next().settle(message("seen"));
  EXPECT_EQ(textOf(answer), "seen");
}

TEST_F(HostedScript, sendsCallsAheadOfResultsInTheirOrder) {
  const Guest maker = answering(R"(
    globalThis.heard ??= [];
    const heard = globalThis.heard;
    return { peer: new (class extends Text.Target {
      say({ text }) { heard.push(text); return { text: heard.join() } }
    })() })");
  const Guest asker = answering(R"(
    const made = new Text(env.maker).say({ text: "make" });
    const answers = ["1", "2", "3"].map((text) => made.peer.say({ text }));
    const { peer: arrived } = await made;
    answers.push(arrived.say({ text: "4" }));
    return { text: (await Promise.all(answers)).at(-1).text })",
                                {.grants = {{"maker", maker.capability()}}});
  EXPECT_EQ(textOf(say(asker.capability(), "")), "1,2,3,4");
}

TEST_F(HostedScript, learnsThatNobodyHoldsItsObjectAnyMore) {
  Journal journal;
  const Guest guest = answering("return { peer: new Part() }", {.grants = {journal.log()}});
  Capability part = peerOf(say(guest.capability(), ""));
  EXPECT_EQ(textOf(say(part, "alive")), "alive by part");
  part = {};
  EXPECT_TRUE(journal.waitFor("part is gone"));
}

TEST_F(HostedScript, givesBackWhatItDropped) {
  Journal journal;
  const Guest keeper = answering("globalThis.kept = peer; return {}");
  const Guest maker = answering("return { peer: new Part() }", {.grants = {journal.log()}});
  resultOf(say(keeper.capability(), "", peerOf(say(maker.capability(), ""))));
  resultOf(say(keeper.capability(), "drop"));
  EXPECT_TRUE(journal.waitFor("part is gone"));
}

TEST_F(HostedScript, hearsErrorsOfOthersWithTheirKind) {
  const Guest failing = answering("throw new TypeError(text)");
  const Error failure = error(say(failing.capability(), "bad input"));
  EXPECT_EQ(failure.kind(), ErrorKind::failed);
  EXPECT_EQ(failure.reason(), "TypeError: bad input (plugin.js:4:91)");

  const auto membrane = makeRef<proxy::Membrane>("echo");
  const Guest asker = answering(
      "try { await new Text(env.echo).say({ text }) } "
      "catch (e) { return { text: `${e.name} ${e.kind} ${e.detail}: ${e.message}` } }",
      {.grants = {{"echo", membrane->wrap(failing.capability())}}});
  EXPECT_EQ(textOf(say(asker.capability(), "x")),
            "TroopError failed none: TypeError: x (plugin.js:4:91)");
  membrane->revoke("over");
  EXPECT_TRUE(textOf(say(asker.capability(), "x"))
                  .starts_with("TroopError disconnected revoked: capability 'echo'"));
}

TEST_F(HostedScript, isKilledAtItsLimits) {
  EXPECT_EQ(verdictOnTheDeathOf("const a = []; for (;;) a.push(new Uint8Array(1 << 16))",
                                {.memoryBytes = 8_MiB}),
            "killed: memory 8 MiB reached");
  EXPECT_EQ(verdictOnTheDeathOf("(function f() { f() })()"), "killed: stack 192 KiB reached");
  EXPECT_EQ(verdictOnTheDeathOf("for (;;);", {.cpu = 100ms}), "killed: CPU time 100 ms reached");
  // Where promises that fail make room for others, it is its CPU time that ends it.
  EXPECT_THAT(
      verdictOnTheDeathOf(
          "const flood = () => { Promise.resolve().then(flood); Promise.resolve().then(flood) }; "
          "flood()",
          {.memoryBytes = 8_MiB, .cpu = 500ms}),
      ::testing::AnyOf("killed: memory 8 MiB reached", "killed: CPU time 500 ms reached"));
}

TEST_F(HostedScript, failsWithTheErrorThatNobodyCaught) {
  EXPECT_EQ(verdictOnTheDeathOf("const plugin = {};\nplugin.serve();"),
            "failed: TypeError: not a function (plugin.js:2:8)");
}

TEST_F(HostedScript, hasRandomNumbersOfItsOwnWithTheGrant) {
  constexpr const char* draw = "return { text: String(Math.random()) }";
  const Guest one = answering(draw, {.grants = {allow::Random{}}});
  const Guest other = answering(draw, {.grants = {allow::Random{}}});
  EXPECT_NE(textOf(say(one.capability(), "")), textOf(say(other.capability(), "")));
  const Guest poor = answering(draw);
  const Guest poorToo = answering(draw);
  EXPECT_EQ(textOf(say(poor.capability(), "")), textOf(say(poorToo.capability(), "")));
}

TEST_F(HostedScript, hasAClockWithTheGrant) {
  constexpr const char* now = "return { text: String(Date.now() > 1e12) }";
  EXPECT_EQ(textOf(say(answering(now, {.grants = {allow::Clock{}}}).capability(), "")), "true");
  EXPECT_EQ(textOf(say(answering(now).capability(), "")), "false");
}

}  // namespace
}  // namespace troop::sandbox::js::testing
