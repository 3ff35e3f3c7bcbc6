// Boost.Fiber on two OS threads, with the work_stealing scheduler, or with shared_work where
// BOOST_FIBER_ALGO says so.
#include <algorithm>
#include <array>
#include <atomic>
#include <boost/fiber/all.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "measurement.h"
#include "stack-arena.h"

namespace bf = boost::fibers;
static const char* const peer = std::getenv("BOOST_FIBER_ALGO") ? "boost.fiber-sw" : "boost.fiber";

// Stacks out of one mapping, recycled through a lock-free-enough per-thread free list: the
// library's own choices are malloc (128 KiB each) or a pool that is not thread-safe, and neither
// takes a million fibers well.
class ArenaStack {
  struct Free {
    Free* next;
  };
  static StackArena& arena() {
    static StackArena a(2'200'000, bytes());
    return a;
  }
  static std::atomic<std::size_t> used;
  static thread_local Free* freeList_;

 public:
  static std::size_t bytes() {
    static std::size_t b = size("BOOST_FIBER_STACK", 16384);
    return b;
  }
  boost::context::stack_context allocate() {
    boost::context::stack_context s;
    s.size = bytes();
    if (freeList_) {
      s.sp = reinterpret_cast<char*>(freeList_) + sizeof(Free);
      freeList_ = freeList_->next;
    } else {
      s.sp = arena().top(used.fetch_add(1, std::memory_order_relaxed));
    }
    return s;
  }
  void deallocate(boost::context::stack_context& s) noexcept {
    auto* f = reinterpret_cast<Free*>(static_cast<char*>(s.sp) - sizeof(Free));
    f->next = freeList_;
    freeList_ = f;
  }
};
std::atomic<std::size_t> ArenaStack::used{0};
thread_local ArenaStack::Free* ArenaStack::freeList_ = nullptr;

template <class F>
static bf::fiber go(F&& f) {
  return bf::fiber(bf::launch::post, std::allocator_arg, ArenaStack{}, std::forward<F>(f));
}

// Runs body as the main fiber of one of two threads that share work. BOOST_FIBER_ALGO picks
// work_stealing (default) or shared_work; suspend: idle threads sleep instead of spin.
static void useAlgorithm(bool suspend) {
  static const bool shared = std::string(std::getenv("BOOST_FIBER_ALGO") ?: "") == "shared_work";
  if (shared)
    bf::use_scheduling_algorithm<bf::algo::shared_work>(suspend);
  else
    bf::use_scheduling_algorithm<bf::algo::work_stealing>(2, suspend);
}

template <class Body>
static void onTwoThreads(Body body, bool suspend = false) {
  std::mutex m;
  bf::condition_variable_any doneChanged;
  bool done = false;
  std::thread other([&] {
    useAlgorithm(suspend);
    std::unique_lock<std::mutex> lk(m);
    doneChanged.wait(lk, [&] { return done; });
  });
  useAlgorithm(suspend);
  body();
  {
    std::lock_guard<std::mutex> lk(m);
    done = true;
  }
  doneChanged.notify_all();
  other.join();
}

static void runSwitch() {
  long n = size("SWITCH_N", 10'000'000);  // default round_robin on this thread
  auto loop = [n] {
    for (long i = 0; i < n / 2; i++) boost::this_fiber::yield();
  };
  auto start = Clock::now();
  bf::fiber a = go(loop), b = go(loop);
  a.join();
  b.join();
  report(peer, "switch", "yield", nanosecondsEach(start, n), "ns");
}

static void runSpawn() {
  onTwoThreads([] {
    long n = size("SPAWN_N", 1'000'000);
    std::vector<bf::fiber> f;
    f.reserve(n);
    auto start = Clock::now();
    for (long i = 0; i < n; i++) f.push_back(go([] {}));
    for (auto& x : f) x.join();
    report(peer, "spawn", "spawn_join", nanosecondsEach(start, n), "ns");
  });
}

static void runMillion() {
  onTwoThreads([] {
    long n = size("MILLION_N", 1'000'000);
    Settling memory(peer);
    auto start = Clock::now();
    bf::mutex m;
    bf::condition_variable cv;
    bool open = false;
    std::atomic<long> ready{0};
    std::vector<bf::fiber> f;
    f.reserve(n);
    for (long i = 0; i < n; i++)
      f.push_back(go([&] {
        std::unique_lock<bf::mutex> lk(m);
        ready.fetch_add(1, std::memory_order_relaxed);
        cv.wait(lk, [&] { return open; });
      }));
    while (ready.load(std::memory_order_relaxed) < n) boost::this_fiber::yield();
    const double started = secondsSince(start);
    memory.settle();
    const auto ending = Clock::now();
    {
      std::lock_guard<bf::mutex> lk(m);
      open = true;
    }
    cv.notify_all();
    for (auto& x : f) x.join();
    report(peer, "million", "seconds", started + secondsSince(ending), "s");
    memory.reportEach(n);
  });
}

using Chan = bf::unbuffered_channel<int>;
static void ping(long n, Chan& out, Chan& in) {
  int v;
  for (long i = 0; i < n; i++) {
    out.push(1);
    in.pop(v);
  }
}
static void pong(long n, Chan& in, Chan& out) {
  int v;
  for (long i = 0; i < n; i++) {
    in.pop(v);
    out.push(v);
  }
}

static void pingPongOfFibers(const char* metric) {
  long n = size("PINGPONG_N", 1'000'000);
  Chan a, b;
  auto start = Clock::now();
  bf::fiber x = go([&] { ping(n, a, b); }), y = go([&] { pong(n, a, b); });
  x.join();
  y.join();
  report(peer, "pingpong", metric, nanosecondsEach(start, n), "ns");
}

static void runPingPong() {
  std::thread([] { pingPongOfFibers("roundtrip_1t"); }).join();
  onTwoThreads([] { pingPongOfFibers("roundtrip_2t"); });
  long n =
      size("PINGPONG_PINNED_N", 100'000);  // one fiber on each of two threads that share nothing
  Chan a, b;
  auto start = Clock::now();
  std::thread x([&] { go([&] { ping(n, a, b); }).join(); }),
      y([&] { go([&] { pong(n, a, b); }).join(); });
  x.join();
  y.join();
  report(peer, "pingpong", "roundtrip_2t_pinned", nanosecondsEach(start, n), "ns");
}

static void runRing() {
  onTwoThreads([] {
    long tasks = size("RING_TASKS", 1000), laps = size("RING_LAPS", 1000);
    std::vector<Chan> ch(tasks);  // ch[i] feeds task i; this fiber is the last
    std::vector<bf::fiber> f;
    for (long i = 0; i < tasks - 1; i++)
      f.push_back(go([&ch, i] {
        int v;
        while (ch[i].pop(v) == bf::channel_op_status::success) ch[i + 1].push(v + 1);
        ch[i + 1].close();
      }));
    auto start = Clock::now();
    int v;
    for (long l = 0; l < laps; l++) {
      ch[0].push(0);
      ch[tasks - 1].pop(v);
    }
    report(peer, "ring", "hop", nanosecondsEach(start, double(tasks) * laps), "ns");
    ch[0].close();
    for (auto& x : f) x.join();
  });
}

using Sum = bf::buffered_channel<long>;
static void skynetNode(Sum& out, long num, long size) {
  if (size == 1) {
    out.push(num);
    return;
  }
  Sum rc{16};
  for (long i = 0; i < 10; i++)
    go([&rc, num, size, i] { skynetNode(rc, num + i * (size / 10), size / 10); }).detach();
  long sum = 0;
  for (int i = 0; i < 10; i++) sum += rc.value_pop();
  out.push(sum);
}

static void runSkynet() {
  onTwoThreads([] {
    long n = size("SKYNET_N", 1'000'000);
    Sum rc{2};
    auto start = Clock::now();
    go([&] { skynetNode(rc, 0, n); }).detach();
    if (rc.value_pop() != n * (n - 1) / 2) std::abort();
    report(peer, "skynet", "total", secondsSince(start), "s");
  });
}

static void runMpsc() {
  onTwoThreads([] {
    long p = size("MPSC_PRODUCERS", 16), per = size("MPSC_N", 4'000'000) / p;
    bf::buffered_channel<int> ch{1024};
    std::vector<bf::fiber> f;
    auto start = Clock::now();
    for (long i = 0; i < p; i++)
      f.push_back(go([&] {
        for (long k = 0; k < per; k++) ch.push(1);
      }));
    int v;
    for (long k = 0; k < per * p; k++) ch.pop(v);
    report(peer, "mpsc", "bounded1024", per * p / secondsSince(start), "msg/s");
    for (auto& x : f) x.join();
  });
}

static void runMutex() {
  onTwoThreads([] {
    long tasks = size("MUTEX_TASKS", 64), per = size("MUTEX_N", 2'000'000) / tasks, counter = 0;
    bf::mutex m;
    std::vector<bf::fiber> f;
    auto start = Clock::now();
    for (long i = 0; i < tasks; i++)
      f.push_back(go([&] {
        for (long k = 0; k < per; k++) {
          std::lock_guard<bf::mutex> lk(m);
          counter++;
        }
      }));
    for (auto& x : f) x.join();
    if (counter != per * tasks) std::abort();
    report(peer, "mutex", "increment", nanosecondsEach(start, counter), "ns");
  });
}

static void runTimers() {
  onTwoThreads(
      [] {
        long n = size("TIMERS_N", 1'000'000);
        std::vector<long> overshoot(n);
        std::vector<bf::fiber> f;
        f.reserve(n);
        double cpu0 = cpuSeconds();
        auto start = Clock::now();
        for (long i = 0; i < n; i++)
          f.push_back(go([&overshoot, i] {
            thread_local std::minstd_rand rng(std::random_device{}());
            auto d =
                std::chrono::nanoseconds(std::uniform_int_distribution<long>(0, 999'999'999)(rng));
            auto t = Clock::now();
            boost::this_fiber::sleep_for(d);
            overshoot[i] = (Clock::now() - t - d).count();
          })),
              i % 64 == 63 ? boost::this_fiber::yield()
                           : void();  // lets this thread's sleepers wake meanwhile
        for (auto& x : f) x.join();
        double total = secondsSince(start), cpu = cpuSeconds() - cpu0;
        std::sort(overshoot.begin(), overshoot.end());
        reportOvershoot(peer, overshoot);
        report(peer, "timers", "cpu", cpu, "s");
        report(peer, "timers", "total", total, "s");
      },
      size("BOOST_FIBER_SUSPEND", 0));
}

void runEcho();  // boost-fiber-echo.cc

int main(int, char** argv) {
  std::string w = argv[1];
  if (w == "switch")
    runSwitch();
  else if (w == "spawn")
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
  else if (w == "echo")
    runEcho();
  else
    return 2;
}
