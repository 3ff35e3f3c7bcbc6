// What a guest may use: Limits on what it takes, Grants of what it may reach. Everything that is
// not granted does not exist for it.
//
// Ownership: values. Errors: Host::spawn() throws Error (failed) that names the limit or the grant,
// what it is, and what it may be. Reaching a limit later is no error of the host's: see
// sandbox/verdict.h.
//
//   Limits limits{.memoryBytes = 32_MiB, .cpuPerCall = 50ms};
//   std::vector<Grant> grants{allow::Log{}, {"markdown", renderer}};
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "proxy/capability.h"
#include "proxy/proxy.h"
#include "runtime/error.h"
#include "runtime/time.h"
#include "sandbox/allow/clock.h"
#include "sandbox/allow/log.h"
#include "sandbox/allow/random.h"

namespace troop::sandbox {

// What a limit may be, both ends included.
template <typename T>
struct Range {
  T min;
  T max;
  constexpr bool contains(T value) const noexcept { return min <= value && value <= max; }
};

struct Limits {
  // Its memory, and what the host keeps for it: queued messages, results it has not finished with.
  // At the limit allocating fails inside the guest; one that cannot go on is killed.
  std::size_t memoryBytes = std::size_t{32} << 20;
  // Set aside for it when it starts, so that nobody else can take it: what it may count on.
  std::size_t memoryReserved = std::size_t{256} << 10;
  // CPU time of its whole life; at the limit it is killed.
  Duration cpu = forever;
  // CPU time that it may use in one go, when it starts and for each call or result that reaches it.
  // At the limit the call fails where others pay for it, and what follows is counted afresh; where
  // it pays itself, it is killed.
  Duration cpuAtStart = 2s;
  Duration cpuPerCall = 1s;
  // Memory that it lends for each call: the result until it has taken it, up to here; a larger one
  // fails the call.
  std::size_t memoryLentPerCall = std::size_t{64} << 20;
  // CPU time that it lends for each call that it makes: serving the call, and all calls that follow
  // from it, is charged to its `cpu` up to here; then the call fails. With none it lends nothing,
  // and who serves it pays.
  Duration cpuLentPerCall = 500ms;
  // From the arrival of a call to its answer; at the limit the call fails, the guest lives.
  Duration wallPerCall = 30s;
  // What an interpreter may recurse.
  std::size_t stackBytes = std::size_t{192} << 10;
  // Calls to it that wait or are not answered yet; more are refused with `overloaded`.
  std::size_t callsQueued = 64;
  // Calls of its own that it has not finished with; more are refused to it.
  std::size_t callsMade = 64;
  // Capabilities that it holds, and objects of its own that others hold.
  std::size_t capabilities = 256;
  // One message, in either direction.
  std::size_t messageBytes = std::size_t{4} << 20;

  static constexpr Range<std::size_t> memoryBytesRange{std::size_t{256} << 10,
                                                       std::size_t{4} << 30};
  static constexpr Range<std::size_t> memoryReservedRange{0, std::size_t{4} << 30};
  static constexpr Range<Duration> durationRange{1ms, forever};
  static constexpr Range<Duration> lentRange{0ms, forever};
  static constexpr Range<std::size_t> stackBytesRange{std::size_t{16} << 10, std::size_t{1} << 20};
  static constexpr Range<std::size_t> callsRange{1, 65'536};
  static constexpr Range<std::size_t> capabilitiesRange{1, 1'000'000};
  static constexpr Range<std::size_t> messageBytesRange{std::size_t{1} << 10,
                                                        std::size_t{64} << 20};
};

// Fails with the first limit that is out of its range: "limit memoryBytes is 1 KiB, but must be 256
// KiB to 4 GiB".
Expected<void> check(const Limits& limits);

// One thing that a guest may reach, and what the guest calls it.
struct Grant {
  explicit(false) Grant(allow::Log log) : permission(std::move(log)) {}
  explicit(false) Grant(allow::Clock clock) : permission(clock) {}
  explicit(false) Grant(allow::Random random) : permission(random) {}
  Grant(std::string nameForGuest, proxy::Capability capability)
      : name(std::move(nameForGuest)), permission(std::move(capability)) {}
  Grant(std::string nameForGuest, const proxy::Proxy& object)
      : Grant(std::move(nameForGuest), object.capability()) {}

  std::string name;  // of a capability; the others have one place each
  std::variant<proxy::Capability, allow::Log, allow::Clock, allow::Random> permission;
};

// Fails where a permission is granted twice, two capabilities have one name, or a name is empty,
// too long or of several lines.
Expected<void> check(const std::vector<Grant>& grants);

}  // namespace troop::sandbox
