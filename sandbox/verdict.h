// A Verdict says in words what became of a guest, for tables, logs and whoever wrote it.
//
//   starting                         it lives, and has not come to its first call
//   idle                             it lives, nobody has called it
//   served                           it lives, and has answered calls
//   refused: capability 'renderer' was revoked (12 calls refused)
//                                    it lives, and goes on calling what was taken from it
//   killed: CPU time 2 s reached     also: CPU time of a call, memory, stack
//   killed by host: too slow         the reason that kill() was given
//   failed: TypeError: x is not a function (plugin.js:3:5)
//
// Ownership: a value. The last three are final: the first cause of an end stays.
//
//   if (!guest.verdict().alive()) std::puts(guest.verdict().text().c_str());
#pragma once

#include <cstdint>
#include <string>

#include "runtime/error.h"

namespace troop::sandbox {

class Verdict {
 public:
  enum class Kind : unsigned char { starting, idle, served, refused, killed, killedByHost, failed };

  static Verdict living(Kind kind) { return Verdict(kind, {}); }
  // It lives, but what it calls was taken from it; `reason` is that of the last refusal.
  static Verdict refusedCalls(const std::string& reason, std::uint64_t callsRefused);
  // It has ended with this cause.
  static Verdict ended(const Error& cause);

  Kind kind() const noexcept { return kind_; }
  bool alive() const noexcept { return kind_ < Kind::killed; }
  std::string text() const;

 private:
  Verdict(Kind kind, std::string reason) : kind_(kind), reason_(std::move(reason)) {}

  Kind kind_;
  std::string reason_;
};

}  // namespace troop::sandbox
