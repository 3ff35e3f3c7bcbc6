#include "sandbox/policy.h"

#include <algorithm>
#include <set>

#include "runtime/budget.h"
#include "runtime/units.h"

namespace troop::sandbox {

namespace {

constexpr std::size_t grantNameBytesMax = 256;

Error refusal(std::string reason) {
  return Error(ErrorKind::failed, std::move(reason), ErrorDetail::none, Executed::no);
}

std::string describe(std::size_t value) {
  return std::to_string(value);
}

template <typename Permission>
std::ptrdiff_t countOf(const std::vector<Grant>& grants) {
  return std::count_if(grants.begin(), grants.end(), [](const Grant& grant) {
    return std::holds_alternative<Permission>(grant.permission);
  });
}

// The first limit out of range, as an error.
class Checker {
 public:
  template <typename T, typename Describe>
  Checker& operator()(const char* name, T value, const Range<T>& range, Describe describe) {
    if (!error_ && !range.contains(value)) {
      error_ = refusal(std::string("limit ") + name + " is " + describe(value) + ", but must be " +
                       describe(range.min) + " to " + describe(range.max));
    }
    return *this;
  }
  Expected<void> result() const { return error_ ? Expected<void>(*error_) : Expected<void>(); }

 private:
  std::optional<Error> error_;
};

}  // namespace

Expected<void> check(const Limits& limits) {
  const auto bytes = [](std::size_t value) { return describeBytes(value); };
  const auto duration = [](Duration value) { return troop::describe(value); };
  const auto count = [](std::size_t value) { return describe(value); };
  Checker checker;
  checker("memoryBytes", limits.memoryBytes, Limits::memoryBytesRange, bytes);
  checker("memoryReserved", limits.memoryReserved,
          Range<std::size_t>{Limits::memoryReservedRange.min, limits.memoryBytes}, bytes);
  checker("memoryLentPerCall", limits.memoryLentPerCall, Limits::memoryReservedRange, bytes);
  checker("cpu", limits.cpu, Limits::durationRange, duration);
  checker("cpuAtStart", limits.cpuAtStart, Limits::durationRange, duration);
  checker("cpuPerCall", limits.cpuPerCall, Limits::durationRange, duration);
  checker("cpuLentPerCall", limits.cpuLentPerCall, Limits::lentRange, duration);
  checker("wallPerCall", limits.wallPerCall, Limits::durationRange, duration);
  checker("stackBytes", limits.stackBytes, Limits::stackBytesRange, bytes);
  checker("callsQueued", limits.callsQueued, Limits::callsRange, count);
  checker("callsMade", limits.callsMade, Limits::callsRange, count);
  checker("capabilities", limits.capabilities, Limits::capabilitiesRange, count);
  checker("messageBytes", limits.messageBytes, Limits::messageBytesRange, bytes);
  return checker.result();
}

Expected<void> check(const std::vector<Grant>& grants) {
  if (countOf<allow::Log>(grants) > 1) return refusal("two logs are granted");
  if (countOf<allow::Clock>(grants) > 1) return refusal("two clocks are granted");
  if (countOf<allow::Random>(grants) > 1) return refusal("two sources of randomness are granted");
  std::set<std::string> names;
  for (const Grant& grant : grants) {
    if (const auto* clock = std::get_if<allow::Clock>(&grant.permission)) {
      if (clock->resolution < 1ns || clock->resolution > 1s) {
        return refusal("the resolution of a granted clock is " +
                       troop::describe(clock->resolution) + ", but must be 1 ns to 1 s");
      }
    }
    if (!std::holds_alternative<proxy::Capability>(grant.permission)) continue;
    const bool wellFormed = !grant.name.empty() && grant.name.size() <= grantNameBytesMax &&
                            std::none_of(grant.name.begin(), grant.name.end(),
                                         [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (!wellFormed) {
      return refusal("a granted capability needs a name of 1 to " +
                     std::to_string(grantNameBytesMax) + " bytes on one line");
    }
    if (!names.insert(grant.name).second)
      return refusal("two grants are named '" + grant.name + "'");
  }
  return {};
}

}  // namespace troop::sandbox
