#include "runtime/base/fork-mark.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troop {
namespace {

// What a child says that holds() there.
template <typename Holds>
bool inAChild(Holds holds) {
  const pid_t child = fork();
  if (child == 0) _exit(holds() ? 0 : 1);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(ForkMark, tellsAChildFromItsParent) {
  const ForkMark mark;
  EXPECT_FALSE(mark.inChild());
  EXPECT_TRUE(inAChild([&] { return mark.inChild(); }));
  EXPECT_FALSE(mark.inChild());
}

TEST(ForkMark, belongsToTheChildThatMakesIt) {
  const ForkMark before;
  EXPECT_TRUE(inAChild([&] {
    const ForkMark own;
    return !own.inChild() && inAChild([&] { return own.inChild() && before.inChild(); });
  }));
}

}  // namespace
}  // namespace troop
