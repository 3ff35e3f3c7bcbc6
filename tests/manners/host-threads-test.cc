// OS threads of the host use what Tasks use: they send, receive, wait, join and post, with
// deadlines, against Tasks that do the same at the same time.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/task.h"

namespace troop {
namespace {

using namespace std::chrono_literals;

class HostThreads : public ::testing::Test {
 protected:
  ~HostThreads() override { join(); }

  template <typename F>
  void start(F function) {
    osThreads_.emplace_back(std::move(function));
  }
  void join() {
    for (std::thread& osThread : osThreads_) osThread.join();
    osThreads_.clear();
  }

  Process process_{{.carriers = 2}};

 private:
  std::vector<std::thread> osThreads_;
};

TEST_F(HostThreads, callAServiceAndWaitForItsAnswers) {
  struct Call {
    int number;
    Sender<int> answer;
  };
  auto [calls, service] = channel<Call>(4);
  const Ref<Thread> server = process_.root().thread(
      {"server"},
      [](Receiver<Call> in) {
        while (std::optional<Call> call = in.receive()) {
          yield();
          call->answer.send(call->number * 2).value();
        }
      },
      assumeSendable(std::move(service)));
  for (int client = 0; client < 4; ++client) {
    start([client, out = calls]() mutable {
      for (int i = 0; i < 200; ++i) {
        auto [answer, answered] = channel<int>(1);
        out.send({client * 1000 + i, std::move(answer)}).value();
        EXPECT_EQ(answered.receive(), 2 * (client * 1000 + i));
      }
    });
  }
  join();
  {
    const Sender<Call> last = std::move(calls);
  }
  EXPECT_TRUE(server->join());
}

TEST_F(HostThreads, giveUpAtTheirDeadlineAndLoseNothing) {
  auto [sender, receiver] = channel<int>(1);
  constexpr int values = 300;
  const Ref<Thread> producer = process_.root().thread(
      {"producer"},
      [](Sender<int> out) {
        for (int i = 0; i < values; ++i) {
          if (i % 7 == 0) sleep(200us);
          out.send(i).value();
        }
      },
      std::move(sender));
  std::atomic<int> got{0};
  for (int i = 0; i < 3; ++i) {
    start([&got, in = receiver]() mutable {
      for (;;) {
        const Expected<int> value = in.receiveUntil(after(50us));
        if (value.succeeded()) {
          ++got;
        } else if (value.error().kind() == ErrorKind::disconnected) {
          return;
        } else {
          EXPECT_EQ(value.error().detail(), ErrorDetail::deadline);
        }
      }
    });
  }
  join();
  EXPECT_EQ(got, values);
}

TEST_F(HostThreads, sendUntilTheirDeadlineToWhoIsSlow) {
  auto [sender, receiver] = channel<int>(1);
  std::atomic<int> sent{0};
  const Ref<Thread> consumer = process_.root().thread(
      {"consumer"},
      [](Receiver<int> in, std::atomic<int>* count) {
        int received = 0;
        while (in.receive()) {
          ++received;
          sleep(100us);
        }
        EXPECT_EQ(received, *count);
      },
      std::move(receiver), assumeSendable(&sent));
  for (int i = 0; i < 3; ++i) {
    start([&sent, out = sender]() mutable {
      for (int n = 0; n < 100; ++n) {
        const Expected<void> done = out.send(n, after(50us));
        if (done.succeeded()) {
          ++sent;
        } else {
          EXPECT_EQ(done.error().detail(), ErrorDetail::deadline);
        }
      }
    });
  }
  join();
  {
    const Sender<int> last = std::move(sender);
  }
  EXPECT_TRUE(consumer->join());
}

TEST_F(HostThreads, waitForEventsAndThreadsUntilADeadline) {
  Event never;
  EXPECT_EQ(never.wait(after(1ms)), WaitResult::timedOut);
  Event set;
  const Ref<Thread> setter = process_.root().thread(
      {"setter"},
      [](Event* event) {
        sleep(1ms);
        event->set();
      },
      assumeSendable(&set));
  EXPECT_EQ(set.wait(after(1h)), WaitResult::signalled);
  EXPECT_TRUE(setter->join(after(1h)));

  Event release;
  const Ref<Thread> waits = process_.root().thread(
      {"waits"}, [](Event* event) { event->wait(); }, assumeSendable(&release));
  const Expected<void> early = waits->join(after(1ms));
  ASSERT_TRUE(early.failed());
  EXPECT_EQ(early.error().detail(), ErrorDetail::deadline);
  release.set();
  EXPECT_TRUE(waits->join());
}

TEST_F(HostThreads, wakeTasksAndAreWokenByThem) {
  struct Turn {
    Event ping, pong;
  };
  for (int round = 0; round < 200; ++round) {
    Turn turn;
    const Ref<Thread> other = process_.root().thread(
        {"other"},
        [](Turn* its) {
          its->ping.wait();
          its->pong.set();
        },
        assumeSendable(&turn));
    turn.ping.set();
    EXPECT_EQ(turn.pong.wait(), WaitResult::signalled);
    EXPECT_TRUE(other->join());
  }
}

TEST_F(HostThreads, areToldWhyWhatTheyWaitForWasKilled) {
  const Ref<Troop> troop = process_.troop({.name = "guest"});
  const Ref<Thread> thread = troop->thread({"waits"}, [] { Event().wait(); });
  start([troop] { troop->kill(Error(ErrorKind::disconnected, "no longer needed")); });
  const Expected<void> ended = thread->join();
  ASSERT_TRUE(ended.failed());
  EXPECT_NE(ended.error().reason().find("no longer needed"), std::string::npos);
  const Ref<Thread> service = process_.root().serviceThread("service");
  service->close();
  EXPECT_TRUE(service->join());
  EXPECT_EQ(service->post([] {}).error().kind(), ErrorKind::disconnected);
}

}  // namespace
}  // namespace troop
