// What must not cross between Threads, and what the compiler then says.
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/scope.h"
#include "runtime/sharing/frozen.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sharing/shared-map.h"
#include "runtime/troop.h"

namespace troop {

struct Account {
  int balance = 0;
  int* history = nullptr;
};

void crossing(Scope& scope, Troop& troop) {
  int local = 0;
  const std::string text = "text";

  // What is safe compiles.
  scope.thread([](int number, const std::string& copy) { (void)(copy.size() + number); }, 1, text);
  scope.thread([](Account* mine) { ++mine->balance; }, assumeSendable(new Account));

  // error: a Thread starts with a function or a lambda that captures nothing
  scope.thread([&local] { ++local; });

  // error: a Thread starts with a function or a lambda that captures nothing
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

  // error: this type is not Sendable
  scope.thread([](Account shared) { ++shared.balance; }, Account());

  // error: a Frozen never changes, nor anything that it reaches
  Frozen<Account>::make();

  // error: a Frozen never changes, nor anything that it reaches
  freeze(std::make_unique<int>(1));

  // error: cannot assign to return value
  *freeze(1) = 2;

  // error: an Isolated owns all that it reaches
  Isolated<std::shared_ptr<int>>::make();

  const Monitor<std::string> monitor = Monitor<std::string>::make("inside");

  // error: no reference, pointer or view leaves a Monitor
  monitor.enter([](std::string& inside) -> std::string& { return inside; });

  // error: no reference, pointer or view leaves a Monitor
  monitor.enter([](std::string& inside) { return &inside; });

  // error: no reference, pointer or view leaves a Monitor
  monitor.enter([](std::string& inside, Entered&) { return std::string_view(inside); });

  // error: what leaves a Monitor is Sendable
  monitor.enter([](std::string& inside) { return std::make_unique<std::string*>(&inside); });

  // error: a Monitor owns all that it reaches
  Monitor<std::deque<int*>>::make();

  // error: keys and values of a SharedMap are Sendable
  SharedMap<int, int*>::make();

  // error: call to implicitly-deleted copy constructor
  const Isolated<int> isolated = Isolated<int>::make(1);
  const Isolated<int> copy = isolated;  // NOLINT(performance-unnecessary-copy-initialization)
}

}  // namespace troop
