// Tasks of one Thread share its objects; a Thread of its own gets what it needs as arguments.
#include <cstdio>
#include <string>

#include "runtime/run.h"
#include "runtime/scope.h"
#include "runtime/task.h"

int main() {
  return troop::run([] {
    int visits = 0;  // changed by two Tasks, without a lock: one of them runs at a time
    troop::Scope scope;
    for (int task = 0; task < 2; ++task) {
      scope.task([&visits] {
        for (int i = 0; i < 1000; ++i) {
          ++visits;
          troop::yield();
        }
      });
    }
    scope.thread([](const std::string& name) { std::printf("hello, %s\n", name.c_str()); },
                 std::string("Thread"));
    scope.join();
    std::printf("%d visits\n", visits);
    return 0;
  });
}
