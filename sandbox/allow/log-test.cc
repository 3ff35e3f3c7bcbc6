#include "sandbox/allow/log.h"

#include <gtest/gtest.h>

namespace troop::sandbox::allow {
namespace {

TEST(Log, writesOneLineForEachToStandardError) {
  ::testing::internal::CaptureStderr();
  Log::toStandardError({"markdown", Log::Level::info, "hello"});
  Log::toStandardError({"markdown", Log::Level::error, "no luck"});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "markdown: hello\nmarkdown: error: no luck\n");
}

TEST(Log, levelsHaveNames) {
  EXPECT_EQ(name(Log::Level::debug), "debug");
  EXPECT_EQ(name(Log::Level::warning), "warning");
}

}  // namespace
}  // namespace troop::sandbox::allow
