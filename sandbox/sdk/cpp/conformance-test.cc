// A C++ plugin as a real guest, against what capnpc-troop writes for hosts: values of every kind go
// there and come back, calls go both ways.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "proxy/compiler/testdata/samples.h"
#include "proxy/target.h"
#include "runtime/process.h"
#include "sandbox/host.h"
#include "sandbox/sdk/cpp/testdata/conformance.troop.h"

namespace troop::test {
namespace {

using sandbox::Guest;
using sandbox::Host;

constexpr Duration patience = 60s;

class ConformanceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    host = std::make_unique<Host>();
    image.emplace(host->compile("sandbox/sdk/cpp/conformance.wasm"));
  }
  static void TearDownTestSuite() {
    image.reset();
    host.reset();
  }

  static std::unique_ptr<Host> host;
  static std::optional<sandbox::Image> image;
  Guest guest = host->spawn(*image, {.name = "conformance"});
  Conformance plugin = guest.as<Conformance>();
};
std::unique_ptr<Host> ConformanceTest::host;
std::optional<sandbox::Image> ConformanceTest::image;

// What comes back for the sample, and for the default.
#define EXPECT_COMES_BACK(method, sample)                               \
  EXPECT_EQ(plugin.method(sample).get(patience).value().value, sample); \
  EXPECT_EQ(plugin.method({}).get(patience).value().value, decltype(sample)())

TEST_F(ConformanceTest, valuesComeBackAsTheyAreSent) {
  EXPECT_COMES_BACK(scalars, sampleScalars());
  EXPECT_COMES_BACK(lists, sampleLists());
  EXPECT_COMES_BACK(shape, sampleShape());
  EXPECT_COMES_BACK(groups, sampleGroups());
  EXPECT_COMES_BACK(tree, sampleTree());
  EXPECT_COMES_BACK(outer, sampleOuter());
  EXPECT_COMES_BACK(keywords, sampleKeywords());
}

TEST_F(ConformanceTest, eachMemberOfAUnionComesBack) {
  const Shape shapes[] = {
      {.name = "n", .which = Shape::Which::nothing},
      {.name = "c", .which = Shape::Which::circle, .circle = 1.5},
      {.name = "p", .which = Shape::Which::polygon, .polygon = {{.x = 1}, {.y = 2}}},
      {.name = "b", .which = Shape::Which::box, .box = {.width = 9}},
      {.name = "l", .which = Shape::Which::label, .label = ""},
  };
  for (const Shape& shape : shapes) {
    EXPECT_EQ(plugin.shape(shape).get(patience).value().value, shape) << shape.name;
  }
}

TEST_F(ConformanceTest, defaultsAreTheSameOnBothSides) {
  const auto sent = plugin.defaults(sampleDefaults()).get(patience).value();
  EXPECT_EQ(sent.value, sampleDefaults());
  EXPECT_FALSE(sent.isDefault);
  const auto absent = plugin.defaults({}).get(patience).value();
  EXPECT_TRUE(absent.isDefault);
  Defaults received = absent.value, expected;
  EXPECT_NE(received.noNumber, received.noNumber);
  received.noNumber = expected.noNumber = 0;
  EXPECT_EQ(received, expected);
}

TEST_F(ConformanceTest, numbersAreUnderstoodNotOnlyCarried) {
  EXPECT_EQ(plugin.describe(sampleScalars()).get(patience).value().text,
            "-128 -32768 -2147483648 -9223372036854775808 255 65535 4294967295 "
            "18446744073709551615 -3 100 both 2 ünïcode \"text\" 3 ");
}

TEST_F(ConformanceTest, constantsAreTheSameOnBothSides) {
  const auto constants = plugin.constants().get(patience).value();
  EXPECT_EQ(constants.answer, answer);
  EXPECT_EQ(constants.pi, pi);
  EXPECT_EQ(constants.greeting, greeting);
  EXPECT_EQ(constants.blob, blob());
  EXPECT_EQ(constants.favourite, favourite);
  EXPECT_EQ(constants.primes, primes());
  EXPECT_EQ(constants.disc, disc());
  EXPECT_EQ(constants.yes, yes);
  EXPECT_EQ(constants.small, small);
}

TEST_F(ConformanceTest, unknownMembersArePassedOverAndMissingOnesAreDefaults) {
  // The parameters of version() as a newer caller would send them.
  proxy::MessageBuilder builder(0, 1);
  proxy::writeStruct(
      *std::make_unique<proxy::StructBuilder>(builder.root()), 0,
      NewVersion{.number = 4, .text = "old", .added = 99, .more = "new", .point = {.x = 1}});
  const auto answer = plugin.capability().call({Conformance::interfaceId, 8},
                                               std::move(builder.finish({}).value()));
  ASSERT_EQ(answer->wait(after(patience)), WaitResult::signalled);
  ASSERT_TRUE(answer->result().succeeded()) << answer->result().error().what();
  const auto results = Conformance::VersionResults::read(answer->result().value().root());
  EXPECT_EQ(results.value, (NewVersion{.number = 5, .text = "old"}));
}

TEST_F(ConformanceTest, callsArePipelinedOnObjectsOfThePlugin) {
  const Store store = plugin.store().store();
  const auto opened = store.open("name").document().read();
  const auto looked = store.lookUp("x");
  const auto entered = looked.entry().document().read();
  const Document duplicate = store.open("d").document().duplicate().document();
  const auto size = duplicate.append("more");
  EXPECT_EQ(opened.get(patience).value().text, "name");
  EXPECT_EQ(entered.get(patience).value().text, "x");
  const auto entry = looked.get(patience).value();
  EXPECT_TRUE(entry.found);
  EXPECT_EQ(entry.entry.next->document.read().get(patience).value().text, "x inner");
  const Store parent = entry.entry.next->parent.store;
  EXPECT_EQ(parent.open("p").document().read().get(patience).value().text, "p");
  EXPECT_EQ(size.get(patience).value().size, 5u);
}

TEST_F(ConformanceTest, capabilitiesTravelInUnionsGroupsAndLists) {
  const Store store = plugin.store().store();
  const auto chosen = store.choose(true).get(patience).value();
  ASSERT_EQ(chosen.which, Store::Choice::Which::document);
  EXPECT_EQ(chosen.document.read().get(patience).value().text, "chosen");
  EXPECT_EQ(store.choose(false).get(patience).value().reason, "not this time");

  const auto any = store.any(chosen.document.capability()).get(patience).value();
  EXPECT_EQ(any.then.read().get(patience).value().text, "chosen");
  EXPECT_EQ(Document(any.capability).read().get(patience).value().text, "chosen");
  EXPECT_FALSE(store.any({}).get(patience).value().then);

  const shared::Greeter greeter(plugin.book().book());
  const auto held = store.holder({.label = "l", .greeter = greeter}).get(patience).value();
  EXPECT_EQ(held.holder.label, "l");
  EXPECT_EQ(held.holder.greeter.greet("me").get(patience).value().greeting, "hello me");
}

TEST_F(ConformanceTest, whatIsInheritedIsServed) {
  const Book book = plugin.book().book();
  EXPECT_EQ(book.page(7).get(patience).value().text, "page 7");
  EXPECT_EQ(book.name().get(patience).value().name, "a book");
  EXPECT_EQ(book.size().get(patience).value().size, 300u);
  EXPECT_EQ(book.owner().owner().name().get(patience).value().name, "a book");
  const auto wrong = Document(book.capability()).read().get(patience);
  ASSERT_TRUE(wrong.failed());
  EXPECT_EQ(wrong.error().kind(), ErrorKind::unimplemented);
}

TEST_F(ConformanceTest, methodsTakeAndGiveStructsDeclaredElsewhere) {
  const Calculator calculator = plugin.calculator().calculator();
  EXPECT_EQ(calculator.add(40, 2).get(patience).value().sum, 42);
  EXPECT_EQ(calculator.join({"a", "b", "c"}, "-").get(patience).value().text, "a-b-c");
  const auto measured =
      calculator.measure({.name = "disc", .which = Shape::Which::circle, .circle = 2.5})
          .get(patience)
          .value();
  EXPECT_EQ(measured.double_, 2.5);
  EXPECT_EQ(measured.text, "disc");
  EXPECT_EQ(calculator.delete_("c", "m", 3).get(patience).value().new_, "cm3");
  const auto failed = calculator.fail("too much").get(patience);
  ASSERT_TRUE(failed.failed());
  EXPECT_EQ(failed.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(failed.error().reason(), "too much");
}

TEST_F(ConformanceTest, thePluginCallsObjectsOfOthers) {
  // Another guest, by capabilities that pass through here.
  const Guest other = host->spawn(*image, {.name = "other"});
  const Conformance its = other.as<Conformance>();
  const auto visited =
      plugin.visit(its.store().store(), its.calculator().calculator(), its.book().book())
          .get(patience);
  ASSERT_TRUE(visited.succeeded()) << visited.error().what();
  EXPECT_EQ(visited->text,
            "opened; looked up; found; no parent; a, b; as asked; a book; a book; hello you");
}

class WatcherTarget final : public Watcher::Target {
 public:
  ChangedResults changed(ChangedParams params) override {
    if (params.name != "file") throw Error(ErrorKind::failed, "another name");
    return {};
  }
};

TEST_F(ConformanceTest, thePluginCallsObjectsOfTheHost) {
  const Ref<Thread> thread = host->process().root().serviceThread("watchers");
  const Watcher watcher(proxy::serve(thread, std::make_shared<WatcherTarget>()));
  const Store store = plugin.store().store();
  EXPECT_EQ(store.watch(watcher, {watcher, Watcher(), watcher}).get(patience).value().told, 3u);
}

TEST_F(ConformanceTest, malformedParametersFailTheCallAlone) {
  proxy::MessageBuilder builder(0, 1);
  builder.root().setText(0, "a text where a struct should be");
  const auto answer = plugin.capability().call({Conformance::interfaceId, 0},
                                               std::move(builder.finish({}).value()));
  ASSERT_EQ(answer->wait(after(patience)), WaitResult::signalled);
  ASSERT_TRUE(answer->result().failed());
  EXPECT_EQ(answer->result().error().reason(),
            "malformed parameters: it has something else where a struct should be");
  EXPECT_EQ(plugin.shape(sampleShape()).get(patience).value().value, sampleShape());
}

}  // namespace
}  // namespace troop::test
