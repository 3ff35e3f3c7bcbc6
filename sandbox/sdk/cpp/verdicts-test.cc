// How a C++ plugin ends, in the words that its host reads; and what it survives.
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proto/markdown.troop.h"
#include "sandbox/host.h"

namespace troop::sandbox {
namespace {

using namespace literals;
using documents::Renderer;

constexpr Duration patience = 60s;

class Verdicts : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    host = std::make_unique<Host>();
    image.emplace(host->compile("sandbox/sdk/cpp/doomed.wasm"));
  }
  static void TearDownTestSuite() {
    image.reset();
    host.reset();
  }

  std::string verdictAfter(const std::string& way) {
    const Guest guest = host->spawn(*image, {.name = "doomed", .limits = {.memoryBytes = 8_MiB}});
    EXPECT_TRUE(guest.as<Renderer>().render(way).get(patience).failed());
    EXPECT_TRUE(guest.waitEnd(after(patience)));
    return guest.verdict().text();
  }

  static std::unique_ptr<Host> host;
  static std::optional<Image> image;
};
std::unique_ptr<Host> Verdicts::host;
std::optional<Image> Verdicts::image;

TEST_F(Verdicts, sayWhatThePluginCalled) {
  EXPECT_EQ(verdictAfter("abort"), "failed: it called abort()");
  EXPECT_EQ(verdictAfter("exit"), "failed: it called exit()");
}

TEST_F(Verdicts, sayWhichAssertionFailedAndWhere) {
  const std::string verdict = verdictAfter("assert");
  EXPECT_TRUE(verdict.starts_with("failed: sandbox/sdk/cpp/testdata/doomed.cc:")) << verdict;
  EXPECT_TRUE(verdict.ends_with(": assertion failed in render: way.empty()")) << verdict;
}

TEST_F(Verdicts, sayWhatTheLibraryWouldHaveThrown) {
  EXPECT_NE(verdictAfter("at").find("out_of_range"), std::string::npos) << verdictAfter("at");
  EXPECT_NE(verdictAfter("optional").find("bad_optional_access"), std::string::npos)
      << verdictAfter("optional");
}

TEST_F(Verdicts, sayTheErrorThatNobodyLookedAt) {
  EXPECT_EQ(verdictAfter("error"), "failed: an error that nobody looked at: lost");
}

TEST_F(Verdicts, sayThatMemoryWasReached) {
  EXPECT_EQ(verdictAfter("fill"), "killed: memory 8 MiB reached");
}

TEST_F(Verdicts, sayThatTheStackWasReached) {
  EXPECT_EQ(verdictAfter("recurse"), "killed: stack 128 KiB reached");
}

TEST_F(Verdicts, arePromptedByNothingThatIsSurvived) {
  const Guest guest = host->spawn(*image, {.name = "polite", .limits = {.memoryBytes = 8_MiB}});
  const Renderer renderer = guest.as<Renderer>();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(renderer.render("politely").get(patience).value().html, "some");
  }
  EXPECT_EQ(renderer.render("").get(patience).value().html, "alive");
  EXPECT_EQ(guest.verdict().text(), "served");
}

TEST_F(Verdicts, whatIsPrintedIsLoggedLineByLine) {
  std::mutex mutex;
  std::vector<std::string> lines;
  allow::Log log;
  log.sink = [&](const allow::Log::Line& line) {
    const std::lock_guard lock(mutex);
    lines.emplace_back(line.text);
  };
  {
    Guest guest = host->spawn(*image, {.name = "printing", .grants = {log}});
    EXPECT_TRUE(guest.as<Renderer>().render("print").get(patience).succeeded());
    guest.kill("enough");
    EXPECT_TRUE(guest.waitEnd(after(patience)));
  }
  const std::lock_guard lock(mutex);
  EXPECT_EQ(lines, (std::vector<std::string>{"printed 5", "streamed", "warned"}));
}

}  // namespace
}  // namespace troop::sandbox
