// A clerk who looks for a file holds up all others of his carrier, unless he says that he blocks.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include "runtime/blocking/blocking.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/trace/recording.h"

namespace {

using std::chrono::milliseconds;

// A library that knows nothing of Tasks: it sleeps, with its OS thread.
void searchTheArchive() {
  std::this_thread::sleep_for(std::chrono::seconds(1));
}

void clerk(bool saysSo) {
  if (saysSo) {
    troop::blocking(searchTheArchive);
  } else {
    searchTheArchive();
  }
}

void tell(const troop::Stall& stall) {
  std::printf("held up by '%s'\n", stall.thread.c_str());
  std::fprintf(stderr, "%s\n", stall.describe().c_str());
}

}  // namespace

int main(int count, char** arguments) {
  const bool saysSo = count > 2 && std::strcmp(arguments[2], "says-so") == 0;
  troop::Process process({.stuckAfter = milliseconds(100), .onStall = tell});
  const troop::trace::Recording recording(process);
  process.run([&] {
    troop::Scope scope;
    scope.thread({"clerk"}, clerk, saysSo);
    scope.join();
  });
  if (count > 1) std::ofstream(arguments[1]) << recording.perfetto();
}
