// CAF: event-based actors on the default work-stealing scheduler with two workers.
#include <algorithm>
#include <atomic>
#include <caf/all.hpp>
#include <random>
#include <string>
#include <vector>

#include "measurement.h"

using namespace caf;
static const char* const peer = "caf";

template <class Body>
static void withSystem(size_t threads, Body body) {
  actor_system_config cfg;
  cfg.set("scheduler.max-threads", threads);
  actor_system sys{cfg};
  body(sys);
  sys.await_all_actors_done();
}

static void runSpawn() {
  withSystem(2, [](actor_system& sys) {
    long n = size("SPAWN_N", 1'000'000);
    auto start = Clock::now();
    for (long i = 0; i < n; i++) sys.spawn([](event_based_actor*) {});
    sys.await_all_actors_done();
    report(peer, "spawn", "spawn_join", nanosecondsEach(start, n), "ns");
  });
}

static void runMillion() {
  withSystem(2, [](actor_system& sys) {
    long n = size("MILLION_N", 1'000'000);
    Settling memory(peer);
    std::atomic<long> ready{0};
    auto start = Clock::now();
    std::vector<actor> a;
    a.reserve(n);
    for (long i = 0; i < n; i++)
      a.push_back(sys.spawn([&ready](event_based_actor* self) -> behavior {
        ready.fetch_add(1, std::memory_order_relaxed);
        return {[self](int) { self->quit(); }};
      }));
    while (ready.load() < n) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const double started = secondsSince(start);
    memory.settle();
    const auto ending = Clock::now();
    for (auto& x : a) anon_send(x, 1);
    a.clear();
    sys.await_all_actors_done();
    report(peer, "million", "seconds", started + secondsSince(ending), "s");
    memory.reportEach(n);
  });
}

static behavior pong(event_based_actor*) {
  return {[](int x) { return x; }};
}
static behavior ping(event_based_actor* self, actor to, long n) {
  self->send(to, 1);
  return {[=](int x) mutable {
    if (--n > 0)
      self->send(to, x);
    else
      self->send_exit(to, exit_reason::user_shutdown), self->quit();
  }};
}
template <spawn_options Os>
static void pingPong(const char* metric, size_t threads, long n) {
  withSystem(threads, [=](actor_system& sys) {
    auto start = Clock::now();
    sys.spawn<Os>(ping, sys.spawn<Os>(pong), n);
    sys.await_all_actors_done();
    report(peer, "pingpong", metric, nanosecondsEach(start, n), "ns");
  });
}
static void runPingPong() {
  long n = size("PINGPONG_N", 1'000'000);
  pingPong<no_spawn_options>("roundtrip_1t", 1, n);
  pingPong<no_spawn_options>("roundtrip_2t", 2, n);
  pingPong<detached>("roundtrip_2t_pinned", 2,
                     size("PINGPONG_PINNED_N", 100'000));  // a thread for each actor
}

static void runRing() {
  withSystem(2, [](actor_system& sys) {
    long tasks = size("RING_TASKS", 1000), laps = size("RING_LAPS", 1000);
    scoped_actor me{sys};  // the last of the ring
    actor next = actor_cast<actor>(me.ptr());
    for (long i = 0; i < tasks - 1; i++)
      next = sys.spawn([next](event_based_actor* self) -> behavior {
        return {[=](int x) {
          self->send(next, x);
          if (x == 1) self->quit();
        }};
      });
    auto start = Clock::now();
    for (long l = laps; l > 0; l--) {
      me->send(next, static_cast<int>(l));
      me->receive([](int) {});
    }
    report(peer, "ring", "hop", nanosecondsEach(start, double(tasks) * laps), "ns");
  });
}

static behavior skynetNode(event_based_actor* self, actor parent, long num, long size) {
  if (size == 1) {
    self->send(parent, num);
    return {};
  }
  actor me{self};
  for (long i = 0; i < 10; i++) self->spawn(skynetNode, me, num + i * (size / 10), size / 10);
  long sum = 0;
  int left = 10;
  return {[=](long x) mutable {
    sum += x;
    if (--left == 0) self->send(parent, sum), self->quit();
  }};
}
static void runSkynet() {
  withSystem(2, [](actor_system& sys) {
    long n = size("SKYNET_N", 1'000'000);
    scoped_actor me{sys};
    auto start = Clock::now();
    sys.spawn(skynetNode, actor_cast<actor>(me.ptr()), 0l, n);
    me->receive([&](long sum) {
      if (sum != n * (n - 1) / 2) std::abort();
    });
    report(peer, "skynet", "total", secondsSince(start), "s");
  });
}

static void runMpsc() {
  withSystem(2, [](actor_system& sys) {
    long p = size("MPSC_PRODUCERS", 16), per = size("MPSC_N", 4'000'000) / p;
    auto start = Clock::now();
    auto consumer = sys.spawn([=](event_based_actor* self) -> behavior {
      long left = per * p;
      return {[=](int) mutable {
        if (--left == 0) self->quit();
      }};
    });
    for (long i = 0; i < p; i++)
      sys.spawn([=](event_based_actor* self) {
        for (long k = 0; k < per; k++) self->send(consumer, 1);
      });
    consumer = nullptr;
    sys.await_all_actors_done();
    report(peer, "mpsc", "unbounded", per * p / secondsSince(start), "msg/s");
  });
}

static behavior incrementer(event_based_actor* self, actor owner, long left) {
  self->send(owner, 1);
  return {[=](int) mutable {
    if (--left > 0)
      self->send(owner, 1);
    else
      self->quit();
  }};
}
static void
runMutex() {  // no shared memory: an actor owns the counter, every increment is a call to it
  withSystem(2, [](actor_system& sys) {
    long tasks = size("MUTEX_TASKS", 64), per = size("MUTEX_N", 2'000'000) / tasks;
    auto start = Clock::now();
    auto owner = sys.spawn([=](event_based_actor* self) -> behavior {
      long left = per * tasks;
      return {[=](int) mutable -> int {
        if (--left == 0) self->quit();
        return 1;
      }};
    });
    for (long i = 0; i < tasks; i++) sys.spawn(incrementer, owner, per);
    owner = nullptr;
    sys.await_all_actors_done();
    report(peer, "mutex", "increment_by_actor_call", nanosecondsEach(start, double(per) * tasks),
           "ns");
  });
}

static void runTimers() {
  withSystem(2, [](actor_system& sys) {
    long n = size("TIMERS_N", 1'000'000);
    std::vector<long> overshoot(n);
    double cpu0 = cpuSeconds();
    auto start = Clock::now();
    for (long i = 0; i < n; i++)
      sys.spawn([&overshoot, i](event_based_actor* self) -> behavior {
        thread_local std::minstd_rand rng(std::random_device{}());
        auto d = std::chrono::nanoseconds(std::uniform_int_distribution<long>(0, 999'999'999)(rng));
        auto t = Clock::now();
        self->delayed_send(self, d, 1);
        return {[=, &overshoot](int) {
          overshoot[i] = (Clock::now() - t - d).count();
          self->quit();
        }};
      });
    sys.await_all_actors_done();
    double total = secondsSince(start), cpu = cpuSeconds() - cpu0;
    std::sort(overshoot.begin(), overshoot.end());
    reportOvershoot(peer, overshoot);
    report(peer, "timers", "cpu", cpu, "s");
    report(peer, "timers", "total", total, "s");
  });
}

int main(int, char** argv) {
  std::string w = argv[1];
  if (w == "spawn")
    runSpawn();
  else if (w == "million")
    runMillion();
  else if (w == "pingpong")
    runPingPong();
  else if (w == "ring")
    runRing();
  else if (w == "skynet")
    runSkynet();
  else if (w == "mpsc")
    runMpsc();
  else if (w == "mutex")
    runMutex();
  else if (w == "timers")
    runTimers();
  else
    return 2;
}
