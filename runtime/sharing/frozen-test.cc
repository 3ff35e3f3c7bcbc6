#include "runtime/sharing/frozen.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "runtime/channel.h"
#include "runtime/scope.h"
#include "runtime/sharing/text.h"
#include "runtime/sim/sweep.h"
#include "runtime/troop.h"

namespace troop {

struct Order {
  std::string customer;
  std::vector<int> amounts;
};
template <>
struct IsFreezable<Order> : FreezableMembers<&Order::customer, &Order::amounts> {};

struct Counted {
  explicit Counted(int* destroyed) : destroyed(destroyed) {}
  Counted(Counted&& other) noexcept : destroyed(std::exchange(other.destroyed, nullptr)) {}
  ~Counted() {
    if (destroyed != nullptr) ++*destroyed;
  }
  int* destroyed;
};

struct Tree {
  int number;
  std::vector<Frozen<Tree>> children;
};
template <>
struct IsFreezable<Tree> : FreezableMembers<&Tree::number, &Tree::children> {};

struct Leaky {
  std::string text;
  int* pointer;
};
template <>
struct IsFreezable<Leaky> : FreezableMembers<&Leaky::text, &Leaky::pointer> {};

// Members of every shape that a list has to count.
struct Shapes {
  std::optional<std::string> name;
  std::array<int, 3> three;
  std::variant<int, std::string> either;
  std::map<int, std::vector<std::string>> table;
  Frozen<Order> order;
  const int fixed = 1;
};
template <>
struct IsFreezable<Shapes> : FreezableMembers<&Shapes::name, &Shapes::three, &Shapes::either,
                                              &Shapes::table, &Shapes::order, &Shapes::fixed> {};

namespace {

TROOP_TEST(Frozen, isReadByManyThreadsAtOnce) {
  const Frozen<Order> order = Frozen<Order>::make(Order{.customer = "acme", .amounts = {1, 2, 3}});
  Scope scope;
  for (int i = 0; i < 10; ++i) {
    scope.thread(
        [](Frozen<Order> shared) {
          const std::vector<Frozen<Order>> copies(100, shared);
          EXPECT_EQ(copies.back()->customer, "acme");
          EXPECT_EQ(copies.front()->amounts.size(), 3);
          EXPECT_TRUE(copies.back().sharesWith(shared));
        },
        order);
  }
}

TROOP_TEST(Frozen, goesWithTheLastThatRefersToItWhereverThatIs) {
  int destroyed = 0;
  {
    Scope scope;
    auto [sender, receiver] = channel<Frozen<Counted>>(1);
    scope.thread(
        [](Receiver<Frozen<Counted>> values, const int* count) {
          std::optional<Frozen<Counted>> last = values.receive();
          const std::optional<Frozen<Counted>> copy = last;
          last.reset();
          EXPECT_EQ(*count, 0);
        },
        std::move(receiver), assumeSendable(static_cast<const int*>(&destroyed)));
    EXPECT_TRUE(sender.send(freeze(assumeFreezable(Counted(&destroyed)))).succeeded());
  }
  EXPECT_EQ(destroyed, 1);
}

TROOP_TEST(Frozen, isPaidForWithWhatItOwns) {
  const Ref<Budget> memory = Troop::current()->memory();
  const std::size_t before = memory->used();
  {
    const Frozen<Order> order =
        freeze(Order{.customer = std::string(1000, 'x'), .amounts = std::vector<int>(1000)});
    EXPECT_GE(memory->used(), before + 1000 + 1000 * sizeof(int));
    const std::vector<Frozen<Order>> copies(3, order);
    EXPECT_LT(memory->used(), before + 2 * (1000 + 1000 * sizeof(int)));
  }
  EXPECT_EQ(memory->used(), before);
}

TROOP_TEST(Frozen, isMadeOfMembersOfEveryShape) {
  const Frozen<Shapes> shapes = freeze(Shapes{.name = "shapes",
                                              .three = {1, 2, 3},
                                              .either = "or",
                                              .table = {{1, {"one"}}},
                                              .order = freeze(Order{.customer = "acme"})});
  EXPECT_EQ(shapes->order->customer, "acme");
}

TROOP_TEST(Frozen, isNotMadeByATroopThatCannotPay) {
  const Ref<Troop> poor =
      Process::current()->troop({.name = "poor", .memoryBytesMax = std::size_t{1} << 20});
  poor->thread({},
               [] {
                 const std::size_t before = Troop::current()->memory()->used();
                 try {
                   freeze(std::vector<char>(std::size_t{2} << 20));
                   ADD_FAILURE() << "a troop of 1 MiB has 2 MiB";
                 } catch (const Error& error) {
                   EXPECT_EQ(error.detail(), ErrorDetail::memory);
                 }
                 EXPECT_EQ(Troop::current()->memory()->used(), before);
               })
      ->join()
      .value();
}

TROOP_TEST(Frozen, outlivesTheTroopThatMadeIt) {
  const Ref<Troop> maker = Process::current()->troop({.name = "maker"});
  auto [sender, receiver] = channel<Frozen<Order>>(1);
  const Ref<Thread> thread = maker->thread(
      {}, [](Sender<Frozen<Order>> made) { made.send(freeze(Order{.customer = "acme"})).value(); },
      std::move(sender));
  const std::optional<Frozen<Order>> order = receiver.receive();
  thread->join().value();
  maker->kill(Error(ErrorKind::disconnected, "done", ErrorDetail::killed));
  ASSERT_TRUE(order);
  EXPECT_EQ((*order)->customer, "acme");
}

TEST(Frozen, isMadeOfAnIsolatedThatWasBuilt) {
  Isolated<std::vector<std::string>> lines = Isolated<std::vector<std::string>>::make();
  lines->emplace_back("first");
  const Frozen<std::vector<std::string>> frozen = freeze(std::move(lines));
  EXPECT_EQ(frozen->front(), "first");
}

TEST(Frozen, refersToOthers) {
  const Frozen<Tree> leaf = freeze(Tree{.number = 1});
  const Frozen<Tree> root = freeze(Tree{.number = 2, .children = {leaf, leaf}});
  EXPECT_TRUE(root->children[0].sharesWith(root->children[1]));
  EXPECT_EQ(root->children[1]->number, 1);
}

TEST(Frozen, isComparedAndHashedByItsValue) {
  const Frozen<std::string> a = freeze(std::string("a"));
  EXPECT_EQ(a, freeze(std::string("a")));
  EXPECT_FALSE(a.sharesWith(freeze(std::string("a"))));
  EXPECT_LT(a, freeze(std::string("b")));
  const std::unordered_set<Frozen<std::string>> set{a};
  EXPECT_TRUE(set.contains(freeze(std::string("a"))));
}

TEST(Freezable, coversValuesAndWhatIsMadeOfThem) {
  static_assert(Freezable<int> && Freezable<std::string> && Freezable<Text>);
  static_assert(Freezable<std::map<Text, std::vector<std::optional<int>>>>);
  static_assert(Freezable<std::tuple<int, std::variant<int, Error>>>);
  static_assert(Freezable<Order> && Freezable<Tree> && Freezable<Frozen<Counted>>);
  static_assert(Sendable<Frozen<Order>> && Isolatable<Frozen<Order>>);
}

TEST(Freezable, refusesWhatMayChangeOrLeadsToSuch) {
  static_assert(!Freezable<int*> && !Freezable<std::string_view> && !Freezable<Counted>);
  static_assert(!Freezable<std::vector<Counted>> && !Freezable<std::shared_ptr<int>>);
  static_assert(!Freezable<Leaky> && !Freezable<std::unique_ptr<int>>);
}

TEST(Freezable, tellsWhatAValueOwns) {
  EXPECT_EQ(ownedBytes(7), 0);
  EXPECT_EQ(ownedBytes(std::string("short")), 0);
  EXPECT_GE(ownedBytes(std::string(100, 'x')), 101);
  EXPECT_GE(ownedBytes(std::vector<std::string>(10, std::string(100, 'x'))),
            10 * (sizeof(std::string) + 101));
  EXPECT_GE(ownedBytes(std::unordered_map<int, std::string>{{1, std::string(100, 'x')}}), 101);
  EXPECT_GE(ownedBytes(std::optional(std::string(100, 'x'))), 101);
  EXPECT_GE(ownedBytes(std::variant<int, std::string>(std::string(100, 'x'))), 101);
  EXPECT_GE(ownedBytes(std::array{std::string(100, 'x'), std::string(100, 'x')}), 202);
}

}  // namespace
}  // namespace troop
