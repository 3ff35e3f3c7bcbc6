#include "runtime/io/calls/transfer.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>

#include "runtime/io/io-access.h"
#include "runtime/io/pipe.h"
#include "runtime/io/testing/connected.h"

namespace troop {
namespace {

// Reads, writes at most two bytes at a time.
constexpr auto read = [](Reactor& reactor, int descriptor, std::span<std::byte> room) {
  return reactor.read(descriptor, room);
};
constexpr auto writeTwo = [](Reactor& reactor, int descriptor, std::span<const std::byte> rest) {
  return reactor.write(descriptor, rest.first(std::min<std::size_t>(rest.size(), 2)));
};
constexpr auto here = [] { return "here"; };

TROOP_IO_TEST(Transfer, writesAllAndReadsWhatIsThere) {
  Pipe pipe = openPipe().value();
  const std::array<std::byte, 5> sent{std::byte{1}, std::byte{2}, std::byte{3}};
  writeAll(IoAccess::of(pipe.writer), sent, never, here, writeTwo).value();
  std::array<std::byte, 64> buffer;
  EXPECT_EQ(readSome(IoAccess::of(pipe.reader), buffer, never, here, read).value(), 5U);
  EXPECT_EQ(buffer[2], std::byte{3});
}

TROOP_IO_TEST(Transfer, saysWhereItFailed) {
  Pipe pipe = openPipe().value();
  pipe.reader.close();
  const std::array<std::byte, 1> byte{};
  EXPECT_EQ(writeAll(IoAccess::of(pipe.writer), byte, never, here, writeTwo).error().reason(),
            "writing to here: EPIPE (Broken pipe)");
}

TROOP_IO_TEST(Transfer, refusesToReadIntoNoRoom) {
  Pipe pipe = openPipe().value();
  pipe.writer.write("there").value();
  const Expected<std::size_t> got = readSome(IoAccess::of(pipe.reader), {}, never, here, read);
  ASSERT_TRUE(got.failed());
  EXPECT_EQ(got.error().kind(), ErrorKind::failed);
}

}  // namespace
}  // namespace troop
