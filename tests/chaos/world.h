// The world that a random program lives in: its troops, what they share, and the counts that all
// come to zero.
//
// Ownership: whoever runs the program; it outlives the Process. Threads: any. Fails: wrong() says
// what should not have happened; the run goes on, and its test fails.
//
//   World world({.seed = 7, .threads = 200});
//   {
//     Process process;
//     world.inhabit(process);
//     process.run([&] { world.live(); world.end(); });
//   }
//   world.expectNothingLeft();
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/budget.h"
#include "runtime/channel.h"
#include "runtime/process.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sharing/monitor.h"
#include "runtime/thread.h"
#include "runtime/troop.h"
#include "tests/chaos/sight.h"

namespace troop::chaos {

class World;

// How long a Thread waits at least until it is compacted: about as long as most waits.
inline constexpr Duration compactAfter = 100us;
// After which waits deadlocks are searched for, all the time.
inline constexpr Duration deadlocksAfter = 1ms;

// Choices of one Task or OS thread: all the same for the same seed.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  // SplitMix64 (Steele, Lea, Flood 2014): small, as each Task has its own on its stack.
  std::uint64_t number() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // 0 to `last`.
  unsigned upTo(unsigned last) noexcept { return static_cast<unsigned>(number() % (last + 1)); }
  bool oneIn(unsigned count) noexcept { return number() % count == 0; }
  Duration shortly() noexcept { return Duration(number() % 200'000); }

 private:
  std::uint64_t state_;
};

// One that is compacted while it waits, one that keeps its stacks, or one that shares its stack.
ThreadOptions threadNamed(std::string name, Chance& chance);

// Whether the calling Task may start Threads in Scopes: in what threadNamed() has made, one that
// shares its stack may not (Parked::sharesStack).
bool mayLend();

// A value that goes through channels and into containers, counted while it lives.
class Token {
 public:
  explicit Token(World& world) noexcept;
  Token(const Token& other) noexcept : Token(*other.world_) {}
  Token& operator=(const Token& other) noexcept = default;
  ~Token();

 private:
  World* world_;
};

// What a Monitor of the world keeps.
struct Shelf {
  std::int64_t visits = 0;
  std::int64_t goods = 0;
};

// How the program comes to its end.
enum class Ending : unsigned char {
  byItself,      // each wait ends because of what was waited for, and all Threads end
  troopsKilled,  // some wait for ever, until their troop is killed
  processEnds,   // the same, and the Process ends with everything in it running
};

// How many carriers there are.
enum class Carriers : unsigned char {
  stay,
  comeAndGo,  // anybody changes their number at any time
};

struct Options {
  std::uint64_t seed = 0;
  std::int64_t threads = 200;   // that are started before it comes to its end
  std::int64_t atOnce = 40;     // Tasks that live at a time before the world starts no more
  Duration patience = forever;  // with the end; 10 s of virtual time are a million of polls
  Carriers carriers = Carriers::stay;
  std::string folder = "/tmp";  // for files; there, and nobody else's
};

// Counts while it lives.
class Counted {
 public:
  explicit Counted(std::atomic<std::int64_t>& count) noexcept : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<std::int64_t>& count_;
};

class World {
 public:
  explicit World(Options options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Makes the troops.
  void inhabit(Process& process);

  // Starts Threads until there were enough. By a Task of the root troop.
  void live();
  // Brings all to an end, or leaves that to the Process. By the same, when nobody else is left.
  void end();

  // Fails the test for each count that is not zero. When the Process has ended.
  void expectNothingLeft();

  // What of the following may be done is asked first.
  bool mayStart() noexcept { return startsLeft_.fetch_sub(1) > 0; }
  bool mayWaitForEver() const noexcept { return ending_ != Ending::byItself; }
  // Seldom, and the more seldom the more die of it: or most Threads would be killed before they
  // have done anything.
  bool mayKill(Chance& chance) const noexcept {
    return chance.oneIn(static_cast<unsigned>(options_.atOnce / 5));
  }
  const std::string& folder() const noexcept { return options_.folder; }
  bool mayResize() const noexcept { return options_.carriers == Carriers::comeAndGo; }

  Process& process() const noexcept { return *process_; }
  Ref<Troop> troop(Chance& chance);
  // Kills a troop, and puts another one in its place.
  void killOne(Chance& chance);
  // One inside `outer`, or in none, which whoever starts it is going to kill. Throws what
  // Troop::troop() throws.
  Ref<Troop> startDoomed(TroopOptions options, Troop* outer);
  // From one to all that there may be, or as many as the machine has.
  void resizeCarriers(Chance& chance);

  // Where anybody sends and receives for a while.
  Sender<Token> hubSender(Chance& chance);
  Receiver<Token> hubReceiver(Chance& chance);

  // What anybody changes, one at a time.
  Monitor<Shelf> shelf(Chance& chance);

  // Threads started last, which others join, interrupt and post to.
  void remember(Ref<Thread> thread, Chance& chance);
  Ref<Thread> remembered(Chance& chance);

  // Something has happened, so nothing is stuck; counted by kind.
  void did(std::size_t kind) noexcept;
  std::uint64_t progress() const noexcept { return progress_.load(std::memory_order_relaxed); }
  std::uint64_t times(std::size_t kind) const noexcept { return kinds_[kind].load(); }
  void saw(Sight sight) noexcept { ++sights_[static_cast<std::size_t>(sight)]; }
  std::uint64_t times(Sight sight) const noexcept {
    return sights_[static_cast<std::size_t>(sight)].load();
  }

  void wrong(std::string what);

  // Its troops, what is left of them, and what every Task waits for.
  std::string describe();

  // What wait() gives, counted among the waits until it ends.
  template <typename F>
  auto waiting(F wait) {
    const Counted counted(waits);
    return wait();
  }

  Ending ending() const noexcept { return ending_; }
  std::atomic<std::int64_t> bodies{0};  // of Tasks, begun and not ended
  std::atomic<std::int64_t> tokens{0};
  std::atomic<std::int64_t> waits{0};   // begun and not ended
  std::atomic<std::int64_t> visits{0};  // of all Monitors

  static constexpr std::size_t kindsMax = 64;

 private:
  static constexpr std::size_t hubs = 3;
  static constexpr std::size_t shelves = 2;
  static constexpr std::size_t troopsAtOnce = 4;
  static constexpr std::size_t rememberedMax = 16;

  // In a group or in none.
  Ref<Troop> makeTroop();
  Ref<Troop> startAnywhere(TroopOptions options);
  // Puts another one in the place of one that was killed, or is going to be.
  Ref<Troop> replace(Ref<Troop>& troop);
  void startRoots(Chance& chance);
  bool nothingLeft();
  void forgetHandles();

  const Options options_;
  const Ending ending_;
  Process* process_ = nullptr;
  std::atomic<std::int64_t> startsLeft_;
  std::atomic<std::uint64_t> progress_{0};
  std::array<std::atomic<std::uint64_t>, kindsMax> kinds_{};
  std::array<std::atomic<std::uint64_t>, sights> sights_{};

  std::mutex mutex_;  // protects all below
  Chance chance_;
  std::vector<Ref<Troop>> troops_;    // that Threads are started in
  std::vector<Ref<Troop>> doomed_;    // killed and not found empty, or going to be
  std::vector<Ref<Budget>> budgets_;  // of all troops that there were, and of the Process
  std::array<Ref<Thread>, rememberedMax> remembered_;
  std::vector<std::pair<Sender<Token>, Receiver<Token>>> hubs_;
  std::vector<Monitor<Shelf>> shelves_;
  std::vector<std::string> wrong_;
};

}  // namespace troop::chaos

template <>
struct troop::IsSendable<troop::chaos::Token> : std::true_type {};
template <>
struct troop::IsIsolatable<troop::chaos::Shelf> : std::true_type {};
