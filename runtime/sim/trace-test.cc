#include "runtime/sim/trace.h"

#include <gtest/gtest.h>

#include <string>

namespace troop::sim {
namespace {

Step step(std::uint32_t thread, const char* waited = "") {
  return {.actor = {.thread = thread, .task = 1}, .waited = waited};
}

Trace traceOf(const std::vector<Step>& steps) {
  Recorder recorder;
  recorder.addThread("Thread 'one'");
  recorder.addThread("Thread 'two'");
  for (const Step& step : steps) recorder.add(step);
  return recorder.take();
}

// What is told when a run of `steps` is compared with `expected`.
std::string difference(const Trace& expected, const std::vector<Step>& steps) {
  Recorder recorder(&expected);
  recorder.addThread("Thread 'one'");
  recorder.addThread("Thread 'two'");
  for (const Step& step : steps) recorder.add(step);
  recorder.finish();
  return recorder.difference();
}

TEST(Trace, theSameStepsAreNoDifference) {
  EXPECT_EQ(difference(traceOf({step(1), step(2)}), {step(1), step(2)}), "");
}

TEST(Trace, aDifferenceNamesTheStepWhoAndWhatItWaitedFor) {
  const std::string text =
      difference(traceOf({step(1), step(2, "an event")}), {step(1), step(1, "a gate")});
  EXPECT_EQ(text.find("step 1: expected that Task 1 of Thread 'two', started as number 2, went on, "
                      "which waited last for an event"),
            0u)
      << text;
  EXPECT_NE(text.find("what happened is that Task 1 of Thread 'one', started as number 1, went on, "
                      "which waited last for a gate"),
            std::string::npos)
      << text;
}

TEST(Trace, onlyTheFirstDifferenceIsTold) {
  const std::string text = difference(traceOf({step(1), step(1)}), {step(2), step(2)});
  EXPECT_EQ(text.find("step 0: "), 0u) << text;
}

TEST(Trace, aRunThatEndsEarlierOrLaterIsAnotherOne) {
  EXPECT_NE(difference(traceOf({step(1), step(2)}), {step(1)}).find("the run ended"),
            std::string::npos);
  EXPECT_NE(difference(traceOf({step(1)}), {step(1), step(2)}).find("was to have ended"),
            std::string::npos);
}

TEST(Trace, threadsOfOtherNamesAreAnotherRun) {
  const Trace expected = traceOf({step(1)});
  Recorder recorder(&expected);
  recorder.addThread("Thread 'other'");
  recorder.add(step(1));
  EXPECT_NE(recorder.difference(), "");
}

}  // namespace
}  // namespace troop::sim
