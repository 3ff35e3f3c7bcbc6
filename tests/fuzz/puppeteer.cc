#include "tests/fuzz/puppeteer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "proxy/answer.h"
#include "proxy/capability.h"
#include "runtime/error.h"
#include "tests/attack/explorer.h"

namespace troop::tests {

namespace {

using namespace literals;

// As in puppet.c.
enum class Operation : std::uint16_t {
  rest,
  call,
  pipeline,
  answer,
  fail,
  serve,
  release,
  finish,
  log,
  clock,
  entropy,
  abort,
  source,
  sourceCopy,
  poke,
  copy,
  grow,
  spin,
  trap,
  allocating,
};

struct Step {
  Operation operation = Operation::rest;
  std::uint8_t fromRegister = 0;
  std::uint8_t fromScratch = 0;
  std::uint32_t save = 0;
  std::uint32_t a[7] = {};
  std::uint32_t padding = 0;
  std::uint64_t wide = 0;

  void setRegister(unsigned i, std::uint32_t number) {
    fromRegister |= static_cast<std::uint8_t>(1u << i);
    a[i] = number;
  }
  void setScratch(unsigned i, std::uint32_t offset) {
    fromScratch |= static_cast<std::uint8_t>(1u << i);
    a[i] = offset;
  }
};
static_assert(sizeof(Step) == 48);

constexpr std::uint64_t renderInterface = 0xef1e3eebcb779e6b;
constexpr std::size_t stepsMax = 200;

// What lies at and beside the limits that the host checks.
constexpr std::uint32_t interesting[] = {
    0,        1,        2,          3,          4,          7,          8,          15,
    16,       24,       31,         32,         63,         64,         65,         255,
    256,      4095,     4096,       65535,      65536,      131071,     131072,     1u << 20,
    1u << 24, 1u << 30, 0x3fffffff, 0x40000001, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
constexpr std::uint32_t handlesLikely[] = {0,          0x01000000, 0x01000001, 0x01000002,
                                           0x02000000, 0x01000010, 0x7f000000, 0xff000000};

// Where the puppet has messages that are well-formed.
struct Template {
  std::uint32_t offset;
  std::uint32_t bytes;
};
constexpr Template templates[] = {{0, 16}, {16, 24}, {40, 32}};
constexpr std::uint32_t handlesOffset = 4096;
constexpr std::uint32_t pathOffset = 8192;

// Registers 0 and 1 are the victim and an object of its own; from 2 on the puppet keeps results;
// from 16 on it finds what was delivered to it; then follow its capabilities, its questions and the
// calls that it has to answer.
constexpr std::uint32_t capabilitiesBegin = 64, questionsBegin = 128, callsBegin = 192;

std::uint32_t anyRegister(Choices& choices) {
  return choices.byte();
}
std::uint32_t anyCapability(Choices& choices) {
  return capabilitiesBegin + choices.upTo(63);
}

void giveMessage(Step& step, unsigned argument, Choices& choices) {
  const Template& message = templates[choices.upTo(2)];
  step.setScratch(argument, message.offset);
  step.a[argument + 1] = message.bytes;
}

void giveHandles(Step& step, unsigned argument, Choices& choices) {
  step.setScratch(argument, handlesOffset);
  step.a[argument + 1] = choices.oneIn(2) ? choices.upTo(3) : 0;
}

// What changes nothing but its own memory and time.
Step plausibleStepInside(Step step, Choices& choices) {
  switch (step.operation) {
    case Operation::poke:
      step.setScratch(0, choices.oneIn(2) ? choices.byte() : handlesOffset + choices.upTo(15));
      step.wide = choices.oneIn(2)
                      ? choices.bits()
                      : choices.of(handlesLikely) | std::uint64_t{choices.of(handlesLikely)} << 32;
      break;
    case Operation::copy:
      step.setScratch(0, choices.byte());
      step.setScratch(1, choices.byte());
      step.a[2] = choices.byte();
      break;
    case Operation::grow:
      step.a[0] = choices.upTo(7);
      break;
    case Operation::allocating:
      step.a[0] = choices.oneIn(16) ? choices.of(interesting) : 1;
      break;
    default:
      step.a[0] = choices.byte();
      break;
  }
  return step;
}

// What a guest might do that means no harm.
Step plausibleStep(Operation operation, Choices& choices) {
  Step step{.operation = operation, .save = 2 + choices.upTo(13), .wide = renderInterface};
  switch (operation) {
    case Operation::call:
      step.setRegister(0, choices.oneIn(2) ? choices.upTo(1) : anyCapability(choices));
      giveMessage(step, 2, choices);
      giveHandles(step, 4, choices);
      break;
    case Operation::pipeline:
      step.setRegister(0, questionsBegin + choices.upTo(63));
      step.setScratch(1, pathOffset);
      step.a[2] = choices.upTo(3);
      break;
    case Operation::answer:
      step.setRegister(0, callsBegin + choices.upTo(63));
      giveMessage(step, 1, choices);
      giveHandles(step, 3, choices);
      break;
    case Operation::fail:
      step.setRegister(0, callsBegin + choices.upTo(63));
      step.a[1] = choices.upTo(3);
      step.setScratch(2, 64);
      step.a[3] = choices.byte();
      break;
    case Operation::serve:
      step.a[0] = choices.upTo(3);
      break;
    case Operation::release:
      step.setRegister(0, anyCapability(choices));
      break;
    case Operation::finish:
      step.setRegister(0, questionsBegin + choices.upTo(63));
      break;
    case Operation::log:
      step.a[0] = choices.upTo(3);
      step.setScratch(1, 64);
      step.a[2] = choices.byte();
      break;
    case Operation::clock:
      step.a[0] = choices.upTo(1);
      break;
    case Operation::source:
      step.setScratch(0, 64);
      step.setScratch(2, 64);
      step.a[1] = step.a[3] = choices.byte();
      break;
    case Operation::sourceCopy:
      step.setScratch(0, 64);
      break;
    case Operation::abort:
      step.a[0] = 1 + choices.upTo(2);
      step.setScratch(1, 64);
      step.a[2] = choices.byte();
      break;
    default:
      return plausibleStepInside(step, choices);
  }
  return step;
}

// One argument is another, of any kind.
void mutate(Step& step, Choices& choices) {
  const unsigned argument = choices.upTo(6);
  step.fromRegister &= static_cast<std::uint8_t>(~(1u << argument));
  step.fromScratch &= static_cast<std::uint8_t>(~(1u << argument));
  switch (choices.upTo(4)) {
    case 0:
      return step.setRegister(argument, anyRegister(choices));
    case 1:
      return step.setScratch(argument, choices.byte());
    case 2:
      step.a[argument] = choices.of(interesting);
      return;
    case 3:
      step.a[argument] = choices.of(handlesLikely);
      return;
    default:
      step.a[argument] = static_cast<std::uint32_t>(choices.bits());
      return;
  }
}

// Every `harm`th step or so is not what an honest guest would do.
Step nextStep(unsigned harm, Choices& choices) {
  // Those that end the guest for certain are rare, or it would never come far.
  constexpr Operation frequent[] = {
      Operation::call,   Operation::call,    Operation::pipeline, Operation::answer,
      Operation::answer, Operation::fail,    Operation::serve,    Operation::finish,
      Operation::log,    Operation::release, Operation::poke,     Operation::poke,
      Operation::copy,   Operation::grow,    Operation::rest,     Operation::rest};
  constexpr Operation rare[] = {Operation::clock,      Operation::clock,     Operation::spin,
                                Operation::source,     Operation::entropy,   Operation::source,
                                Operation::sourceCopy, Operation::abort,     Operation::spin,
                                Operation::trap,       Operation::allocating};
  Step step = plausibleStep(choices.oneIn(32) ? choices.of(rare) : choices.of(frequent), choices);
  if (choices.oneIn(harm)) mutate(step, choices);
  if (choices.oneIn(harm)) mutate(step, choices);
  return step;
}

Attacker puppetWith(Choices& choices) {
  constexpr std::size_t counts[] = {1, 8, 64, 200, 1024};
  constexpr std::size_t bytes[] = {1_KiB, 16_KiB, 256_KiB};
  constexpr std::size_t memories[] = {640_KiB, 1_MiB, 4_MiB};
  Attacker puppet{"tests/fuzz/puppet.wasm", "", {}};
  puppet.limits = {.memoryBytes = choices.of(memories),
                   .cpuAtStart = 100ms,
                   .cpuPerCall = 100ms,
                   .wallPerCall = choices.oneIn(2) ? Duration(20ms) : Duration(10s),
                   .callsQueued = choices.of(counts),
                   .callsMade = choices.of(counts),
                   .capabilities = std::max<std::size_t>(choices.of(counts), 8),
                   .messageBytes = choices.of(bytes)};
  return puppet;
}

// Whoever calls the puppet.
class Callers {
 public:
  Callers(const sandbox::Guest& guest, Choices& choices) : guest_(guest), choices_(choices) {}

  void act() {
    switch (choices_.upTo(7)) {
      case 0:
      case 1:
      case 2:
        return keep(guest_.capability().call(method(), stepsOf(choices_)));
      case 3:
        return keep(anyCapability().call(method(), stepsOf(choices_)));
      case 4:
        return cancelOne();
      case 5:
        return pipelineOne();
      case 6:
        return readOne();
      default:
        capabilities_.clear();
        return;
    }
  }

 private:
  static constexpr std::size_t keptMax = 16;

  static proxy::MethodId method() { return {renderInterface, 0}; }

  proxy::Capability anyCapability() {
    return capabilities_.empty() ? guest_.capability()
                                 : capabilities_[choices_.byte() % capabilities_.size()];
  }
  void keep(Ref<proxy::Answer> answer) {
    answers_.push_back(std::move(answer));
    if (answers_.size() > keptMax) answers_.pop_front();
  }
  void keep(proxy::Capability capability) {
    if (capability && capabilities_.size() < keptMax) capabilities_.push_back(capability);
  }
  void cancelOne() {
    if (answers_.empty()) return;
    answers_.front()->cancel(
        Error(ErrorKind::failed, "the caller gave up", ErrorDetail::cancelled));
    answers_.pop_front();
  }
  void pipelineOne() {
    if (!answers_.empty()) keep(answers_.back()->pipeline({choices_.byte()}));
  }
  void readOne() {
    if (answers_.empty()) return;
    const Ref<proxy::Answer> answer = std::move(answers_.front());
    answers_.pop_front();
    if (answer->wait(after(1ms)) != WaitResult::signalled) return;
    if (answer->result().failed()) {
      EXPECT_TRUE(isPlain(answer->result().error().reason()));
      return;
    }
    const proxy::Message& result = answer->result().value();
    explore(result);
    for (const proxy::Capability& capability : result.capabilities()) keep(capability);
  }

  const sandbox::Guest& guest_;
  Choices& choices_;
  std::deque<Ref<proxy::Answer>> answers_;
  std::vector<proxy::Capability> capabilities_;
};

}  // namespace

// A message whose root is null; the steps follow where nobody else looks.
proxy::Message stepsOf(Choices& choices) {
  constexpr unsigned harms[] = {16, 64, 255, 255};
  const unsigned harm = choices.of(harms);
  std::vector<Step> steps;
  for (unsigned left = choices.byte() % stepsMax; left > 0 && !choices.over(); --left) {
    steps.push_back(nextStep(harm, choices));
  }
  const auto content = std::as_bytes(std::span(steps));
  constexpr std::size_t headBytes = 16;
  std::vector<std::byte> bytes(headBytes + content.size());
  const auto words = static_cast<std::uint32_t>((bytes.size() - 8) / 8);
  std::memcpy(bytes.data() + 4, &words, sizeof words);
  if (!content.empty()) std::memcpy(bytes.data() + headBytes, content.data(), content.size());
  return proxy::Message::copyOf(bytes, {}, nullptr).value();
}

void playPuppet(Arena& arena, Choices& choices) {
  const sandbox::Guest guest = arena.start(puppetWith(choices)).value();
  {
    Callers callers(guest, choices);
    while (!choices.over()) callers.act();
    arena.expectOthersUnharmed();
    EXPECT_TRUE(isPlain(guest.verdict().text())) << guest.verdict().text();
  }
  arena.end(guest);
  arena.expectOthersUnharmed();
}

}  // namespace troop::tests
