// An audited capability writes down who calls what, when, on whose behalf, and what became of it.
//
// A log is one for as many capabilities as its host likes. It keeps the last `entriesMax` calls;
// what becomes of one whose entry has been overwritten meanwhile is not told.
//
// Ownership: audited capabilities share the log. Threads: any. Order: as without it; entries are in
// the order in which calls came. Limits: entriesMax up to 2^24. `payer` pays for the entries, all
// at once, but not for the names in them, and for audited capabilities; null: nobody. A call under
// way takes memory of its sender. Errors: the constructor throws Error (failed) for a log without
// entries or with too many, Error (overloaded/memory) where the payer cannot pay. What is logged of
// a call are its method and sizes, nothing of what it says. Misuse: taking a name for an identity:
// troops of the same name have other ids. Who may call may fill the log: limits stand before it
// where only what they let through is of interest.
//
//   auto log = makeRef<AuditLog>(AuditLog::Options{.entriesMax = 1000});
//   guest.grant("mailer", audited(mailer.capability(), "mailer", log));
//   for (const AuditEntry& entry : log->entries()) std::puts(describe(entry).c_str());
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proxy/capability.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace troop::proxy {

struct AuditEntry {
  struct Party {
    std::uint64_t id = 0;  // of a troop; 0: the host
    std::string name;
  };
  enum class Outcome : unsigned char { underWay, answered, failed };

  Time began{};
  std::string capability;
  MethodId method;
  Party caller;  // who made this call
  Party payer;   // at whose expense: who made the first call, which this one serves
  std::size_t parameterBytes = 0;
  Outcome outcome = Outcome::underWay;
  Duration took{0};
  std::size_t resultBytes = 0;
  std::optional<ErrorKind> error;  // where it failed
};

// "mailer @0xb1d3f1a2c4e59687.0 by 'acme': answered after 12 us, 64 B and 32 B"
std::string describe(const AuditEntry& entry);

class AuditLog final : public RefCounted {
 public:
  struct Options {
    std::size_t entriesMax = 1024;
    Ref<Budget> payer = {};
  };
  explicit AuditLog(Options options);
  ~AuditLog() override;

  // Oldest first.
  std::vector<AuditEntry> entries() const;
  // How many calls there have been, of which the last are there.
  std::uint64_t calls() const noexcept;

 private:
  class Auditor;
  friend Capability audited(Capability inside, std::string name, const Ref<AuditLog>& log);

  std::uint64_t begin(AuditEntry entry);
  void finish(std::uint64_t number, const Expected<class Message>& result) noexcept;

  const Options options_;
  const Charge charge_;

  mutable std::mutex mutex_;  // protects what follows
  std::uint64_t calls_ = 0;
  std::vector<AuditEntry> entries_;  // that of call n is at n % entriesMax
};

// Null stays null.
Capability audited(Capability inside, std::string name, const Ref<AuditLog>& log);

}  // namespace troop::proxy

template <>
struct troop::IsSendable<troop::Ref<troop::proxy::AuditLog>> : std::true_type {};
