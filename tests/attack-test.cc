// Attackers of tests/attack/ alone against a Host: the exact verdict where a limit is named, and
// that a neighbour still answers. All of them, alone and at once: tests/attack/attackers-test.cc.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "docs/examples/first-plugin/greeter.troop.h"
#include "proto/markdown.troop.h"
#include "proxy/membrane.h"
#include "proxy/target.h"
#include "runtime/event.h"
#include "sandbox/host.h"

namespace troop::tests {
namespace {

using namespace literals;
using sandbox::Guest;
using sandbox::Host;
using sandbox::Limits;

// Longer than anything here can take; what is late by that much has been lost.
constexpr Duration patience = 300s;

class Attack : public testing::Test {
 protected:
  static void SetUpTestSuite() { host_ = std::make_unique<Host>(); }
  static void TearDownTestSuite() { host_.reset(); }

  Attack()
      : neighbour_(host_->spawn(host_->compile("docs/examples/first-plugin/greeter.js"),
                                {.name = "neighbour"})) {
    expectNeighbourAnswers();
  }

  void expectNeighbourAnswers() {
    const auto reply = neighbour_.as<examples::Greeter>().greet("you").get(patience);
    ASSERT_TRUE(reply.succeeded()) << reply.error().what();
    EXPECT_EQ(reply->greeting, "Hello, you!");
  }

  // The verdict on an attacker when it has died, while the neighbour goes on.
  std::string verdictOnTheDeathOf(const std::string& name, const Limits& limits) {
    const auto image = host_->compile("tests/attack/" + name + ".js");
    const Guest attacker = host_->spawn(image, {.name = name, .limits = limits});
    while (!attacker.waitEnd(after(1ms))) expectNeighbourAnswers();
    expectNeighbourAnswers();
    EXPECT_LE(attacker.usage().memoryPeakBytes, limits.memoryBytes);
    EXPECT_EQ(attacker.usage().memoryBytes, 0u);
    return attacker.verdict().text();
  }

  static std::unique_ptr<Host> host_;
  Guest neighbour_;
};
std::unique_ptr<Host> Attack::host_;

TEST_F(Attack, anEndlessLoopIsKilledAtItsCpuTime) {
  EXPECT_EQ(verdictOnTheDeathOf("endless-loop", {.cpu = 300ms}), "killed: CPU time 300 ms reached");
}

TEST_F(Attack, anEndlessLoopAtItsStartIsKilledAtTheCpuTimeOfAStart) {
  const std::string verdict = verdictOnTheDeathOf("endless-loop", {.cpuAtStart = 200ms});
  EXPECT_TRUE(verdict.starts_with("killed: CPU time")) << verdict;
  EXPECT_TRUE(verdict.ends_with("200 ms reached")) << verdict;
}

TEST_F(Attack, aMemoryBombIsKilledAtItsMemory) {
  EXPECT_EQ(verdictOnTheDeathOf("memory-bomb", {.memoryBytes = 16_MiB}),
            "killed: memory 16 MiB reached");
}

TEST_F(Attack, anEndlessRecursionIsKilledAtItsStack) {
  EXPECT_EQ(verdictOnTheDeathOf("endless-recursion", {.stackBytes = 128_KiB}),
            "killed: stack 128 KiB reached");
}

// It may also come to a balance at its limit, where each promise that fails makes room for another;
// then its CPU time ends it.
TEST_F(Attack, aFloodOfPromisesIsKilledAtItsMemoryOrCpuTime) {
  const std::string verdict =
      verdictOnTheDeathOf("promise-flood", {.memoryBytes = 16_MiB, .cpu = 2s, .cpuAtStart = 3s});
  EXPECT_TRUE(verdict == "killed: memory 16 MiB reached" ||
              verdict == "killed: CPU time 2 s reached")
      << verdict;
}

// Counts the calls that reach it.
class CountingDocument final : public documents::Document::Target {
 public:
  explicit CountingDocument(std::atomic<int>& calls) : calls_(calls) {}
  HeadingsResults headings(HeadingsParams) override { return ++calls_, HeadingsResults{}; }
  LinksResults links(LinksParams) override { return ++calls_, LinksResults{}; }
  TextResults text(TextParams) override { return ++calls_, TextResults{"text"}; }

 private:
  std::atomic<int>& calls_;
};

class CountingParser final : public documents::Parser::Target {
 public:
  CountingParser(Ref<Thread> thread, std::atomic<int>& calls, std::atomic<int>& documentCalls)
      : thread_(std::move(thread)), calls_(calls), documentCalls_(documentCalls) {}
  RenderResults render(RenderParams) override { return ++calls_, RenderResults{"html"}; }
  ParseResults parse(ParseParams) override {
    ++calls_;
    return {documents::Document(
        proxy::serve(thread_, std::make_shared<CountingDocument>(documentCalls_)))};
  }

 private:
  const Ref<Thread> thread_;
  std::atomic<int>& calls_;
  std::atomic<int>& documentCalls_;
};

TEST_F(Attack, aRevokedCapabilityIsRefusedOnEveryWay) {
  std::atomic<int> calls = 0, documentCalls = 0;
  const Ref<Thread> thread = host_->process().root().serviceThread("parser");
  const auto membrane = makeRef<proxy::Membrane>("renderer");
  {
    const proxy::Capability parser =
        proxy::serve(thread, std::make_shared<CountingParser>(thread, calls, documentCalls));
    const Guest attacker = host_->spawn(
        host_->compile("tests/attack/revoked-capability.js"),
        {.name = "attacker", .grants = {{"renderer", proxy::limitCalls(membrane, parser, 3)}}});
    const Time end = after(patience);
    while (attacker.usage().callsRefused < 1000 && now() < end) expectNeighbourAnswers();
    EXPECT_GE(attacker.usage().callsRefused, 1000u);
    EXPECT_TRUE(membrane->revoked());
    EXPECT_TRUE(attacker.verdict().alive());
    const std::string verdict = attacker.verdict().text();
    EXPECT_TRUE(verdict.starts_with("refused: capability 'renderer' was revoked")) << verdict;

    // Three calls, and those on what the first of them gave, until it was revoked; nothing since.
    EXPECT_EQ(calls, 3);
    EXPECT_LE(documentCalls, 2);
    const std::uint64_t refused = attacker.usage().callsRefused;
    while (attacker.usage().callsRefused < refused + 1000 && now() < end) expectNeighbourAnswers();
    EXPECT_EQ(calls, 3);
    EXPECT_LE(documentCalls, 2);
  }
  thread->close();
  EXPECT_TRUE(thread->join(after(patience)).succeeded());
}

// Answers nobody before it is told to.
class SlowRenderer final : public documents::Renderer::Target {
 public:
  explicit SlowRenderer(Event& mayAnswer) : mayAnswer_(mayAnswer) {}
  RenderResults render(RenderParams params) override {
    mayAnswer_.wait();
    return {"<p>" + params.markdown + "</p>"};
  }

 private:
  Event& mayAnswer_;
};

TEST_F(Attack, aQueueFilledWhileItsVictimIsSlowHasRoomForOthers) {
  constexpr std::size_t places = 32;  // fewer than a guest may have calls under way
  Event mayAnswer;
  std::atomic<bool> full = false;
  const sandbox::allow::Log log{.sink = [&](const sandbox::allow::Log::Line& line) {
    const std::string_view refusal =
        "'victim' has its limit of calls to answer already: 32 calls, all of them by";
    if (line.text.find(refusal) != std::string_view::npos) full = true;
  }};
  const Ref<Thread> thread = host_->process().root().serviceThread("victim");
  {
    const documents::Renderer victim(proxy::serve(thread, std::make_shared<SlowRenderer>(mayAnswer),
                                                  {.name = "victim", .callsMax = places}));
    const Guest hog =
        host_->spawn(host_->compile("tests/attack/calls/queue-hog.wasm"),
                     {.name = "hog", .grants = {{"victim", victim.capability()}, log}});
    const Time end = after(patience);
    while (!full && now() < end) expectNeighbourAnswers();
    EXPECT_TRUE(full);
    const auto polite = victim.render("mine");
    expectNeighbourAnswers();
    mayAnswer.set();
    const auto reply = polite.get(patience);
    ASSERT_TRUE(reply.succeeded()) << reply.error().what();
    EXPECT_EQ(reply->html, "<p>mine</p>");
    EXPECT_TRUE(hog.verdict().alive()) << hog.verdict().text();
  }
  thread->close();
  EXPECT_TRUE(thread->join(after(patience)).succeeded());
}

}  // namespace
}  // namespace troop::tests
