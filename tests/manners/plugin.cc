// A shared library of a host that uses the runtime inside.
#include "runtime/channel.h"
#include "runtime/run.h"
#include "runtime/scope.h"

extern "C" [[gnu::visibility("default")]] int answerOfPlugin() {
  return troop::run([] {
    auto [sender, receiver] = troop::channel<int>(1);
    troop::Scope scope;
    scope.thread([](troop::Sender<int> to) { to.send(42).value(); }, std::move(sender));
    return receiver.receive().value_or(0);
  });
}
