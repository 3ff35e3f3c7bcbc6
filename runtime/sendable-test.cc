#include "runtime/sendable.h"

#include <gtest/gtest.h>

#include <memory>
#include <string_view>

#include "runtime/channel.h"

namespace troop {

struct Opted {
  int* shared;
};
template <>
struct IsSendable<Opted> : std::true_type {};

namespace {

struct Unknown {
  int value;
};

TEST(Sendable, coversValuesAndWhatIsMadeOfThem) {
  static_assert(Sendable<int> && Sendable<bool> && Sendable<double> && Sendable<ErrorKind>);
  static_assert(Sendable<std::string> && Sendable<std::vector<std::string>>);
  static_assert(Sendable<std::map<int, std::optional<std::string>>>);
  static_assert(Sendable<std::tuple<int, std::variant<int, Error>>>);
  static_assert(Sendable<Sender<int>> && Sendable<Receiver<std::string>>);
  static_assert(Sendable<Ref<Troop>> && Sendable<Ref<Thread>>);
  static_assert(Sendable<Opted>);
}

TEST(Sendable, refusesWhatMayShareSomethingMutable) {
  static_assert(!Sendable<int*> && !Sendable<const char*> && !Sendable<std::string_view>);
  static_assert(!Sendable<Unknown> && !Sendable<std::vector<Unknown>>);
  static_assert(!Sendable<std::unique_ptr<int>> && !Sendable<std::shared_ptr<int>>);
  static_assert(!Sendable<Sender<int*>> && !Sendable<std::pair<int, int&>>);
  static_assert(!Sendable<std::function<void()>>);
}

TEST(Sendable, threadsStartWithoutState) {
  int captured = 0;
  const auto capturing = [&captured] { ++captured; };
  const auto plain = [] {};
  static_assert(ThreadStart<decltype(plain)> && ThreadStart<void (*)()>);
  static_assert(!ThreadStart<decltype(capturing)>);
  static_assert(!ThreadStart<std::function<void()>>);
  capturing();
  EXPECT_EQ(captured, 1);
}

TEST(Sendable, argumentsArriveMovedAndUnwrapped) {
  int target = 0;
  const std::unique_ptr<Body> body = makeThreadBody(
      [](std::string text, int* where, std::unique_ptr<int> owned) {
        *where = static_cast<int>(text.size()) + *owned;
      },
      std::string("four"), assumeSendable(&target), assumeSendable(std::make_unique<int>(38)));
  body->run();
  EXPECT_EQ(target, 42);
}

}  // namespace
}  // namespace troop
