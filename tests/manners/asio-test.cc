// Futures of Troop in a program of Boost.Asio: what waits for one goes on where the program's own
// handlers run.
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "runtime/async/future.h"
#include "runtime/process.h"

namespace troop {
namespace {

namespace asio = boost::asio;

int answer(int question) {
  return question * 2;
}

// An OS thread that runs an io_context, as a program's main one does.
class Loop {
 public:
  Loop() : osThread_([this] { io_.run(); }) {}
  ~Loop() {
    working_.reset();
    osThread_.join();
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  asio::io_context& io() noexcept { return io_; }
  bool isHere() const noexcept { return std::this_thread::get_id() == osThread_.get_id(); }

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> working_{io_.get_executor()};
  std::thread osThread_;
};

TEST(Asio, callsOnItsOwnThreadWhoeverResolves) {
  Loop loop;
  Process process({.carriers = 2});
  const asio::any_io_executor any = loop.io().get_executor();
  Future<int> byAThread = process.root()
                              .future({"answers"}, answer, 21)
                              .then(loop.io().get_executor(), [&loop](Expected<int> n) {
                                EXPECT_TRUE(loop.isHere());
                                return n.value() + 1;
                              });
  EXPECT_EQ(byAThread.get().value(), 43);

  auto [resolver, future] = troop::future<int>();
  Future<bool> byThisOsThread =
      std::move(future).then(any, [&loop](const Expected<int>&) { return loop.isHere(); });
  resolver.resolve(1);
  EXPECT_TRUE(byThisOsThread.get().value());

  auto [early, settled] = troop::future<int>();
  early.resolve(1);
  Future<bool> afterwards = std::move(settled).then(
      loop.io().get_executor(), [&loop](const Expected<int>&) { return loop.isHere(); });
  EXPECT_TRUE(afterwards.get().value());
}

TEST(Asio, isTheBeginningOfAChainThatGoesBackToThreads) {
  Loop loop;
  Process process({.carriers = 1});
  const Ref<Thread> service = process.root().serviceThread("service");
  Future<int> there =
      process.root()
          .future({"answers"}, answer, 21)
          .then(loop.io().get_executor(), [](Expected<int> n) { return n.value() + 1; })
          .then(service,
                [](Expected<int> n) { return Process::current() != nullptr ? n.value() : -1; });
  EXPECT_EQ(there.get().value(), 43);
}

TEST(Asio, tellsErrorsBothWays) {
  Loop loop;
  Process process({.carriers = 1});
  Future<int> failed =
      process.root()
          .future({"fails"}, []() -> int { throw Error(ErrorKind::overloaded, "tired"); })
          .then(loop.io().get_executor(), [](const Expected<int>& n) -> int {
            EXPECT_EQ(n.error().reason(), "tired");
            throw std::runtime_error("the handler, too");
          });
  EXPECT_EQ(failed.get().error().reason(), "the handler, too");
}

// Two OS threads run the pool, so that only the strand keeps handlers apart.
TEST(Asio, keepsWhatGoesThroughAStrandApart) {
  constexpr int calls = 200;
  asio::thread_pool pool(2);
  const auto strand = asio::make_strand(pool.get_executor());
  int count = 0;  // what ThreadSanitizer would see raced for
  {
    Process process({.carriers = 2});
    for (int i = 0; i < calls; ++i) {
      (void)process.root()
          .future({"answers"}, answer, i)
          .then(strand, [&count](const Expected<int>&) { ++count; });
    }
  }
  pool.join();
  EXPECT_EQ(count, calls);
}

TEST(Asio, thatIsGoneBeforeItCallsFailsWhatFollows) {
  auto [resolver, future] = troop::future<int>();
  std::optional<Future<int>> after;
  {
    asio::io_context neverRun;
    after =
        std::move(future).then(neverRun.get_executor(), [](Expected<int> n) { return n.value(); });
    resolver.resolve(1);
    EXPECT_FALSE(after->ready());
  }
  EXPECT_EQ(after->get().error().kind(), ErrorKind::disconnected);
}

}  // namespace
}  // namespace troop
