// A plugin that sends back what it gets, serves every kind of interface, and calls those of others.
#include <memory>
#include <string>
#include <utility>

#include "sandbox/sdk/cpp/testdata/conformance.guest.h"

namespace troop::test {
namespace {

class DocumentTarget final : public Document::Target {
 public:
  explicit DocumentTarget(std::string text) : text_(std::move(text)) {}

  Promise<ReadResults> read(ReadParams) override { return ReadResults{.text = text_}; }
  Promise<AppendResults> append(AppendParams params) override {
    text_ += params.text;
    return AppendResults{.size = text_.size()};
  }
  Promise<DuplicateResults> duplicate(DuplicateParams) override {
    return DuplicateResults{.document = std::make_shared<DocumentTarget>(text_)};
  }

 private:
  std::string text_;
};

class StoreTarget final : public Store::Target {
  Promise<OpenResults> open(OpenParams params) override {
    return OpenResults{.document = std::make_shared<DocumentTarget>(params.name)};
  }
  Promise<LookUpResults> lookUp(LookUpParams params) override {
    Store::Entry inner = {.document = std::make_shared<DocumentTarget>(params.name + " inner")};
    inner.parent.store = std::make_shared<StoreTarget>();
    co_return {.entry = {.document = std::make_shared<DocumentTarget>(params.name),
                         .next = std::move(inner)},
               .found = true};
  }
  Promise<WatchResults> watch(WatchParams params) override {
    WatchResults results;
    std::vector<Watcher> watchers = std::move(params.others);
    watchers.push_back(std::move(params.watcher));
    for (const Watcher& watcher : watchers) {
      if ((co_await watcher.changed("file").expected()).succeeded()) ++results.told;
    }
    co_return results;
  }
  Promise<AnyResults> any(AnyParams params) override {
    return AnyResults{.capability = params.capability,
                      .then = Document(params.capability),
                      .answer = std::make_shared<DocumentTarget>("answer")};
  }
  Promise<HolderResults> holder(HolderParams params) override {
    return HolderResults{.holder = std::move(params.holder)};
  }
  Promise<ChooseResults> choose(ChooseParams params) override {
    if (params.useFirst) {
      return Choice{.document = std::make_shared<DocumentTarget>("chosen")};
    }
    return Choice{.which = Choice::Which::reason, .reason = "not this time"};
  }

  using Choice = Store::Choice;
};

class CalculatorTarget final : public Calculator::Target {
  Promise<AddResults> add(AddParams params) override {
    return AddResults{.sum = params.left + params.right};
  }
  Promise<JoinResults> join(JoinParams params) override {
    JoinResults results;
    for (const std::string& word : params.words) {
      if (!results.text.empty()) results.text += params.separator;
      results.text += word;
    }
    return results;
  }
  Promise<MeasureResults> measure(MeasureParams shape) override {
    return MeasureResults{.double_ = shape.circle, .text = shape.name};
  }
  Promise<LogResults> log(LogParams params) override {
    troop::log(params.step.name + " " + std::to_string(params.steps.size()));
    return LogResults{};
  }
  Promise<FeedResults> feed(FeedParams) override { return FeedResults{}; }
  Promise<FailResults> fail(FailParams params) override {
    return Error(ErrorKind::overloaded, params.reason);
  }
  Promise<DeleteResults> delete_(DeleteParams params) override {
    return DeleteResults{.new_ = params.class_ + params.message + std::to_string(params.params)};
  }
};

class BookTarget final : public Book::Target {
  Promise<NameResults> name(NameParams) override { return NameResults{.name = "a book"}; }
  Promise<SizeResults> size(SizeParams) override { return SizeResults{.size = 300}; }
  Promise<OwnerResults> owner(OwnerParams) override {
    return OwnerResults{.owner = Book(std::make_shared<BookTarget>())};
  }
  Promise<GreetResults> greet(GreetParams params) override {
    return GreetResults{.greeting = "hello " + params.name};
  }
  Promise<PageResults> page(PageParams params) override {
    return PageResults{.text = "page " + std::to_string(params.number)};
  }
};

class ConformanceTarget final : public Conformance::Target {
  Promise<ScalarsResults> scalars(ScalarsParams params) override {
    return ScalarsResults{params.value};
  }
  Promise<DefaultsResults> defaults(DefaultsParams params) override {
    // A number that is none is not even the same as itself.
    Defaults withNumber = params.value, expected;
    withNumber.noNumber = expected.noNumber = 0;
    return DefaultsResults{params.value, withNumber == expected};
  }
  Promise<ListsResults> lists(ListsParams params) override { return ListsResults{params.value}; }
  Promise<ShapeResults> shape(ShapeParams params) override { return ShapeResults{params.value}; }
  Promise<GroupsResults> groups(GroupsParams params) override {
    return GroupsResults{params.value};
  }
  Promise<TreeResults> tree(TreeParams params) override { return TreeResults{params.value}; }
  Promise<OuterResults> outer(OuterParams params) override { return OuterResults{params.value}; }
  Promise<KeywordsResults> keywords(KeywordsParams params) override {
    return KeywordsResults{params.value};
  }
  Promise<VersionResults> version(VersionParams params) override {
    co_return {.value = {.number = params.value.number + 1, .text = params.value.text}};
  }

  Promise<ConstantsResults> constants(ConstantsParams) override {
    co_return {.answer = answer,
               .pi = pi,
               .greeting = std::string(greeting),
               .blob = blob(),
               .favourite = favourite,
               .primes = primes(),
               .disc = disc(),
               .yes = yes,
               .small = small};
  }
  Promise<DescribeResults> describe(DescribeParams params) override {
    const Scalars& value = params.value;
    std::string text;
    for (const std::string& part :
         {std::to_string(value.tiny), std::to_string(value.small), std::to_string(value.medium),
          std::to_string(value.large), std::to_string(value.byte),
          std::to_string(value.unsignedSmall), std::to_string(value.unsignedMedium),
          std::to_string(value.unsignedLarge), std::to_string(static_cast<int>(value.single * 2)),
          std::to_string(static_cast<int>(value.double_ * 1000)),
          std::string(value.flag && value.otherFlag ? "both" : "not both"),
          std::to_string(static_cast<int>(value.color)), value.text,
          std::to_string(value.data.size())}) {
      text += part + " ";
    }
    co_return {text};
  }

  Promise<StoreResults> store(StoreParams) override {
    return StoreResults{std::make_shared<StoreTarget>()};
  }
  Promise<CalculatorResults> calculator(CalculatorParams) override {
    return CalculatorResults{std::make_shared<CalculatorTarget>()};
  }
  Promise<BookResults> book(BookParams) override {
    return BookResults{std::make_shared<BookTarget>()};
  }

  Promise<VisitResults> visit(VisitParams params) override {
    // All on their way before the first is answered.
    const auto opened = params.store.open("opened").document().read();
    const auto looked = params.store.lookUp("looked up");
    const auto entered = looked.entry().document().read();
    const auto deeper = looked.entry().parent().store().open("parent").document().read();
    const auto joined = params.calculator.join({"a", "b"});
    const auto failed = co_await params.calculator.fail("as asked").expected();
    const auto named = params.book.name();
    const auto owned = Named(params.book.owner().owner()).name();
    const auto greeted = shared::Greeter(params.book).greet("you");

    std::string text;
    text += (co_await opened).text + "; " + (co_await entered).text + "; ";
    text += (co_await looked).found ? "found; " : "not found; ";
    const auto parent = co_await deeper.expected();
    text += parent.succeeded() ? parent->text + "; " : "no parent; ";
    text += (co_await joined).text + "; " + failed.error().reason() + "; ";
    text += (co_await named).name + "; " + (co_await owned).name + "; ";
    text += (co_await greeted).greeting;
    co_return {text};
  }
};

}  // namespace
}  // namespace troop::test

TROOP_PLUGIN(troop::test::ConformanceTarget)
