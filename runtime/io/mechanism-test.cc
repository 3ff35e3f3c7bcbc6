#include "runtime/io/mechanism.h"

#include <gtest/gtest.h>

#include "runtime/process.h"

namespace troop {
namespace {

TEST(IoMechanism, isWhatTheHostAskedForOrTheKernelAllows) {
  Process plain({.carriers = 1, .io = ProcessOptions::Io::polling});
  EXPECT_EQ(ioMechanism(plain), "epoll");
  Process best({.carriers = 1});
  const std::string_view mechanism = ioMechanism(best);
  EXPECT_TRUE(mechanism == "io_uring" || mechanism == "epoll") << mechanism;
}

}  // namespace
}  // namespace troop
