// Processes that start and end many times in one OS process, which has in the end what it had.
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <latch>
#include <memory_resource>
#include <string>
#include <utility>

#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/testing/os-threads.h"

namespace troop {
namespace {

using namespace std::chrono_literals;

struct Footprint {
  std::size_t files;
  std::size_t mappings;
  std::size_t residentBytes;
  std::size_t allocatedBytes;
};

Footprint footprint() {
  Footprint now = {};
  const std::filesystem::directory_iterator files("/proc/self/fd");
  now.files = static_cast<std::size_t>(std::distance(begin(files), end(files)));
  std::ifstream maps("/proc/self/maps");
  now.mappings = static_cast<std::size_t>(
      std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  now.residentBytes = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const struct mallinfo2 heap = mallinfo2();
  now.allocatedBytes = heap.uordblks + heap.hblkhd;
  return now;
}

// Everything that a Process owns something for.
void round() {
  Process process({.carriers = 2});
  const Ref<Troop> troop = process.troop({.name = "troop", .heap = Heap::own});
  const Ref<Thread> waits = troop->thread({"waits"}, [] { Event().wait(); });
  const Ref<Thread> service = troop->serviceThread("service");
  service->post([] { sleep(1h); }).value();
  process.at(now() + 1h, [] {});
  std::latch meeting(2);
  process.run([&] {
    Scope scope;
    for (int i = 0; i < 2; ++i) {
      scope.thread([](std::latch* both) { both->arrive_and_wait(); }, assumeSendable(&meeting));
    }
    auto [sender, receiver] = channel<std::string>(2);
    scope.thread([](Sender<std::string> to) { to.send(std::string(1000, 'x')).value(); },
                 std::move(sender));
    EXPECT_EQ(receiver.receive()->size(), 1000u);
  });
  const Ref<Thread> allocates = troop->thread({"allocates"}, [] {
    std::pmr::memory_resource& heap = Troop::current()->heap();
    heap.deallocate(heap.allocate(100'000), 100'000);
    (void)heap.allocate(100'000);  // left to the end of its troop
  });
  EXPECT_TRUE(allocates->join());
}

TEST(Process, startsAndEndsTwoHundredTimesLeavingNothing) {
  constexpr int rounds = 200;
  const std::size_t osThreads = tests::osThreads();
  // What the C library keeps for the next OS threads it has by then.
  for (int i = 0; i < 20; ++i) round();
  tests::awaitOsThreads(osThreads);
  const Footprint before = footprint();
  for (int i = 0; i < rounds; ++i) round();
  tests::awaitOsThreads(osThreads);
  const Footprint after = footprint();
  EXPECT_EQ(after.files, before.files);
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  // Far less than a mapping, a page or an allocation a round.
  EXPECT_LT(after.mappings, before.mappings + rounds / 10);
  EXPECT_LT(after.residentBytes, before.residentBytes + rounds * std::size_t{4096});
  EXPECT_LT(after.allocatedBytes, before.allocatedBytes + rounds * std::size_t{16});
#endif
}

}  // namespace
}  // namespace troop
