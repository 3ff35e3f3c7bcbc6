#include "tools/troop/job/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>

namespace troop::job {
namespace {

class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) std::abort();
  }
  ~Pipe() {
    close(ends_[0]);
    closeWriting();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int writing() const { return ends_[1]; }
  void closeWriting() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  // Until the other end is closed, or there is a text that ends so.
  std::string readAll(const std::string& end = std::string(1, '\0')) const {
    std::string text;
    std::array<char, 4096> part;
    while (!text.ends_with(end)) {
      const ssize_t count = read(ends_[0], part.data(), part.size());
      if (count <= 0) break;
      text.append(part.data(), static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  std::array<int, 2> ends_{};
};

// What a Progress of that style writes when `use` uses it.
template <typename Use>
std::string written(Progress::Style style, Use use, Duration plainPause = forever) {
  Pipe pipe;
  {
    Progress progress(pipe.writing(), style, plainPause);
    use(progress);
  }
  pipe.closeWriting();
  return pipe.readAll();
}

TEST(Progress, onATerminalRewritesItsLine) {
  EXPECT_EQ(written(Progress::Style::live,
                    [](Progress& progress) {
                      progress.show("12 of 20");
                      while (!progress.flush()) {
                      }
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

// More than a pipe and the queue have room for.
constexpr int manyLines = 4000;
void sayMany(Progress& progress) {
  const std::string line(1000, 'x');
  for (int i = 0; i < manyLines; ++i) progress.say(line);
}

TEST(Progress, keepsNobodyWaitingForAReader) {
  const Pipe pipe;
  Progress progress(pipe.writing(), Progress::Style::plain);
  sayMany(progress);
  std::string text;
  std::thread reader([&] { text = pipe.readAll("\nthe last\n"); });
  while (!progress.flush()) {
  }
  progress.say("the last");
  reader.join();
  int whole = 0;
  int lost = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line == std::string(1000, 'x')) ++whole;
    if (line.ends_with(" lines were lost: they came faster than they were read")) {
      lost += std::stoi(line);
    }
  }
  EXPECT_GT(lost, 0);
  EXPECT_EQ(whole + lost, manyLines);
}

TEST(Progress, endsThoughNobodyReads) {
  Pipe pipe;
  {
    Progress progress(pipe.writing(), Progress::Style::plain);
    sayMany(progress);
  }
  pipe.closeWriting();
  EXPECT_LT(pipe.readAll().size(), progressBytesMax);
}

TEST(Progress, aPipeIsNoTerminal) {
  const Pipe pipe;
  EXPECT_EQ(Progress::styleOf(pipe.writing()), Progress::Style::plain);
}

}  // namespace
}  // namespace troop::job
