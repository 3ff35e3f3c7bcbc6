// A program with a runtime of its own that loads a library with another one inside.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "runtime/run.h"

namespace troop {
namespace {

TEST(Plugin, hasARuntimeOfItsOwnBesideThatOfItsHost) {
  void* library = dlopen("tests/manners/libplugin.so", RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  auto* const answer = reinterpret_cast<int (*)()>(dlsym(library, "answerOfPlugin"));
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer(), 42);
  // Its Process is of another runtime: in a Task of ours its caller is an OS thread.
  EXPECT_EQ(run(answer), 42);
}

}  // namespace
}  // namespace troop
