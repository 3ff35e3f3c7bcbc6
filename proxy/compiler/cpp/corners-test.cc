// Schemas whose names collide with those of languages, of the library and of each other. That what
// is generated for them compiles, its header without a warning, is half of the test.
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "proxy/compiler/testdata/corners.troop.h"
#include "runtime/process.h"

namespace corners::troop::proxy {
namespace {

template <typename T>
T roundTrip(const T& value) {
  auto builder = ::troop::proxy::builderFor<T>();
  value.write(builder.root());
  const ::troop::proxy::Message message = std::move(builder.finish({}).value());
  return T::read(message.root());
}

TEST(Corners, keepTypesOfOneNameApart) {
  static_assert(std::is_same_v<Message::Message_, Message_Message>);
  static_assert(std::is_same_v<Wide::Wide_, Wide_wide>);
  static_assert(std::is_same_v<Wide::Point, Wide_Point>);
  static_assert(std::is_same_v<FooParams::FooParams_, FooParams_FooParams>);
  static_assert(std::is_same_v<decltype(Message::message), ::Message>);
  static_assert(std::is_base_of_v<::troop::proxy::Target, Outer_Inner::Target>);
  const Message value = {.message = {.text = "other"}, .inner = {.message = "inner"}};
  EXPECT_EQ(roundTrip(value), value);
}

TEST(Corners, haveTheDefaultsOfTheirSchema) {
  const Message value;
  EXPECT_EQ(value.message, (::Message{.text = "held", .builder = 3}));
  EXPECT_EQ(value.messages, (std::vector<::Message>{{.text = "one"}, {}}));
  EXPECT_EQ(value.messages[1].text, "base");
  EXPECT_EQ(roundTrip(value), value);
  EXPECT_FALSE(Wide().point.x);
  EXPECT_TRUE(Wide_Point().x);
}

TEST(Corners, readWhatIsLeftOutOfADefaultAsItsOwnDefault) {
  // The struct is there, and empty: its fields have their own defaults, not those of Message.
  ::troop::proxy::MessageBuilder builder(Message::dataWords, Message::pointers);
  builder.root().initStructure(0, 0, 0);
  const ::troop::proxy::Message message = std::move(builder.finish({}).value());
  EXPECT_EQ(Message::read(message.root()).message, ::Message());
}

TEST(Corners, takeNoRoomWhereThereIsNothing) {
  const HasNothing value = {.group = {.which = HasNothing::Group::Which::five},
                            .which = HasNothing::Which::two};
  EXPECT_EQ(roundTrip(value), value);
}

TEST(Corners, haveConstants) {
  static_assert(class_ == -5 && aliased == -5);
  static_assert(Outer::length == 3);
  static_assert(Outer::name == "a name");
  EXPECT_EQ(Outer::kinds(),
            (std::vector<Outer::Kinds>{Outer::Kinds::class_, Outer::Kinds::struct_}));
  EXPECT_EQ(endless()[1], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(nested().wide.wide, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(nested().wide.point.y, 1e100);
  EXPECT_EQ(nested().values, (std::vector<std::vector<std::vector<std::int8_t>>>{{{1}, {}}, {}}));
  EXPECT_TRUE(nested().list[0].point.x);
  EXPECT_FALSE(nested().list[1].point.x);
  EXPECT_EQ(base().builder, 1);
  EXPECT_EQ(texts()[1], std::string("two\0three", 9));
}

class InnerTarget final : public Outer::Inner::Target {
 public:
  ProxyResults proxy(ProxyParams params) override { return {.proxy = params.proxy}; }
  TargetResults target(TargetParams) override { return {}; }
  CapabilityResults capability_(CapabilityParams) override { return {}; }
  SendResults send_(SendParams params) override {
    if (params.message + params.params != "mp")
      throw ::troop::Error(::troop::ErrorKind::failed, "");
    return {};
  }
  DispatchResults dispatch_(DispatchParams params) override { return params.inner; }
  InterfaceIdResults interfaceId_(InterfaceIdParams) override { return {}; }
  ThenResults then(ThenParams) override { return {}; }
  ConstructorResults constructor(ConstructorParams params) override {
    return {.results = std::to_string(params.results)};
  }
  ReleaseResults release(ReleaseParams) override { return {}; }
  ToStringResults toString(ToStringParams) override { return {}; }
  OperatorResults operator_(OperatorParams) override { return {}; }
  MethodResults method(MethodParams params) override {
    if (params.method != -1) throw ::troop::Error(::troop::ErrorKind::failed, "not its default");
    return {};
  }
  ParamsResults params(ParamsParams) override { return {}; }
  ResultsResults results(ResultsParams) override { return {}; }
};

TEST(Corners, areCalled) {
  ::troop::Process process{{.carriers = 1}};
  const auto thread = process.root().serviceThread("corners");
  const Outer::Inner inner(::troop::proxy::serve(thread, std::make_shared<InnerTarget>()));
  EXPECT_EQ(inner.constructor(5).get()->results, "5");
  EXPECT_TRUE(inner.send_("m", {}, "p", 0).get().succeeded());
  EXPECT_TRUE(inner.method().get().succeeded());
  EXPECT_FALSE(inner.method(1).get().succeeded());
  EXPECT_TRUE(inner.params().get().succeeded());
  EXPECT_TRUE(inner.results().get().succeeded());
  EXPECT_EQ(inner.dispatch_({.inner = {.message = "x"}}).get()->message, "x");
  EXPECT_TRUE(inner.proxy(inner).proxy().proxy({}).get().succeeded());
}

}  // namespace
}  // namespace corners::troop::proxy
