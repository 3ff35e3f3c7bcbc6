#include "runtime/sharing/isolated.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"

namespace troop {

struct Canvas {
  std::vector<std::string> lines;
  std::unique_ptr<std::string> title;
};
template <>
struct IsIsolatable<Canvas> : std::true_type {};

namespace {

TROOP_TEST(Isolated, isChangedByOneThreadAfterAnother) {
  auto [sender, receiver] = channel<Isolated<Canvas>>(1);
  Scope scope;
  scope.thread(
      [](Sender<Isolated<Canvas>> finished) {
        Isolated<Canvas> canvas = Isolated<Canvas>::make();
        canvas->lines.emplace_back("sky");
        canvas->title = std::make_unique<std::string>("evening");
        EXPECT_TRUE(finished.send(std::move(canvas)).succeeded());
        EXPECT_FALSE(canvas);  // NOLINT(bugprone-use-after-move): that is what is tested
      },
      std::move(sender));
  std::optional<Isolated<Canvas>> canvas = receiver.receive();
  ASSERT_TRUE(canvas);
  (*canvas)->lines.emplace_back("sea");
  EXPECT_EQ((*canvas)->lines, (std::vector<std::string>{"sky", "sea"}));
  EXPECT_EQ(*(*canvas)->title, "evening");
}

TROOP_TEST(Isolated, startsAThreadAsItsArgument) {
  Isolated<std::vector<int>> numbers = Isolated<std::vector<int>>::make(std::size_t{3}, 7);
  const int* const where = numbers->data();
  Scope scope;
  scope.thread(
      [](Isolated<std::vector<int>> mine, const int* made) {
        EXPECT_EQ(mine->data(), made);  // moved, not copied
        mine->push_back(8);
        EXPECT_EQ(mine->size(), 4);
      },
      std::move(numbers), assumeSendable(where));
}

TEST(Isolated, givesItsValueAwayOnce) {
  Isolated<std::string> text = Isolated<std::string>::make("mine");
  EXPECT_EQ(std::move(text).take(), "mine");
  EXPECT_FALSE(text);  // NOLINT(bugprone-use-after-move): that is what is tested
}

TEST(IsolatedDeathTest, doesNotOutliveItsMove) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Isolated<std::string> text = Isolated<std::string>::make("mine");
  const Isolated<std::string> other = std::move(text);
  // NOLINTNEXTLINE(bugprone-use-after-move): that is what is tested
  EXPECT_DEATH(text->clear(), "not used after it was moved away");
}

TEST(Isolated, isOfTypesThatOwnAllTheyReach) {
  static_assert(Isolatable<int> && Isolatable<std::vector<std::unique_ptr<std::string>>>);
  static_assert(Isolatable<Canvas> && Isolatable<Sender<int>>);
  static_assert(!Isolatable<int*> && !Isolatable<std::shared_ptr<int>>);
  static_assert(!Isolatable<std::vector<std::string_view>> && !Isolatable<std::unique_ptr<int*>>);
  static_assert(!std::is_copy_constructible_v<Isolated<int>>);
  static_assert(std::is_nothrow_move_constructible_v<Isolated<int>>);
}

}  // namespace
}  // namespace troop
