#include "tests/chaos/world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <utility>

#include "runtime/task.h"
#include "runtime/units.h"
#include "tests/chaos/actor.h"

namespace troop::chaos {
namespace {

// At the end of the name of each Thread that shares its stack.
constexpr std::string_view sharing = ", sharing";

Ending endingOf(std::uint64_t seed) noexcept {
  return static_cast<Ending>(Chance(seed).upTo(2));
}

}  // namespace

ThreadOptions threadNamed(std::string name, Chance& chance) {
  constexpr std::array kinds{Parked::keepsStacks, Parked::compacted, Parked::sharesStack};
  const Parked parked = kinds[chance.upTo(kinds.size() - 1)];
  if (parked == Parked::sharesStack) name += sharing;
  return {.name = std::move(name), .parked = parked};
}

bool mayLend() {
  return !Thread::current()->name().ends_with(sharing);
}

Token::Token(World& world) noexcept : world_(&world) {
  ++world_->tokens;
}

Token::~Token() {
  --world_->tokens;
}

World::World(Options options)
    : options_(std::move(options)),
      ending_(endingOf(options_.seed)),
      startsLeft_(options_.threads),
      chance_(options_.seed) {}

World::~World() = default;

void World::inhabit(Process& process) {
  process_ = &process;
  budgets_.push_back(process.memory());
  for (std::size_t i = 0; i < hubs; ++i) hubs_.push_back(channel<Token>(1 + i));
  for (std::size_t i = 0; i < shelves; ++i) shelves_.push_back(Monitor<Shelf>::make());
  for (std::size_t i = 0; i < troopsAtOnce; ++i) troops_.push_back(makeTroop());
}

// Some have so little that starting and allocating in them fails now and then.
Ref<Troop> World::makeTroop() {
  TroopOptions options{.name = fmt::format("t{}", budgets_.size())};
  options.weight = 1 + chance_.upTo(400);
  if (chance_.oneIn(3)) options.heap = Heap::own;
  if (chance_.oneIn(5)) options.memoryBytesMax = std::size_t{4} << 20;
  if (chance_.oneIn(5)) options.threadsMax = 5;
  if (chance_.oneIn(5)) options.tasksMax = 8;
  if (chance_.oneIn(10)) options.cpuMax = 2ms;
  Ref<Troop> troop = startAnywhere(std::move(options));
  budgets_.push_back(troop->memory());
  return troop;
}

Ref<Troop> World::startAnywhere(TroopOptions options) {
  if (!troops_.empty() && chance_.oneIn(3)) {
    const Ref<Troop>& group = troops_[chance_.upTo(static_cast<unsigned>(troops_.size() - 1))];
    try {
      return group->troop(options);
    } catch (const Error&) {
      // It was killed, or is as deep as troops nest.
    }
  }
  return process_->troop(std::move(options));
}

Ref<Troop> World::troop(Chance& chance) {
  std::lock_guard lock(mutex_);
  Ref<Troop>& troop = troops_[chance.upTo(troopsAtOnce - 1)];
  if (troop->killed()) replace(troop);
  return troop;
}

Ref<Troop> World::replace(Ref<Troop>& troop) {
  std::erase_if(
      doomed_, [](const Ref<Troop>& doomed) { return doomed->killed() && doomed->threads() == 0; });
  Ref<Troop> before = std::exchange(troop, makeTroop());
  doomed_.push_back(before);
  return before;
}

void World::killOne(Chance& chance) {
  Ref<Troop> victim;
  {
    std::lock_guard lock(mutex_);
    victim = replace(troops_[chance.upTo(troopsAtOnce - 1)]);
  }
  victim->kill(Error(ErrorKind::disconnected, "by chance", ErrorDetail::killed));
}

Ref<Troop> World::startDoomed(TroopOptions options, Troop* outer) {
  Ref<Troop> troop =
      outer != nullptr ? outer->troop(std::move(options)) : process_->troop(std::move(options));
  std::lock_guard lock(mutex_);
  budgets_.push_back(troop->memory());
  doomed_.push_back(troop);
  return troop;
}

void World::resizeCarriers(Chance& chance) {
  const unsigned before = process_->carriers();
  process_->resize(chance.upTo(process_->carriersMax()));
  if (process_->carriers() != before) saw(Sight::carriersChanged);
}

Sender<Token> World::hubSender(Chance& chance) {
  return hubs_[chance.upTo(hubs - 1)].first;
}

Receiver<Token> World::hubReceiver(Chance& chance) {
  return hubs_[chance.upTo(hubs - 1)].second;
}

Monitor<Shelf> World::shelf(Chance& chance) {
  return shelves_[chance.upTo(shelves - 1)];
}

void World::remember(Ref<Thread> thread, Chance& chance) {
  std::lock_guard lock(mutex_);
  std::swap(remembered_[chance.upTo(rememberedMax - 1)], thread);
}

Ref<Thread> World::remembered(Chance& chance) {
  std::lock_guard lock(mutex_);
  return remembered_[chance.upTo(rememberedMax - 1)];
}

void World::did(std::size_t kind) noexcept {
  progress_.fetch_add(1, std::memory_order_relaxed);
  kinds_[kind].fetch_add(1, std::memory_order_relaxed);
}

void World::wrong(std::string what) {
  std::lock_guard lock(mutex_);
  wrong_.push_back(std::move(what));
}

void World::startRoots(Chance& chance) {
  while (bodies.load() < options_.atOnce && mayStart()) {
    try {
      Ref<Thread> thread = startActor(*this, troop(chance), chance.number(), 0);
      if (chance.oneIn(2)) remember(std::move(thread), chance);
    } catch (const Error&) {
      return;  // a troop at its limit
    }
  }
}

void World::live() {
  Chance chance(options_.seed + 1);
  while (startsLeft_.load() > 0) {
    startRoots(chance);
    if (chance.oneIn(3) && mayKill(chance)) killOne(chance);
    sleep(chance.shortly());
  }
}

void World::end() {
  if (ending_ == Ending::processEnds) return;
  Chance chance(options_.seed + 2);
  const Time patience = after(options_.patience);
  forgetHandles();
  while (!nothingLeft()) {
    if (ending_ == Ending::troopsKilled) killOne(chance);
    if (now() >= patience) return wrong("not everything ended:" + describe());
    sleep(100us);
  }
}

void World::forgetHandles() {
  std::array<Ref<Thread>, rememberedMax> forgotten;
  std::lock_guard lock(mutex_);
  forgotten.swap(remembered_);
}

bool World::nothingLeft() {
  const ProcessCounts counts = process_->counts();
  // The calling Task is left.
  if (counts.runnables != 1 || counts.stacks != 1 || counts.timers != 0) return false;
  if (process_->compactedThreads() != 0) return false;
  std::lock_guard lock(mutex_);
  for (const std::vector<Ref<Troop>>* list : {&troops_, &doomed_}) {
    for (const Ref<Troop>& troop : *list) {
      if (troop->threads() != 0 || troop->tasks() != 0) return false;
    }
  }
  return true;
}

void World::expectNothingLeft() {
  hubs_.clear();
  remembered_ = {};
  std::int64_t shelfVisits = 0;
  for (const Monitor<Shelf>& shelf : shelves_) {
    shelfVisits += shelf.enter([](const Shelf& inside) { return inside.visits; });
  }
  EXPECT_EQ(visits, shelfVisits);
  shelves_.clear();
  EXPECT_EQ(bodies, 0);
  EXPECT_EQ(waits, 0);
  EXPECT_EQ(tokens, 0);
  for (const std::vector<Ref<Troop>>* list : {&troops_, &doomed_}) {
    for (const Ref<Troop>& troop : *list) {
      EXPECT_EQ(troop->threads(), 0u);
      EXPECT_EQ(troop->tasks(), 0u);
      EXPECT_EQ(troop->handles(), 0u);
    }
  }
  troops_.clear();
  doomed_.clear();
  for (const Ref<Budget>& budget : budgets_) EXPECT_EQ(budget->used(), 0u);
  for (const std::string& what : wrong_) ADD_FAILURE() << what;
}

std::string World::describe() {
  const ProcessCounts counts = process_->counts();
  std::string report = fmt::format(
      "\n  seed {}: {} bodies, {} waits, {} tokens; {} runnables, {} stacks, {} timers, {} "
      "compacted",
      options_.seed, bodies.load(), waits.load(), tokens.load(), counts.runnables, counts.stacks,
      counts.timers, process_->compactedThreads());
  std::lock_guard lock(mutex_);
  std::vector<Ref<Troop>> all = troops_;
  all.insert(all.end(), doomed_.begin(), doomed_.end());
  all.push_back(Ref<Troop>::share(&process_->root()));
  for (const Ref<Troop>& troop : all) {
    report += fmt::format("\n  troop '{}'{}: {} Threads, {} Tasks, {}", troop->name(),
                          troop->killed() ? ", killed" : "", troop->threads(), troop->tasks(),
                          describeBytes(troop->memory()->used()));
    troop->forEach([&](Runnable& runnable) { runnable.describeWaits(report); });
  }
  return report;
}

}  // namespace troop::chaos
