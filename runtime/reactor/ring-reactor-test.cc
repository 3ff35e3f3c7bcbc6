#include "runtime/reactor/ring-reactor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "runtime/reactor/open-file.h"
#include "runtime/testing/refused-calls.h"
#include "runtime/testing/ring-here.h"

namespace troop {
namespace {

// As a scheduler has it; null where this machine allows no ring, as its reactor says.
class OwnRing {
 public:
  OwnRing() {
    try {
      reactor_ = makeRef<RingReactor>();
    } catch (const Error&) {
      reactor_ = nullptr;
    }
  }
  ~OwnRing() {
    if (reactor_) reactor_->end();
  }
  OwnRing(const OwnRing&) = delete;
  OwnRing& operator=(const OwnRing&) = delete;

  explicit operator bool() const noexcept { return reactor_.get() != nullptr; }
  RingReactor* operator->() const noexcept { return reactor_.get(); }
  RingReactor& reactor() const noexcept { return *reactor_; }

 private:
  Ref<RingReactor> reactor_;
};

// Who looks there hears of it.
long heard(const OwnRing& ring, FileRequest& request) {
  while (!request.isFinished()) {
    if (!ring->look()) std::this_thread::yield();
  }
  return request.result();
}

long resultOf(const OwnRing& ring, const Ref<FileRequest>& request) {
  ring->begin(request);
  return heard(ring, *request);
}

class RingReactorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (ring_) return;
    if (tests::ringIsHere()) FAIL() << "where a machine allows no ring, TROOP_NO_RING=1 says so";
    GTEST_SKIP() << "this machine allows no ring";
  }

  const OwnRing ring_;
  tests::OpenFile file_{"hello"};
};

TEST_F(RingReactorTest, hasTheKernelDoWhatFilesAreAskedFor) {
  const Ref<FileRequest> opens = FileRequest::open(ring_.reactor(), file_.path, O_RDONLY).value();
  EXPECT_GE(resultOf(ring_, opens), 0);
  EXPECT_EQ(resultOf(ring_, FileRequest::open(ring_.reactor(), "/nonexistent", O_RDONLY).value()),
            -ENOENT);
  const std::string more = " world";
  EXPECT_EQ(
      resultOf(ring_, FileRequest::write(*file_.source, 5, std::as_bytes(std::span(more))).value()),
      6);
  const Ref<FileRequest> reads = FileRequest::read(*file_.source, 1, 64).value();
  EXPECT_EQ(resultOf(ring_, reads), 10);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(reads->buffer().data()), 10), "ello world");
  EXPECT_EQ(resultOf(ring_, FileRequest::sync(*file_.source).value()), 0);
  EXPECT_EQ(resultOf(ring_, FileRequest::resize(*file_.source, 2).value()), 0);
  EXPECT_EQ(tests::textIn(file_.path), "he");
  file_.source->close();
  EXPECT_EQ(resultOf(ring_, FileRequest::sync(*file_.source).value()), Source::closedHere);
}

TEST_F(RingReactorTest, doesMoreThanFitIntoTheRing) {
  std::vector<Ref<FileRequest>> requests;
  for (int i = 0; i < 3'000; ++i) {
    requests.push_back(FileRequest::read(*file_.source, 0, 64).value());
    ring_->begin(requests.back());
  }
  for (const Ref<FileRequest>& request : requests) {
    EXPECT_EQ(heard(ring_, *request), 5);
  }
}

TEST_F(RingReactorTest, endsWhenTheKernelHasDoneAll) {
  std::vector<Ref<FileRequest>> requests;
  for (int i = 0; i < 100; ++i) {
    requests.push_back(FileRequest::sync(*file_.source).value());
    ring_->begin(requests.back());
  }
  ring_->end();
  for (const Ref<FileRequest>& request : requests) EXPECT_EQ(request->result(), 0);
  const Ref<FileRequest> late = FileRequest::sync(*file_.source).value();
  ring_->begin(late);
  EXPECT_EQ(late->await(never), WaitResult::signalled);
  EXPECT_EQ(late->result(), -ESHUTDOWN);
}

// What an OS thread has asked for, the kernel may give up when that one ends.
TEST_F(RingReactorTest, doesWhatAnOsThreadHasAskedForThatHasEnded) {
  std::vector<Ref<FileRequest>> requests;
  for (int i = 0; i < 100; ++i) {
    requests.push_back(FileRequest::sync(*file_.source).value());
  }
  std::thread([&] {
    for (const Ref<FileRequest>& request : requests) ring_->begin(request);
  }).join();
  for (const Ref<FileRequest>& request : requests) {
    EXPECT_EQ(heard(ring_, *request), 0);
  }
}

TEST_F(RingReactorTest, wakesWhoSleepsThere) {
  const Ref<FileRequest> syncs = FileRequest::sync(*file_.source).value();
  std::thread sleeper([&] {
    while (!syncs->isFinished()) ring_->sleep(after(10s), [] {});
  });
  ring_->begin(syncs);
  ring_->wake();
  sleeper.join();
  EXPECT_EQ(syncs->result(), 0);
}

TEST_F(RingReactorTest, isTheParentsAloneWhereItHasForked) {
  const pid_t child = fork();
  if (child == 0) {
    const Ref<FileRequest> reads = FileRequest::read(*file_.source, 0, 64).value();
    ring_->begin(reads);
    _exit(reads->result() == 5 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(resultOf(ring_, FileRequest::read(*file_.source, 0, 64).value()), 5);
}

// What is read there is with the kernel until something is written.
class Pipe {
 public:
  explicit Pipe(Reactor& reactor) {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    end_ = ends[1];
    source = Source::open(reactor, ends[0]).value();
  }
  ~Pipe() {
    source->close();
    ::close(end_);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void write() const { EXPECT_EQ(::write(end_, "!", 1), 1); }

  Ref<Source> source;

 private:
  int end_;
};

TEST_F(RingReactorTest, leavesToWorkersWhatTheKernelRefusesLater) {
  const Pipe pipe(*file_.reactor);
  const Ref<FileRequest> before = FileRequest::read(*pipe.source, 0, 1).value();
  ring_->begin(before);
  std::thread([&] {
    tests::refuseCall(SYS_io_uring_enter, EPERM);
    EXPECT_EQ(resultOf(ring_, FileRequest::read(*file_.source, 0, 64).value()), 5);
    pipe.write();
    EXPECT_EQ(heard(ring_, *before), 1);
  }).join();
  EXPECT_EQ(resultOf(ring_, FileRequest::read(*file_.source, 0, 64).value()), 5);
}

TEST_F(RingReactorTest, endsWhenTheKernelHasDoneAllThoughItTakesNoMore) {
  const Pipe pipe(*file_.reactor);
  const Ref<FileRequest> before = FileRequest::read(*pipe.source, 0, 1).value();
  ring_->begin(before);
  std::thread ending([&] {
    tests::refuseCall(SYS_io_uring_enter, EPERM);
    ring_->end();
  });
  pipe.write();
  ending.join();
  EXPECT_EQ(before->result(), 1);
}

TEST(RingReactor, isNoneWhereTheKernelRefusesIt) {
  for (const unsigned error : {EPERM, ENOSYS}) {
    std::thread([error] {
      tests::refuseCall(SYS_io_uring_setup, error);
      EXPECT_THROW(makeRef<RingReactor>(), Error);
    }).join();
  }
}

}  // namespace
}  // namespace troop
