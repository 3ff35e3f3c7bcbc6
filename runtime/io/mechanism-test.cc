#include "runtime/io/mechanism.h"

#include <gtest/gtest.h>

#include "runtime/process.h"
#include "runtime/testing/ring-here.h"

namespace troop {
namespace {

TEST(IoMechanism, isWhatTheHostAskedForOrTheKernelAllows) {
  Process plain({.carriers = 1, .io = ProcessOptions::Io::polling});
  EXPECT_EQ(ioMechanism(plain), "epoll");
  Process best({.carriers = 1});
  EXPECT_EQ(ioMechanism(best), tests::ringIsHere() ? "io_uring" : "epoll")
      << "TROOP_NO_RING=1 is for machines that have none, and for no others";
}

}  // namespace
}  // namespace troop
