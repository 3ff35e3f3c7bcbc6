#include "runtime/preload/readiness.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

class Pair {
 public:
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  ~Pair() {
    for (const int end : ends_) close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  int here() const { return ends_[0]; }
  void tell() const { EXPECT_EQ(::send(ends_[1], "x", 1, 0), 1); }

 private:
  std::array<int, 2> ends_{};
};

bool ready(Woken woken) {
  return woken == Woken::byOther || woken == Woken::changed;
}

TEST(Readiness, isToldToAllWhoWait) {
  Pair pair;
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  for (int index = 0; index < 5; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>(
        [&] { EXPECT_TRUE(ready(awaitReady(pair.here(), POLLIN, Deadline()))); }));
  }
  pair.tell();
}

TEST(Readiness, eachDirectionIsWaitedForByItself) {
  Pair pair;
  PthreadOfTest reads([&] { EXPECT_TRUE(ready(awaitReady(pair.here(), POLLIN, Deadline()))); });
  PthreadOfTest writes([&] { EXPECT_TRUE(ready(awaitReady(pair.here(), POLLOUT, Deadline()))); });
  writes.join();
  pair.tell();
}

TEST(Readiness, oneOfManyIsEnough) {
  std::vector<Pair> pairs(20);
  PthreadOfTest waits([&] {
    std::vector<pollfd> wanted;
    for (const Pair& pair : pairs) wanted.push_back({pair.here(), POLLIN, 0});
    wanted.push_back({-1, POLLIN, 0});
    EXPECT_TRUE(ready(awaitReady(wanted, Deadline())));
  });
  pairs[17].tell();
}

TEST(Readiness, deadlinesEndTheWait) {
  Pair pair;
  PthreadOfTest waits([&] {
    EXPECT_EQ(awaitReady(pair.here(), POLLIN, Deadline::after({0, 1'000'000})), Woken::timedOut);
  });
}

TEST(Readiness, whatCannotBeAskedAboutIsReady) {
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  PthreadOfTest waits([&] {
    EXPECT_EQ(awaitReady(file, POLLIN, Deadline()), Woken::changed);
    EXPECT_EQ(awaitReady(-1, POLLIN, Deadline::after({0, 0})), Woken::timedOut);
    EXPECT_EQ(awaitReady(100'000, POLLIN, Deadline()), Woken::changed);
  });
  waits.join();
  close(file);
}

TEST(Readiness, aNumberThatHasGoneToSomethingElseIsThatOne) {
  PthreadOfTest waits([] {
    for (int times = 0; times < 50; ++times) {
      Pair pair;
      EXPECT_TRUE(ready(awaitReady(pair.here(), POLLOUT, Deadline())));
      EXPECT_EQ(awaitReady(pair.here(), POLLIN, Deadline::after({0, 1000})), Woken::timedOut);
      pair.tell();
      EXPECT_TRUE(ready(awaitReady(pair.here(), POLLIN, Deadline())));
    }
  });
}

}  // namespace
}  // namespace troop::preload
