#include "tools/troop/job/progress.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace troop::job {
namespace {

// What a Progress of that style writes when `use` uses it.
template <typename Use>
std::string written(Progress::Style style, Use use, Duration plainPause = forever) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  {
    Progress progress(stream, style, plainPause);
    use(progress);
  }
  std::fclose(stream);
  std::string result(text, size);
  std::free(text);
  return result;
}

TEST(Progress, onATerminalRewritesItsLine) {
  EXPECT_EQ(written(Progress::Style::live,
                    [](Progress& progress) {
                      progress.show("12 of 20");
                      progress.show("9");
                      progress.say("done");
                    }),
            "\r12 of 20\r        \r\r9\r \rdone\n");
}

TEST(Progress, onATerminalLeavesNothingBehind) {
  EXPECT_EQ(written(Progress::Style::live, [](Progress& progress) { progress.show("half"); }),
            "\rhalf\r    \r");
}

TEST(Progress, onATerminalNeverBreaksALine) {
  const std::string text = written(
      Progress::Style::live, [](Progress& progress) { progress.show(std::string(500, 'x')); });
  EXPECT_EQ(text, "\r" + std::string(79, 'x') + "\r" + std::string(79, ' ') + "\r");
}

TEST(Progress, inAFileIsALineNowAndThen) {
  EXPECT_EQ(written(Progress::Style::plain,
                    [](Progress& progress) {
                      progress.say("started");
                      progress.show("1 of 20");
                      progress.show("2 of 20");
                      progress.say("done");
                    }),
            "started\n1 of 20\ndone\n");
}

TEST(Progress, inAFileIsALineAgainWhenItsPauseIsOver) {
  EXPECT_EQ(written(
                Progress::Style::plain,
                [](Progress& progress) {
                  progress.show("1 of 20");
                  progress.show("2 of 20");
                },
                Duration(0)),
            "1 of 20\n2 of 20\n");
}

TEST(Progress, isNotAtTheMercyOfWhatItSays) {
  EXPECT_EQ(written(Progress::Style::plain,
                    [](Progress& progress) { progress.say("a\x1b[2J\nb\xe2\x80\xae"); }),
            "a [2J\nb \n");
  EXPECT_EQ(
      written(Progress::Style::live, [](Progress& progress) { progress.show("a\x1b[2J\nb"); }),
      "\ra [2J b\r       \r");
}

TEST(Progress, aPipeIsNoTerminal) {
  std::FILE* stream = tmpfile();
  EXPECT_EQ(Progress::styleOf(stream), Progress::Style::plain);
  std::fclose(stream);
}

}  // namespace
}  // namespace troop::job
