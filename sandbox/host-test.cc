#include "sandbox/host.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/testing/host-fixture.h"
#include "sandbox/testing/talking-guests.h"

namespace troop::sandbox {
namespace {

using namespace testing;
using proxy::Answer;
using proxy::Capability;

std::size_t residentPages() {
  std::size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident;
}

class Hosting : public HostTest {
 protected:
  std::string refusalOf(std::string_view name, std::string_view content) {
    return thrownBy([&] { host.compile(folder.write(name, content)); })
        .substr(folder.path().string().size() + 1);
  }
  std::string refusalOf(GuestOptions options) {
    return thrownBy([&] { spawn(echo, std::move(options)); });
  }
};

TEST_F(Hosting, codeThatCannotBeCompiledIsRefusedWithItsPlace) {
  EXPECT_EQ(refusalOf("a.wat", "(module\n  (func (export \"f\") i32.ad))"),
            "a.wat:2:22: unknown operator or unexpected token");
  EXPECT_EQ(refusalOf("a.wat", ""), "a.wat:1:1: expected at least one module field");
  EXPECT_EQ(refusalOf("a.wasm", "hello"), "a.wasm: is not a WebAssembly module");
  EXPECT_EQ(refusalOf("a.wasm", ""), "a.wasm: is not a WebAssembly module");
  EXPECT_EQ(refusalOf("a.py", "print()"), "a.py: code is in a .js, .mjs, .wasm or .wat file");
  EXPECT_EQ(thrownBy([&] { host.compile("/nowhere/a.wasm"); }), "/nowhere/a.wasm: no such file");
}

TEST_F(Hosting, aFolderIsNoCode) {
  std::filesystem::create_directory(folder.path() / "a.wasm");
  const std::string reason = thrownBy([&] { host.compile(folder.path() / "a.wasm"); });
  EXPECT_TRUE(reason.ends_with("a.wasm: is not a file")) << reason;
}

TEST_F(Hosting, aFileThatCannotBeReadIsNoCode) {
  // Links that the author of a plugin may have put there: to a file that fails where it is read,
  // and to one that is larger than it says, without end.
  std::filesystem::create_symlink("/proc/self/mem", folder.path() / "fails.wasm");
  std::filesystem::create_symlink("/proc/self/pagemap", folder.path() / "endless.wasm");
  const auto reason = [&](const char* name) {
    return thrownBy([&] { host.compile(folder.path() / name); });
  };
  EXPECT_TRUE(reason("fails.wasm").ends_with("fails.wasm: cannot be read"));
  EXPECT_TRUE(reason("endless.wasm")
                  .ends_with("endless.wasm: is larger than it says; at most 64 MiB are compiled"));
}

TEST_F(Hosting, tasksCompileAsWell) {
  const auto file = folder.write("guest.wat", wat(echo));
  host.process().run([&] {
    const Guest guest = host.spawn(host.compile(file));
    EXPECT_EQ(number(ask(guest, 4)), 4u);
    EXPECT_TRUE(thrownBy([&] { host.compile("/nowhere/a.wasm"); }).ends_with("no such file"));
  });
}

TEST_F(Hosting, limitsOutOfRangeAreNamedWithTheirRange) {
  EXPECT_EQ(refusalOf({.limits = {.memoryBytes = 1000}}),
            "limit memoryBytes is 1000 B, but must be 256 KiB to 4 GiB");
  EXPECT_EQ(refusalOf({.limits = {.cpuPerCall = 0ms}}),
            "limit cpuPerCall is 0 ns, but must be 1 ms to no limit");
  EXPECT_EQ(refusalOf({.limits = {.callsQueued = 0}}),
            "limit callsQueued is 0, but must be 1 to 65536");
  EXPECT_EQ(refusalOf({.name = "g", .weight = 0}),
            "the weight of guest 'g' is 0, but must be 1 to 10000");
}

TEST_F(Hosting, grantsAreChecked) {
  const Capability object(makeRef<Collector>());
  EXPECT_EQ(refusalOf({.grants = {{"a", object}, {"a", object}}}), "two grants are named 'a'");
  EXPECT_EQ(refusalOf({.grants = {{"a\nb", object}}}),
            "a granted capability needs a name of 1 to 256 bytes on one line");
  EXPECT_EQ(refusalOf({.grants = {{"", object}}}),
            "a granted capability needs a name of 1 to 256 bytes on one line");
  EXPECT_EQ(refusalOf({.grants = {allow::Clock{.resolution = 0ns}}}),
            "the resolution of a granted clock is 0 ns, but must be 1 ns to 1 s");
  EXPECT_EQ(
      refusalOf(
          {.name = "g", .limits = {.capabilities = 1}, .grants = {{"a", object}, {"b", object}}}),
      "guest 'g' is granted more capabilities than its limit of 1");
}

TEST_F(Hosting, anImageThatNeedsMoreThanTheLimitIsRefused) {
  WatGuest large = echo;
  large.pages = 32;
  const std::string reason =
      thrownBy([&] { spawn(large, {.name = "g", .limits = {.memoryBytes = 1_MiB}}); });
  EXPECT_TRUE(reason.ends_with("needs 2 MiB of memory, over the limit of guest 'g', 1 MiB"))
      << reason;
}

TEST_F(Hosting, anImageOfAnotherHostIsRefused) {
  std::optional<Image> foreign;
  {
    Host other{{.carriers = 1, .cacheDirectory = folder.path() / "other", .guestsMax = 2}};
    foreign = other.compile(folder.write("guest.wat", wat(echo)));
    EXPECT_TRUE(thrownBy([&] { host.spawn(*foreign); }).ends_with("was compiled by another host"));
  }
  EXPECT_TRUE(thrownBy([&] { host.spawn(*foreign); }).ends_with("was compiled by another host"));
}

TEST_F(Hosting, guestsBeyondTheMaximumAreRefusedUntilOthersHaveEnded) {
  Host small{{.carriers = 1, .cacheDirectory = folder.path() / "small", .guestsMax = 2}};
  const Image code = small.compile(folder.write("guest.wat", wat(echo)));
  Guest first = small.spawn(code), second = small.spawn(code);
  EXPECT_EQ(
      thrownBy([&] { small.spawn(code, {.name = "third"}); }),
      "guest 'third' does not fit: as many guests exist as this host carries, guestsMax is 2");
  first.kill("make room");
  EXPECT_TRUE(first.waitEnd(after(patience)));
  const Guest third = small.spawn(code);
  EXPECT_EQ(number(ask(third, 3)), 3u);
  EXPECT_EQ(number(ask(second, 2)), 2u);
}

TEST_F(Hosting, theMaximumOfGuestsHasARange) {
  const std::string reason = thrownBy([&] { Host huge{{.guestsMax = 20'001}}; });
  EXPECT_EQ(reason, "guestsMax is 20001, but must be 1 to 20000");
  EXPECT_EQ(thrownBy([&] { Host none{{.guestsMax = 0}}; }),
            "guestsMax is 0, but must be 1 to 20000");
}

TEST_F(Hosting, theMemoryOfTheHostBoundsItsGuestsTogether) {
  Host small{{.carriers = 1,
              .memoryBytesMax = 200_KiB,
              .cacheDirectory = folder.path() / "small",
              .guestsMax = 20}};
  const Image code = small.compile(folder.write("guest.wat", wat(echo)));
  const Limits unreserved{.memoryReserved = 0};
  const Guest first = small.spawn(code, {.limits = unreserved});
  EXPECT_EQ(number(ask(first, 1)), 1u);
  EXPECT_EQ(thrownBy([&] { small.spawn(code, {.name = "second", .limits = unreserved}); }),
            "guest 'second' does not fit: memory 200 KiB of the host is used up");
  EXPECT_EQ(number(ask(first, 1)), 1u);
}

TEST_F(Hosting, whatIsReservedIsThereOrTheGuestIsNotStarted) {
  Host small{{.carriers = 1,
              .memoryBytesMax = 4_MiB,
              .cacheDirectory = folder.path() / "small",
              .guestsMax = 20}};
  const Image code = small.compile(folder.write("guest.wat", wat(echo)));
  const Limits limits{.memoryReserved = 1536_KiB};
  Guest first = small.spawn(code, {.name = "first", .limits = limits});
  const Guest second = small.spawn(code, {.name = "second", .limits = limits});
  EXPECT_EQ(small.process().memory()->used(), 3_MiB);
  EXPECT_EQ(thrownBy([&] { small.spawn(code, {.name = "third", .limits = limits}); }),
            "cannot start 'third': it reserves 1.5 MiB, and 1 MiB of 4 MiB are left; 2 others "
            "reserve 3 MiB");
  EXPECT_EQ(
      thrownBy([&] { small.process().troop({.name = "native", .memoryBytesReserved = 2_MiB}); }),
      "cannot start 'native': it reserves 2 MiB, and 1 MiB of 4 MiB are left; 2 others "
      "reserve 3 MiB");
  // What has died reserves nothing, though there is a handle.
  first.kill("enough");
  ASSERT_TRUE(first.waitEnd(after(patience)));
  const Guest third = small.spawn(code, {.name = "third", .limits = limits});
  EXPECT_EQ(number(ask(third, 1)), 1u);
  EXPECT_EQ(number(ask(second, 1)), 1u);
}

TEST_F(Hosting, aGuestThatTheHostHasNoRoomForDiesOfThatAndNotOfItsOwnLimit) {
  Host small{{.carriers = 1,
              .memoryBytesMax = 2_MiB,
              .cacheDirectory = folder.path() / "small",
              .guestsMax = 20}};
  const Image code = small.compile(
      folder.write("guest.wat", wat({.onCall = "(loop $more (br_if $more (i32.ne (i32.const -1)"
                                               " (memory.grow (i32.const 1))))) unreachable"})));
  const Guest hungry = small.spawn(code, {.name = "hungry"});
  ask(hungry)->wait(after(patience));
  ASSERT_TRUE(hungry.waitEnd(after(patience)));
  EXPECT_EQ(hungry.verdict().text(),
            "killed: memory 2 MiB of the host is used up; its own limit is 32 MiB");
}

TEST_F(Hosting, aThousandGuestsComeAndGoWithoutGrowth) {
  const Image code = image(echo);
  const auto generation = [&](int guests) {
    for (int i = 0; i < guests; ++i) {
      Guest guest = host.spawn(code);
      EXPECT_EQ(number(ask(guest, 7)), 7u);
      guest.kill("its turn is over");
      EXPECT_TRUE(guest.waitEnd(after(patience)));
    }
  };
  generation(100);
  const std::size_t before = residentPages();
  const std::size_t charged = host.process().memory()->used();
  generation(1000);
  EXPECT_LE(host.process().memory()->used(), charged);
  // A page for each guest would be a thousand; sanitizers keep what was freed for a while.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  EXPECT_LT(residentPages(), before + 500);
#else
  (void)before;
#endif
}

TEST_F(Hosting, manyGuestsLiveAtOnce) {
  const Image code = image(echo);
  std::vector<Guest> guests;
  for (int i = 0; i < 50; ++i) guests.push_back(host.spawn(code));
  std::vector<Ref<Answer>> answers;
  for (std::uint64_t i = 0; i < 50; ++i) answers.push_back(ask(guests[i], i));
  for (std::uint64_t i = 0; i < 50; ++i) EXPECT_EQ(number(answers[i]), i);
}

}  // namespace
}  // namespace troop::sandbox
