// A plugin in C++ beside one in JavaScript, whom it calls: docs/examples/plugins/stats.cc.
#include <gtest/gtest.h>

#include <string>

#include "proto/stats.troop.h"
#include "sandbox/host.h"

namespace troop::tests {
namespace {

using namespace literals;
using documents::Figures;
using sandbox::Guest;
using sandbox::Host;

constexpr Duration patience = 60s;

class StatsPlugin : public testing::Test {
 protected:
  Guest spawnMarkdown() {
    return host.spawn(host.compile("docs/examples/plugins/markdown.js"),
                      {.name = "markdown", .limits = {.cpuPerCall = patience}});
  }
  Guest spawnStats(std::vector<sandbox::Grant> grants) {
    return host.spawn(host.compile("docs/examples/plugins/stats.wasm"),
                      {.name = "stats", .grants = std::move(grants)});
  }

  Host host;
};

TEST_F(StatsPlugin, countsWhatAnotherPluginFindsInADocument) {
  const Guest markdown = spawnMarkdown();
  const Guest stats = spawnStats({{"markdown", markdown.capability()}});
  const auto reply = stats.as<documents::Stats>()
                         .count(
                             "# The cat\n\nThe cat sat on the *mat*. It was happy!\n\n"
                             "### More\n\nSee [here](x).\n")
                         .get(patience);
  ASSERT_TRUE(reply.succeeded()) << reply.error().what();
  const Figures& figures = reply->figures;
  EXPECT_EQ(figures.headings, 2u);
  EXPECT_EQ(figures.deepestHeading, 3u);
  EXPECT_EQ(figures.links, 1u);
  EXPECT_EQ(figures.words, 14u);
  EXPECT_EQ(figures.sentences, 5u);
  EXPECT_EQ(figures.syllables, 15u);
  EXPECT_NEAR(figures.readingEase, 206.835 - 1.015 * 14 / 5 - 84.6 * 15 / 14, 0.01);
  EXPECT_GT(figures.htmlBytes, 80u);
  EXPECT_EQ(stats.verdict().text(), "served");
  EXPECT_EQ(stats.usage().callsMade, 5u);
}

TEST_F(StatsPlugin, findsNothingInAnEmptyDocument) {
  const Guest markdown = spawnMarkdown();
  const Guest stats = spawnStats({{"markdown", markdown.capability()}});
  const auto reply = stats.as<documents::Stats>().count("").get(patience);
  ASSERT_TRUE(reply.succeeded()) << reply.error().what();
  EXPECT_EQ(reply->figures, Figures{});
}

TEST_F(StatsPlugin, failsAsWhatItCallsFails) {
  Guest markdown = spawnMarkdown();
  const Guest stats = spawnStats({{"markdown", markdown.capability()}});
  markdown.kill("the test says so");
  const auto reply = stats.as<documents::Stats>().count("text").get(patience);
  ASSERT_TRUE(reply.failed());
  EXPECT_EQ(reply.error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(reply.error().reason(), "guest 'markdown' is dead: killed by host: the test says so");
  EXPECT_TRUE(stats.verdict().alive());
}

TEST_F(StatsPlugin, saysWhatItWasNotGranted) {
  const Guest stats = spawnStats({});
  EXPECT_TRUE(stats.waitEnd(after(patience)));
  EXPECT_EQ(stats.verdict().text(), "failed: nothing was granted as 'markdown'");
}

}  // namespace
}  // namespace troop::tests
