#include "runtime/io/pipe.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/task.h"

namespace troop {
namespace {

TROOP_IO_TEST(Pipe, carriesWhatIsWrittenUntilTheWriterEnds) {
  Pipe pipe = openPipe().value();
  const std::string sent(1 << 20, 'x');
  Scope scope;
  scope.thread(
      [](PipeWriter writer, std::size_t count) { writer.write(std::string(count, 'x')).value(); },
      std::move(pipe.writer), sent.size());
  EXPECT_TRUE(tests::readAll(pipe.reader) == sent);
}

TROOP_IO_TEST(Pipe, tellsItsWriterThatNobodyReads) {
  Pipe pipe = openPipe().value();
  pipe.reader.close();
  const Expected<void> sent = pipe.writer.write("x");
  ASSERT_TRUE(sent.failed());
  EXPECT_EQ(sent.error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(sent.error().reason(), "writing to a pipe: EPIPE (Broken pipe)");
}

TROOP_IO_TEST(Pipe, endsTheWaitsOfOthersWhenItIsClosed) {
  Pipe pipe = openPipe().value();
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(pipe.reader.read(buffer, after(1ms)).error().detail(), ErrorDetail::deadline);
  Scope scope;
  scope.task([&] {
    yield();
    pipe.reader.close();
  });
  EXPECT_EQ(pipe.reader.read(buffer).error().kind(), ErrorKind::disconnected);
}

// No signal ends the program.
TEST(Pipe, tellsAnOsThreadThatNobodyReads) {
  Process process({.carriers = 1});
  Pipe pipe = openPipe(process).value();
  pipe.reader = std::move(openPipe(process)->reader);
  EXPECT_EQ(pipe.writer.write("x").error().kind(), ErrorKind::disconnected);
  pipe.writer = std::move(openPipe(process)->writer);
  EXPECT_EQ(pipe.writer.write("x").error().kind(), ErrorKind::disconnected);
}

}  // namespace
}  // namespace troop
