// What must not cross between Threads, and what the compiler then says.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/future.h"
#include "runtime/channel.h"
#include "runtime/local/finalizer.h"
#include "runtime/local/local.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sharing/frozen.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sharing/shared-map.h"
#include "runtime/sharing/shared-queue.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {

struct Account {
  int balance = 0;
  int* history = nullptr;
};

// One type for each case: a template says only once what is wrong with a type.
struct Invoice {};
struct Receipt {};

Async<int> counted();

struct Forgets {
  int balance = 0;
  int* history = nullptr;
};
template <>
struct IsFreezable<Forgets> : FreezableMembers<&Forgets::balance> {};
struct ForgetsIt {
  int balance = 0;
  std::unique_ptr<int> history;
};
template <>
struct IsFreezable<ForgetsIt> : FreezableMembers<&ForgetsIt::balance> {};
struct ForgetsReference {
  int number;
  std::string& reference;
};
template <>
struct IsFreezable<ForgetsReference> : FreezableMembers<&ForgetsReference::number> {};
struct Repeats {
  int balance = 0;
  int* history = nullptr;
};
template <>
struct IsFreezable<Repeats> : FreezableMembers<&Repeats::balance, &Repeats::balance> {};

void threads(Scope& scope, Troop& troop) {
  int local = 0;
  const std::string text = "text";

  // What is safe compiles.
  scope.thread([](int number, const std::string& copy) { (void)(copy.size() + number); }, 1, text);
  scope.thread([](Account* mine) { ++mine->balance; }, assumeSendable(new Account));

  // error: what another Thread calls is a function or a lambda that captures nothing
  scope.thread([&local] { ++local; });

  // error: what another Thread calls is a function or a lambda that captures nothing
  troop.thread({"captures"}, [local] { (void)local; });

  // error: a pointer is not Sendable
  scope.thread([](int* shared) { ++*shared; }, &local);

  // error: a pointer is not Sendable
  scope.thread([](const char* shared) { (void)*shared; }, "a literal");

  // error: a reference is not Sendable
  scope.thread([](std::reference_wrapper<int> shared) { ++shared.get(); }, std::ref(local));

  // error: a view is not Sendable
  scope.thread([](std::string_view shared) { (void)shared; }, std::string_view(text));

  // error: a view is not Sendable
  scope.thread([](std::span<const char> shared) { (void)shared; }, std::span(text));

  // error: a std::shared_ptr is not Sendable
  scope.thread([](std::shared_ptr<int> shared) { ++*shared; }, std::make_shared<int>(1));

  // error: a std::unique_ptr is not Sendable
  scope.thread([](std::unique_ptr<int> owned) { ++*owned; }, std::make_unique<int>(1));

  // error: a std::function is not Sendable
  scope.thread([](std::function<void()> call) { call(); }, std::function<void()>());

  // error: this type is not Sendable
  scope.thread([](Local<int> shared) { ++*shared; }, Local<int>());

  // error: this type is not Sendable
  scope.thread([](Async<int> work) { (void)work; }, counted());

  // error: this type is not Sendable
  scope.thread([](Account shared) { ++shared.balance; }, Account());

  // error

  // What an argument is made of is named.
  auto [sender, receiver] = channel<unsigned*>(1);

  // error: a pointer is not Sendable
  scope.thread([](Sender<unsigned*> shared) { (void)shared; }, sender);

  // error: a view is not Sendable
  scope.thread([](std::map<int, std::vector<std::wstring_view>> shared) { (void)shared; },
               std::map<int, std::vector<std::wstring_view>>());

  // error: a std::shared_ptr is not Sendable
  scope.thread([](std::tuple<int, int, std::shared_ptr<long>> shared) { (void)shared; },
               std::tuple<int, int, std::shared_ptr<long>>());

  // error
}

// What a Thread returns crosses as well.
void results(Scope& scope, Troop& troop, int& local) {
  // What is safe compiles.
  (void)troop.future({}, [] { return std::string("text"); });

  // error: a pointer is not Sendable
  (void)troop.future({}, [] { return new double(1); });

  // error: what another Thread calls is a function or a lambda that captures nothing
  (void)scope.threadFuture({}, [&local] { return ++local; });

  // error: a std::unique_ptr is not Sendable
  (void)scope.threadFuture({}, [] { return std::make_unique<char>('a'); });

  // error: this type is not Sendable
  (void)troop.future({}, [] { return Receipt(); });

  // error
}

void posting(const Ref<Thread>& thread, long& local) {
  // What is safe compiles.
  (void)thread->post([](const std::string& copy) { (void)copy; }, std::string("text"));
  (void)thread->post(assumeSendable([&local] { ++local; }));

  // error: what another Thread calls is a function or a lambda that captures nothing
  (void)thread->post([&local] { ++local; });

  // error: what another Thread calls is a function or a lambda that captures nothing
  (void)thread->post(std::function<void()>());

  // error: a pointer is not Sendable
  (void)thread->post([](long* shared) { ++*shared; }, &local);

  // error
}

void continuing(const Ref<Thread>& thread, int& local) {
  // What is safe compiles: so does all that stays with who asks, or with an executor of the host.
  const auto later = [](std::function<void()> call) { call(); };
  (void)future<int>().second.then(thread, [](Expected<int> number) { return number.value(); });
  (void)future<int*>().second.then(later, [&local](Expected<int*> shared) { **shared = local; });
  (void)future<int>().second.then(thread,
                                  assumeSendable([&local](Expected<int>) { return &local; }));

  // error: what another Thread calls is a function or a lambda that captures nothing
  (void)future<int>().second.then(thread, [&local](Expected<int>) { ++local; });

  // error: a pointer is not Sendable
  (void)future<short*>().second.then(thread, [](Expected<short*> shared) { ++**shared; });

  // error: a pointer is not Sendable
  (void)future<int>().second.then(thread, [](Expected<int>) { return new float(1); });

  // error: a coroutine does not go on in another Thread
  (void)future<int>().second.on(thread);

  // error: this type is not Sendable
  (void)thread->post([](Future<Invoice> shared) { (void)shared; }, future<Invoice>().second);

  // error
}

void finalizing() {
  // error: the core of what is finalized owns all that it reaches
  (void)sizeof(Finalized<std::shared_ptr<int>>);

  // error
}

void sharing() {
  // error: a Frozen never changes, nor anything that it reaches
  Frozen<Account>::make();

  // error: a Frozen never changes, nor anything that it reaches
  freeze(std::make_unique<int>(1));

  // error: cannot assign to return value
  *freeze(1) = 2;

  // error: an Isolated owns all that it reaches
  Isolated<std::shared_ptr<int>>::make();

  const Monitor<std::string> monitor = Monitor<std::string>::make("inside");
  std::string* leaked = nullptr;
  monitor.enter([](std::string& inside, std::string more) { inside += more; }, std::string("more"));

  // error: no reference, pointer or view leaves a Monitor
  monitor.enter([](std::string& inside) -> std::string& { return inside; });

  // error: no reference, pointer or view leaves a Monitor
  monitor.enter([](std::string& inside) { return &inside; });

  // error: no reference, pointer or view leaves a Monitor
  monitor.enter([](std::string& inside, Entered&) { return std::string_view(inside); });

  // error: what leaves a Monitor is Sendable
  monitor.enter([](std::string& inside) { return std::make_unique<std::string*>(&inside); });

  // error: what is called inside a Monitor captures nothing
  monitor.enter([&leaked](std::string& inside) { leaked = &inside; });

  // error: what is called inside a Monitor captures nothing
  (void)monitor.enterBy(never, [leaked](std::string& inside) { inside = *leaked; });

  // error: a pointer is not Sendable
  monitor.enter([](std::string& inside, std::string** leak) { *leak = &inside; }, &leaked);

  // error: a Monitor owns all that it reaches
  Monitor<std::deque<int*>>::make();

  // error: keys and values of a SharedMap are Sendable
  SharedMap<int, int*>::make();

  // error: what goes through a SharedQueue is Sendable
  SharedQueue<int*>::make(1);

  // error: an Atomic is a number or an enumeration
  Atomic<int*>::make(nullptr);

  // error: an Atomic is a number or an enumeration
  Atomic<std::string>::make("text");

  // error: this list of FreezableMembers is not complete
  Frozen<Forgets>::make();

  // error: this list of FreezableMembers is not complete
  freeze(std::vector<ForgetsIt>());

  // error: this list of FreezableMembers is not complete
  Frozen<ForgetsReference>::make(ForgetsReference{.number = 1, .reference = *leaked});

  // error: this list of FreezableMembers has a member twice
  Frozen<Repeats>::make();

  // error: call to implicitly-deleted copy constructor
  const Isolated<int> isolated = Isolated<int>::make(1);
  const Isolated<int> copy = isolated;  // NOLINT(performance-unnecessary-copy-initialization)
}

}  // namespace troop
