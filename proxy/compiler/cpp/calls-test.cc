// Calls through generated proxies to generated targets, served on a Thread of another troop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "proxy/compiler/testdata/everything.troop.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/task.h"

namespace troop::test {
namespace {

using shared::Greeter;
using shared::Holder;
using testing::HasSubstr;

// Serves an object on the Thread that the caller runs on.
template <typename Proxy>
Proxy serveHere(std::shared_ptr<proxy::Target> target) {
  return Proxy(proxy::serve(Ref<Thread>::share(Thread::current()), std::move(target)));
}

class CalculatorTarget final : public Calculator::Target {
 public:
  AddResults add(AddParams params) override { return {.sum = params.left + params.right}; }
  JoinResults join(JoinParams params) override {
    JoinResults results;
    for (const std::string& word : params.words) {
      if (!results.text.empty()) results.text += params.separator;
      results.text += word;
    }
    return results;
  }
  MeasureResults measure(MeasureParams shape) override {
    return {.double_ = shape.circle, .text = shape.name};
  }
  LogResults log(LogParams params) override {
    logged = std::move(params);
    return {};
  }
  FeedResults feed(FeedParams params) override {
    fed += params.chunk.size();
    return {};
  }
  FailResults fail(FailParams params) override {
    throw Error(ErrorKind::overloaded, params.reason, ErrorDetail::quota);
  }
  DeleteResults delete_(DeleteParams params) override {
    return {.new_ = params.class_ + params.message + std::to_string(params.params)};
  }

  LogParams logged;
  std::size_t fed = 0;
};

class DocumentTarget final : public Document::Target {
 public:
  explicit DocumentTarget(std::string text) : text_(std::move(text)) {}

  ReadResults read(ReadParams) override { return {.text = text_}; }
  AppendResults append(AppendParams params) override {
    text_ += params.text;
    return {.size = text_.size()};
  }
  DuplicateResults duplicate(DuplicateParams) override {
    return {.document = serveHere<Document>(std::make_shared<DocumentTarget>(text_))};
  }

 private:
  std::string text_;
};

Document documentHere(std::string text) {
  return serveHere<Document>(std::make_shared<DocumentTarget>(std::move(text)));
}

class StoreTarget : public Store::Target {
 public:
  OpenResults open(OpenParams params) override { return {.document = documentHere(params.name)}; }
  LookUpResults lookUp(LookUpParams params) override {
    Store::Entry inner = {.document = documentHere(params.name + " inner")};
    inner.parent.store = serveHere<Store>(std::make_shared<StoreTarget>());
    return {.entry = {.document = documentHere(params.name), .next = std::move(inner)},
            .found = true};
  }
  WatchResults watch(WatchParams params) override {
    std::uint32_t told = 0;
    std::vector<Watcher> watchers = std::move(params.others);
    watchers.push_back(std::move(params.watcher));
    for (const Watcher& watcher : watchers) {
      if (watcher && watcher.changed("file").get().succeeded()) ++told;
    }
    return {.told = told};
  }
  AnyResults any(AnyParams params) override {
    return {.capability = params.capability,
            .then = Document(params.capability),
            .answer = documentHere("answer")};
  }
  HolderResults holder(HolderParams params) override {
    return {.holder = std::move(params.holder)};
  }
  ChooseResults choose(ChooseParams params) override {
    Store::Choice choice;
    if (params.useFirst) {
      choice.document = documentHere("chosen");
    } else {
      choice.which = Store::Choice::Which::reason;
      choice.reason = "not this time";
    }
    return choice;
  }
};

class WatcherTarget final : public Watcher::Target {
 public:
  ChangedResults changed(ChangedParams params) override {
    names += params.name + ";";
    return {};
  }
  std::string names;
};

class BookTarget final : public Book::Target {
 public:
  NameResults name(NameParams) override { return {.name = "a book"}; }
  SizeResults size(SizeParams) override { return {.size = 300}; }
  OwnerResults owner(OwnerParams) override {
    return {.owner = serveHere<Book>(std::make_shared<BookTarget>())};
  }
  GreetResults greet(GreetParams params) override { return {.greeting = "hello " + params.name}; }
  PageResults page(PageParams params) override {
    return {.text = "page " + std::to_string(params.number)};
  }
};

class GeneratedCallsTest : public testing::Test {
 protected:
  template <typename Proxy, typename Target, typename... Arguments>
  Proxy serve(Arguments&&... arguments) {
    return Proxy(
        proxy::serve(thread, std::make_shared<Target>(std::forward<Arguments>(arguments)...)));
  }

  Process process{{.carriers = 2}};
  Ref<Troop> troop = process.troop({.name = "served"});
  Ref<Thread> thread = troop->serviceThread("objects");
};

TEST_F(GeneratedCallsTest, takeParametersAndGiveResults) {
  const Calculator calculator = serve<Calculator, CalculatorTarget>();
  EXPECT_EQ(calculator.add(40, 2).get()->sum, 42);
  EXPECT_EQ(calculator.add(-1, std::numeric_limits<std::int64_t>::min() + 1).get()->sum,
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(calculator.join({"a", "b", "c"}, "-").get()->text, "a-b-c");
  const auto measured =
      calculator.measure({.name = "disc", .which = Shape::Which::circle, .circle = 1.5}).get();
  EXPECT_EQ(measured->double_, 1.5);
  EXPECT_EQ(measured->text, "disc");
}

TEST_F(GeneratedCallsTest, areMadeByTasksToo) {
  const Calculator calculator = serve<Calculator, CalculatorTarget>();
  process.run([&] { EXPECT_EQ(calculator.add(1, 2).get()->sum, 3); });
}

TEST_F(GeneratedCallsTest, leaveOutParametersThatHaveDefaults) {
  const auto target = std::make_shared<CalculatorTarget>();
  const Calculator calculator(proxy::serve(thread, target));
  EXPECT_EQ(calculator.join({"a", "b"}).get()->text, "a, b");
  // An empty text is not the default.
  EXPECT_EQ(calculator.join({"a", "b"}, "").get()->text, "ab");
  const Calculator::Step step = {.name = "one", .value = 1};
  ASSERT_TRUE(calculator.log(step, {step, step}).get().succeeded());
  EXPECT_EQ(target->logged.step, step);
  EXPECT_EQ(target->logged.steps.size(), 2u);
  EXPECT_EQ(target->logged.color, Color::green);
}

TEST_F(GeneratedCallsTest, stream) {
  const auto target = std::make_shared<CalculatorTarget>();
  const Calculator calculator(proxy::serve(thread, target));
  const std::vector<std::byte> chunk(100'000);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(calculator.feed(chunk).get().succeeded());
  EXPECT_EQ(target->fed, 300'000u);
}

TEST_F(GeneratedCallsTest, giveTheErrorOfTheTarget) {
  const Error error = serve<Calculator, CalculatorTarget>().fail("full").get().error();
  EXPECT_EQ(error.kind(), ErrorKind::overloaded);
  EXPECT_EQ(error.detail(), ErrorDetail::quota);
  EXPECT_EQ(error.reason(), "full");
}

TEST_F(GeneratedCallsTest, onNothingFail) {
  EXPECT_THAT(Calculator().add(1, 2).get().error().reason(), HasSubstr("null capability"));
  EXPECT_THAT(Store().open("x").document().read().get().error().reason(),
              HasSubstr("null capability"));
}

TEST_F(GeneratedCallsTest, haveNamesThatAreKeywords) {
  const Calculator calculator = serve<Calculator, CalculatorTarget>();
  EXPECT_EQ(calculator.delete_("a", "b", 3).get()->new_, "ab3");
}

TEST_F(GeneratedCallsTest, passCapabilitiesBothWays) {
  const Store store = serve<Store, StoreTarget>();
  const Document document = store.open("text").get()->document;
  EXPECT_EQ(document.append(" and more").get()->size, 13u);
  EXPECT_EQ(document.read().get()->text, "text and more");

  const auto watcher = std::make_shared<WatcherTarget>();
  const Watcher watching(proxy::serve(process.root().serviceThread("watcher"), watcher));
  EXPECT_EQ(store.watch(watching, {watching, Watcher(), watching}).get()->told, 3u);
  EXPECT_EQ(watcher->names, "file;file;file;");
}

TEST_F(GeneratedCallsTest, keepTheIdentityOfCapabilities) {
  const Store store = serve<Store, StoreTarget>();
  const Document document = serve<Document, DocumentTarget>("mine");
  const auto results = store.any(document.capability()).get();
  EXPECT_EQ(results->capability, document.capability());
  EXPECT_EQ(results->then, document);
  EXPECT_NE(results->answer, document);

  const Holder holder = {.label = "label", .greeter = serve<Book, BookTarget>(), .point = {.x = 1}};
  EXPECT_EQ(store.holder(holder).get()->holder, holder);
}

TEST_F(GeneratedCallsTest, arePipelined) {
  const Store store = serve<Store, StoreTarget>();
  EXPECT_EQ(store.open("text").document().read().get()->text, "text");
  const auto opened = store.open("copied");
  EXPECT_EQ(opened.document().duplicate().document().duplicate().document().read().get()->text,
            "copied");
  EXPECT_EQ(opened.document().read().get()->text, "copied");
}

TEST_F(GeneratedCallsTest, arePipelinedThroughStructsAndGroups) {
  const Store store = serve<Store, StoreTarget>();
  const auto looked = store.lookUp("name");
  EXPECT_EQ(looked.entry().document().read().get()->text, "name");
  EXPECT_EQ(looked.entry().next().document().read().get()->text, "name inner");
  EXPECT_EQ(looked.entry().next().parent().store().open("deep").document().read().get()->text,
            "deep");
  EXPECT_THAT(looked.entry().parent().store().open("none").get().error().reason(),
              HasSubstr("null capability"));
  EXPECT_TRUE(looked.get()->found);
  EXPECT_EQ(store.any(looked.entry().document().capability()).answer_().read().get()->text,
            "answer");
}

TEST_F(GeneratedCallsTest, arePipelinedOnResultsThatHaveNotArrived) {
  class SlowStore final : public StoreTarget {
   public:
    explicit SlowStore(Event& mayOpen) : mayOpen_(mayOpen) {}
    OpenResults open(OpenParams params) override {
      mayOpen_.wait();
      return StoreTarget::open(std::move(params));
    }

   private:
    Event& mayOpen_;
  };
  Event mayOpen;
  const Store store(proxy::serve(thread, std::make_shared<SlowStore>(mayOpen)));
  const auto opened = store.open("later");
  const auto appended = opened.document().append(", more");
  const auto text = opened.document().read();
  EXPECT_FALSE(opened.ready());
  EXPECT_FALSE(text.ready());
  mayOpen.set();
  EXPECT_EQ(text.get()->text, "later, more");
  EXPECT_EQ(appended.get()->size, 11u);
}

TEST_F(GeneratedCallsTest, giveUnionsWithCapabilities) {
  const Store store = serve<Store, StoreTarget>();
  const auto chosen = store.choose(true).get();
  ASSERT_EQ(chosen->which, Store::Choice::Which::document);
  EXPECT_EQ(chosen->document.read().get()->text, "chosen");
  EXPECT_EQ(store.choose(false).get()->reason, "not this time");
}

TEST_F(GeneratedCallsTest, reachAllThatAnInterfaceExtends) {
  const Book book = serve<Book, BookTarget>();
  EXPECT_EQ(book.page(7).get()->text, "page 7");
  EXPECT_EQ(book.size().get()->size, 300u);
  EXPECT_EQ(book.name().get()->name, "a book");
  EXPECT_EQ(book.greet("you").get()->greeting, "hello you");
  EXPECT_EQ(book.owner().owner().name().get()->name, "a book");

  // NOLINTBEGIN(performance-unnecessary-copy-initialization): conversions are what is tested
  const Sized sized = book;
  const Owned owned = book;
  const Named named = owned;
  const Greeter greeter = book;
  // NOLINTEND(performance-unnecessary-copy-initialization)
  EXPECT_EQ(sized.size().get()->size, 300u);
  EXPECT_EQ(owned.owner().owner().name().get()->name, "a book");
  EXPECT_EQ(named.name().get()->name, "a book");
  EXPECT_EQ(greeter.greet("you").get()->greeting, "hello you");
  EXPECT_EQ(Book(named.capability()).page(1).get()->text, "page 1");
}

TEST_F(GeneratedCallsTest, ofMethodsThatAreNotThereAreUnimplemented) {
  const Book book = serve<Book, BookTarget>();
  const auto reasonOf = [](const proxy::Capability& capability, proxy::MethodId method) {
    const Ref<proxy::Answer> answer = capability.call(method, proxy::Message::empty());
    answer->wait();
    EXPECT_EQ(answer->result().error().kind(), ErrorKind::unimplemented);
    return answer->result().error().reason();
  };
  EXPECT_THAT(reasonOf(book.capability(), {Book::interfaceId, 1}), HasSubstr("interface Book"));
  EXPECT_THAT(reasonOf(book.capability(), {Named::interfaceId, 5}), HasSubstr("interface Named"));
  EXPECT_THAT(reasonOf(book.capability(), {Store::interfaceId, 0}), HasSubstr("interface Book"));
  EXPECT_EQ(Store(book.capability()).open("x").get().error().kind(), ErrorKind::unimplemented);
}

TEST_F(GeneratedCallsTest, takeTheDeepestMessageOnTheStackOfATask) {
  Tree tree;
  for (int depth = 2; depth < 60; ++depth) tree = Tree{.value = depth, .left = std::move(tree)};
  process.run([&] {
    auto builder = proxy::builderFor<Tree>();
    tree.write(builder.root());
    const proxy::Message message = std::move(builder.finish({}).value());
    EXPECT_EQ(Tree::read(message.root()), tree);
  });
}

TEST_F(GeneratedCallsTest, withResultsThatAreNotTheirsFailAsMalformed) {
  // Text where a struct with a capability should be.
  class Liar final : public proxy::Target {
   public:
    proxy::Message dispatch(proxy::MethodId, const proxy::Message&) override {
      proxy::MessageBuilder builder(0, 1);
      builder.root().setText(0, "no capability");
      return proxy::finishResults(std::move(builder));
    }
  };
  const Store store(proxy::serve(thread, std::make_shared<Liar>()));
  const auto promise = store.open("x");
  EXPECT_EQ(promise.get().error().detail(), ErrorDetail::badMessage);
  EXPECT_EQ(promise.document().read().get().error().detail(), ErrorDetail::badMessage);
}

}  // namespace
}  // namespace troop::test
