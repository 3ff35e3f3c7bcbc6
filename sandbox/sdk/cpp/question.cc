#include "sandbox/sdk/cpp/question.h"

#include <unordered_map>

#include "sandbox/sdk/cpp/imports.h"

namespace troop::inline guest {
namespace {

std::unordered_map<std::uint32_t, Question*>& underWay() {
  static std::unordered_map<std::uint32_t, Question*> questions;
  return questions;
}

}  // namespace

Question* Question::find(std::uint32_t number) {
  const auto found = underWay().find(number);
  return found == underWay().end() ? nullptr : found->second;
}

Question::Question(std::uint32_t number) : number_(number) {
  if (number_ != 0) underWay().emplace(number_, this);
}

void Question::finish() {
  if (number_ == 0) return;
  underWay().erase(number_);
  troop_host_finish(std::exchange(number_, 0));
}

Expected<Capability> Question::pipelined(const std::vector<std::uint16_t>& path) const {
  const std::int32_t handle =
      troop_host_pipeline(number_, path.data(), static_cast<std::uint32_t>(path.size()));
  if (handle >= 0) return Capability::ofHandle(static_cast<std::uint32_t>(handle));
  return Error(ErrorKind::overloaded, "no room for another capability", ErrorDetail::quota,
               Executed::no);
}

}  // namespace troop::inline guest
