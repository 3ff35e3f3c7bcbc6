#include "runtime/inspect/stack-reader.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/stack/stack-pool.h"

namespace troop {
namespace inspect {

// With names that are looked for.
[[gnu::noinline]] void waitsInnermost(Fiber& fiber) {
  fiber.suspend();
  asm volatile("" ::: "memory");  // or the call is a jump
}

[[gnu::noinline]] void callsWhatWaits(Fiber& fiber, int depth) {
  if (depth > 0) {
    callsWhatWaits(fiber, depth - 1);
  } else {
    waitsInnermost(fiber);
  }
  asm volatile("" ::: "memory");
}

namespace {

class Suspended {
 public:
  explicit Suspended(int depth) : depth_(depth), fiber_(pool_->acquire().value(), &run, this) {
    fiber_.resume();
  }
  ~Suspended() { fiber_.resume(); }

  Fiber& operator*() noexcept { return fiber_; }

 private:
  static void run(void* self) noexcept {
    auto& here = *static_cast<Suspended*>(self);
    callsWhatWaits(here.fiber_, here.depth_);
  }

  const Ref<StackPool> pool_ = makeRef<StackPool>(StackPool::Options{});
  const int depth_;
  Fiber fiber_;
};

std::vector<std::string> describe(StackReader& reader, const StackCopy& copy) {
  std::vector<std::string> calls;
  for (const std::uintptr_t call : reader.callsOn(copy)) {
    calls.push_back(reader.describe(call, StackReader::Call::returns));
  }
  return calls;
}

std::size_t count(const std::vector<std::string>& calls, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count_if(
      calls, [&](const std::string& call) { return call.find(name) != std::string::npos; }));
}

#ifdef __x86_64__
TEST(StackReader, namesTheCallsOfASuspendedStack) {
  Suspended suspended(2);
  StackReader reader;
  const std::vector<std::string> calls = describe(reader, copyOf(*suspended));
  EXPECT_EQ(count(calls, "troop::inspect::waitsInnermost(troop::Fiber&)"), 1U)
      << testing::PrintToString(calls);
  EXPECT_EQ(count(calls, "troop::inspect::callsWhatWaits(troop::Fiber&, int)"), 3U);
  EXPECT_EQ(count(calls, "Suspended::run"), 1U);
}

TEST(StackReader, namesTheSameOfOneThatIsCompacted) {
  Suspended suspended(3);
  StackReader reader;
  const std::vector<std::string> before = describe(reader, copyOf(*suspended));
  (*suspended).compact();
  EXPECT_EQ(describe(reader, copyOf(*suspended)), before);
  (*suspended).expand();
}

TEST(StackReader, tellsAtMostSoManyCalls) {
  Suspended suspended(400);
  StackReader reader;
  EXPECT_EQ(reader.callsOn(copyOf(*suspended)).size(), StackReader::framesMax);
}
#endif

TEST(StackReader, findsNothingOnWhatIsNoStack) {
  StackReader reader;
  EXPECT_TRUE(reader.callsOn({}).empty());
  StackCopy garbage;
  garbage.from = 0x1000;
  garbage.words.assign(100, 0xdeadbeefdeadbeef);
  garbage.registers = {.instruction = 0x1234, .stack = 0x1008, .kept = {}};
  EXPECT_LE(reader.callsOn(garbage).size(), 1U);
}

TEST(StackReader, describesWhatItDoesNotKnowByItsAddress) {
  StackReader reader;
  EXPECT_EQ(reader.describe(0x1234, StackReader::Call::interrupted), "0x1234");
}

TEST(StackReader, isCurrentUntilALibraryIsLoaded) {
  const StackReader before;
  EXPECT_TRUE(before.isCurrent());
  // Of the C library, and of no program's since the C library itself has what is in it.
  void* const library = dlopen("libutil.so.1", RTLD_NOW);
  ASSERT_NE(library, nullptr) << dlerror();
  EXPECT_FALSE(before.isCurrent());
  EXPECT_TRUE(StackReader().isCurrent());
  dlclose(library);
}

}  // namespace
}  // namespace inspect
}  // namespace troop
