#include "runtime/reactor/file-request.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "runtime/async/async.h"
#include "runtime/process.h"
#include "runtime/reactor/file-wait.h"
#include "runtime/reactor/open-file.h"
#include "runtime/reactor/polling-reactor.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop {
namespace {

using tests::OpenFile;

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string textOf(const FileRequest& request, long count) {
  return {reinterpret_cast<const char*>(request.buffer().data()), static_cast<std::size_t>(count)};
}

TEST(FileRequest, doesWhatItAsksFor) {
  OpenFile file("hello");
  EXPECT_EQ(FileRequest::write(*file.source, 5, bytes(" world")).value()->perform(), 6);
  const Ref<FileRequest> read = FileRequest::read(*file.source, 1, 64).value();
  EXPECT_EQ(read->perform(), 10);
  EXPECT_EQ(textOf(*read, 10), "ello world");
  EXPECT_EQ(FileRequest::resize(*file.source, 2).value()->perform(), 0);
  EXPECT_EQ(FileRequest::sync(*file.source).value()->perform(), 0);
  EXPECT_EQ(FileRequest::read(*file.source, 0, 64).value()->perform(), 2);
  file.source->close();
  EXPECT_EQ(FileRequest::sync(*file.source).value()->perform(), Source::closedHere);
}

TEST(FileRequest, asksForAFewAtATime) {
  OpenFile file("");
  const std::string many(FileRequest::bytesMax + 1, 'x');
  EXPECT_EQ(FileRequest::read(*file.source, 0, many.size()).value()->buffer().size(),
            FileRequest::bytesMax);
  EXPECT_EQ(FileRequest::write(*file.source, 0, bytes(many)).value()->perform(),
            static_cast<long>(FileRequest::bytesMax));
}

TEST(FileRequest, closesWhatItHasOpenedAndNobodyTakes) {
  const OpenFile file("");
  int opened = -1;
  {
    const Ref<FileRequest> request = FileRequest::open(*file.reactor, file.path, O_RDONLY).value();
    request->finish(request->perform());
    opened = static_cast<int>(request->result());
    EXPECT_GE(fcntl(opened, F_GETFD), 0);
  }
  EXPECT_EQ(fcntl(opened, F_GETFD), -1);
  const Ref<FileRequest> request = FileRequest::open(*file.reactor, file.path, O_RDONLY).value();
  request->finish(request->perform());
  const int taken = request->takeDescriptor();
  EXPECT_GE(fcntl(taken, F_GETFD), 0);
  EXPECT_EQ(request->takeDescriptor(), -1);
  ::close(taken);
  EXPECT_EQ(FileRequest::open(*file.reactor, file.path + "/none", O_RDONLY).value()->perform(),
            -ENOTDIR);
}

TEST(FileRequest, isWaitedForByOsThreadsAndNoLongerThanWanted) {
  OpenFile file("");
  const Ref<FileRequest> request = FileRequest::sync(*file.source).value();
  EXPECT_EQ(request->await(after(1ms)), WaitResult::timedOut);
  // Nobody wants it any more.
  EXPECT_EQ(request->perform(), -ECANCELED);
  const Ref<FileRequest> other = FileRequest::sync(*file.source).value();
  std::thread does([other] { other->finish(7); });
  EXPECT_EQ(other->await(never), WaitResult::signalled);
  EXPECT_EQ(other->result(), 7);
  does.join();
}

TEST(FileRequest, isNotDoneForTasksThatWereCancelled) {
  OpenFile file("");
  Process process({.carriers = 1});
  const Ref<FileRequest> plain = FileRequest::sync(*file.source).value();
  const Ref<FileRequest> awaited = FileRequest::sync(*file.source).value();
  const Ref<FileRequest> done = FileRequest::sync(*file.source).value();
  done->finish(7);
  process.run([&] {
    Scope scope;
    scope.task([&] { (void)plain->await(never); });
    scope.async([](FileRequest& request) -> Async<void> {
      (void)co_await async::FileWait(request, never);
    }(*awaited));
    scope.async([](FileRequest& request) -> Async<void> {
      EXPECT_EQ(co_await async::FileWait(request, never), WaitResult::signalled);
    }(*done));
    yield();
    scope.cancel();
  });
  EXPECT_EQ(plain->perform(), -ECANCELED);
  EXPECT_EQ(awaited->perform(), -ECANCELED);
  EXPECT_EQ(done->perform(), 0);
}

TEST(FileRequest, isPaidForByTheTroopThatAsks) {
  OpenFile file("");
  Process process({.carriers = 1});
  const Ref<Troop> guest = process.troop({.name = "guest", .memoryBytesMax = 512 << 10});
  const Ref<Thread> asks = guest->thread(
      {"asks"},
      [](Source* source) {
        const Ref<Budget> memory = Troop::current()->memory();
        const std::size_t before = memory->used();
        {
          const Ref<FileRequest> some = FileRequest::read(*source, 0, 100'000).value();
          EXPECT_GE(memory->used(), before + 100'000);
        }
        EXPECT_EQ(memory->used(), before);
        EXPECT_EQ(FileRequest::read(*source, 0, FileRequest::bytesMax).error().detail(),
                  ErrorDetail::memory);
      },
      assumeSendable(file.source.get()));
  asks->join().value();
}

}  // namespace
}  // namespace troop
