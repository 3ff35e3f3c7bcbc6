#include "tools/troop/job/load.h"

#include <gtest/gtest.h>

#include <atomic>

#include "proxy/target.h"
#include "runtime/task.h"

namespace troop::job {
namespace {

// Renders and outlines as the test wants it.
class Renderer final : public documents::Renderer::Target {
 public:
  using Render = std::function<RenderResults(const std::string& markdown)>;
  explicit Renderer(Render render) : render_(std::move(render)) {}
  RenderResults render(RenderParams params) override { return render_(params.markdown); }

 private:
  const Render render_;
};

class Outliner final : public documents::Outliner::Target {
 public:
  OutlineResults outline(OutlineParams params) override {
    documents::Outline outline;
    outline.words = static_cast<std::uint32_t>(params.markdown.size());
    return {outline};
  }
};

class Counter final : public documents::Stats::Target {
 public:
  CountResults count(CountParams params) override {
    documents::Figures figures;
    figures.words = static_cast<std::uint32_t>(params.markdown.size());
    return {figures};
  }
};

class LoadTest : public testing::Test {
 protected:
  ~LoadTest() override { thread_->close(); }

  Load load(Renderer::Render render, std::function<void()> tick = [] {}) {
    return Load(process_,
                {documents::Renderer(proxy::serve(thread_, std::make_shared<Renderer>(render))),
                 documents::Outliner(proxy::serve(thread_, std::make_shared<Outliner>())),
                 documents::Stats(proxy::serve(thread_, std::make_shared<Counter>()))},
                items_, std::move(tick));
  }

  static documents::Renderer_RenderResults bold(const std::string& markdown) {
    return {"<b>" + markdown + "</b>"};
  }

  Process process_{{.carriers = 2}};
  const Ref<Thread> thread_ = process_.root().serviceThread("servers");
  std::vector<Item> items_{
      {Item::Service::render, std::make_shared<const std::string>("one"), 3},
      {Item::Service::outline, std::make_shared<const std::string>("two"), 1, 1},
  };
};

TEST_F(LoadTest, sendsEachItemOnce) {
  Load load = this->load(bold);
  EXPECT_EQ(load.html(0), std::nullopt);
  const Outcome outcome = load.once({0, 1});
  EXPECT_EQ(outcome.sent, 2u);
  EXPECT_EQ(outcome.failed, 0u);
  EXPECT_EQ(outcome.of(0).count(), 1u);
  EXPECT_EQ(outcome.of(1).count(), 1u);
  EXPECT_EQ(load.html(0), "<b>one</b>");
  ASSERT_TRUE(load.outline(1));
  EXPECT_EQ(load.outline(1)->words, 3u);
  EXPECT_EQ(load.outline(0), std::nullopt);
}

TEST_F(LoadTest, sendsWhatIsToBeCounted) {
  items_.push_back({Item::Service::count, std::make_shared<const std::string>("three"), 1, 2});
  Load load = this->load(bold);
  const Outcome outcome = load.once({2, 2});
  EXPECT_EQ(outcome.failed, 0u);
  EXPECT_EQ(outcome.of(2).count(), 2u);
  ASSERT_TRUE(load.figures(2));
  EXPECT_EQ(load.figures(2)->words, 5u);
  EXPECT_EQ(load.figures(0), std::nullopt);
}

TEST_F(LoadTest, theClosedLoopKeepsTheMixUntilItsTimeIsOver) {
  Load load = this->load(bold);
  const Outcome outcome = load.closed(50ms);
  EXPECT_EQ(outcome.failed, 0u);
  EXPECT_EQ(outcome.sent, outcome.of(0).count() + outcome.of(1).count());
  EXPECT_GT(outcome.of(0).count(), outcome.of(1).count());
  EXPECT_GE(outcome.length, 50ms);
  EXPECT_GT(outcome.answeredPerSecond(), 0);
  EXPECT_EQ(load.sent(), outcome.sent);
}

TEST_F(LoadTest, theOpenLoopSendsEveryCallOfItsSchedule) {
  Load load = this->load(bold);
  const auto calls = poissonSchedule(load.mix(), 2000, 200ms, 1);
  ASSERT_GT(calls.size(), 300u);
  const Outcome outcome = load.open(calls);
  EXPECT_EQ(outcome.sent, calls.size());
  EXPECT_EQ(outcome.failed, 0u);
  EXPECT_EQ(outcome.of(0).count() + outcome.of(1).count(), calls.size());
}

// The server waits for all calls: that happens only if none of them waits for another's answer.
TEST_F(LoadTest, theOpenLoopSendsWhateverEarlierCallsDo) {
  constexpr std::size_t count = 40;
  std::atomic<std::size_t> arrived = 0;
  Event all;
  Load load = this->load([&](const std::string& markdown) {
    if (++arrived == count) all.set();
    all.wait(after(callPatience));
    return bold(markdown);
  });
  const Outcome outcome = load.open(std::vector<DueCall>(count, DueCall{Duration(0), 0}));
  EXPECT_EQ(outcome.sent, count);
  EXPECT_EQ(outcome.failed, 0u);
  EXPECT_EQ(arrived, count);
}

// A call that was due long ago has waited since then, whenever it was sent.
TEST_F(LoadTest, latencyCountsFromWhenACallWasDue) {
  Load load = this->load(bold);
  const Outcome outcome = load.open(std::vector<DueCall>(10, DueCall{-1h, 0}));
  EXPECT_EQ(outcome.of(0).count(), 10u);
  EXPECT_GE(outcome.of(0).quantile(0), 1h);
}

TEST_F(LoadTest, failuresAreCountedAndTheFirstIsTold) {
  std::atomic<int> calls = 0;
  Load load = this->load([&](const std::string& markdown) {
    if (++calls % 2 == 0) throw Error(ErrorKind::failed, "no more ink");
    return bold(markdown);
  });
  const Outcome outcome = load.open(std::vector<DueCall>(20, DueCall{Duration(0), 0}));
  EXPECT_EQ(outcome.sent, 20u);
  EXPECT_EQ(outcome.failed, 10u);
  EXPECT_EQ(outcome.of(0).count(), 10u);
  EXPECT_EQ(outcome.firstFailure, "no more ink");
  EXPECT_EQ(load.failed(), 10u);
}

TEST_F(LoadTest, anAnswerThatChangesIsAFailure) {
  std::atomic<int> calls = 0;
  Load load = this->load([&](const std::string& markdown) {
    return bold(++calls == 3 ? "something else" : markdown);
  });
  // By itself: of several at once any may be the first to be answered.
  load.open({DueCall{Duration(0), 0}});
  const Outcome outcome = load.open(std::vector<DueCall>(5, DueCall{Duration(0), 0}));
  EXPECT_EQ(outcome.failed, 1u);
  EXPECT_EQ(outcome.firstFailure, "a text was rendered otherwise than before");
  EXPECT_EQ(load.html(0), "<b>one</b>");
}

TEST_F(LoadTest, stoppingEndsAPhaseAndKeepsWhatThereIs) {
  Load* running = nullptr;
  Load load = this->load(bold, [&] { running->stop(); });
  running = &load;
  std::vector<DueCall> calls(10, DueCall{Duration(0), 0});
  calls.insert(calls.end(), 10, DueCall{10h, 0});
  const Outcome outcome = load.open(calls);
  EXPECT_EQ(outcome.sent, 10u);
  EXPECT_EQ(outcome.failed, 0u);
  EXPECT_TRUE(load.stopped());
  EXPECT_EQ(load.once({0}).sent, 0u);
}

TEST_F(LoadTest, noCallsAreNoLoad) {
  Load load = this->load(bold);
  const Outcome outcome = load.open({});
  EXPECT_EQ(outcome.sent, 0u);
  EXPECT_EQ(Outcome{}.answeredPerSecond(), 0);
}

}  // namespace
}  // namespace troop::job
