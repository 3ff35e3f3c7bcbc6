// attenuate() gives a capability that can do less than the one behind it: some methods, until some
// time, so many calls, so often, so many bytes.
//
// It is about one object: what a call hands out is not attenuated. A Membrane around it
// (proxy/membrane.h) is about all that is reached, ends calls under way, and lets go of what is
// behind it.
//
// Ownership: the result shares what is behind it. Threads: any. Order: as without it. Limits: as
// asked for; they are looked at when a call comes, by the clock of who calls. `payer` pays for what
// exists, null: nobody. A call under way takes memory of its sender where bytes are counted.
// Errors: a method that is not offered answers unimplemented; past a rate, or with more bytes than
// are left, overloaded/quota; once it is used up or has expired disconnected/revoked. A call that
// is refused counts for nothing and has not been executed, but for one whose result has too many
// bytes. Misuse: attenuating what hands out itself.
//
//   Capability sendOnly = attenuate(mailer.capability(), {.name = "mailer",
//                                                         .methods = {{{Mailer::interfaceId, 0}}},
//                                                         .expires = after(1h),
//                                                         .rate = CallRate{10, 1min}});
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "proxy/capability.h"
#include "runtime/budget.h"
#include "runtime/ref.h"
#include "runtime/time.h"

namespace troop::proxy {

// Up to `calls` at once, after a pause; in the long run as many in each `per`.
struct CallRate {
  std::uint64_t calls = 1;
  Duration per = 1s;
};

struct Attenuation {
  static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

  std::string name = "capability";  // for errors
  // A facet: those that may be called; nothing said: all.
  std::optional<std::vector<MethodId>> methods = std::nullopt;
  Time expires = never;
  std::uint64_t callsMax = unlimited;
  std::optional<CallRate> rate = std::nullopt;
  // Of parameters and results together, framed; Errors, and capabilities by themselves, have none.
  std::uint64_t bytesMax = unlimited;
};

// Null stays null. Throws Error (failed) for a rate without calls or without a time, of more than a
// call a nanosecond, or over more than 73 years.
Capability attenuate(Capability inside, Attenuation to, const Ref<Budget>& payer = {});

}  // namespace troop::proxy
