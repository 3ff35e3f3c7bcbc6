#include "runtime/inspect/stack-copy.h"

namespace troop {
namespace inspect {

StackCopy copyOf(const Fiber& fiber) {
  StackCopy copy;
  if (!fiber.started() || fiber.ended()) return copy;
  copy.words.resize(fiber.liveBytes() / sizeof(std::uint64_t));
  fiber.copyLive(copy.words.data());
  copy.from = reinterpret_cast<std::uintptr_t>(fiber.context());
  copy.registers = registersOf(fiber.context(), copy.words);
  return copy;
}

}  // namespace inspect
}  // namespace troop
