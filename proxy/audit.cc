#include "proxy/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "proxy/call.h"
#include "proxy/caller.h"
#include "proxy/message.h"
#include "proxy/routing/forwarder.h"
#include "proxy/routing/interposed.h"

namespace troop::proxy {
namespace {

constexpr std::size_t entriesMaxEver = std::size_t{1} << 24;

AuditEntry::Party partyOf(const Troop* troop) {
  if (troop == nullptr) return {.id = 0, .name = "the host"};
  return {.id = troop->id(), .name = troop->name()};
}

Charge chargeFor(const AuditLog::Options& options) {
  if (options.entriesMax == 0 || options.entriesMax > entriesMaxEver) {
    throw Error(ErrorKind::failed, fmt::format("a log has room for 1 to {} entries, not for {}",
                                               entriesMaxEver, options.entriesMax));
  }
  if (!options.payer) return {};
  return options.payer->charge(options.entriesMax * sizeof(AuditEntry)).value();
}

}  // namespace

// Answers what it passes on, so that it sees the result.
class AuditLog::Auditor final : public Forwarder {
 public:
  Auditor(Capability inside, std::string name, Ref<AuditLog> log, Charge charge)
      : inside_(std::move(inside)),
        name_(std::move(name)),
        log_(std::move(log)),
        charge_(std::move(charge)) {}

  std::string describe() const override { return fmt::format("capability '{}'", name_); }
  Ref<Endpoint> next() const noexcept override { return inside_.ref(); }

  Ref<Endpoint> forward(Call& call) noexcept override {
    const std::uint64_t number = log_->begin({.began = now(),
                                              .capability = name_,
                                              .method = call.method,
                                              .caller = partyOf(call.caller.sender.get()),
                                              .payer = partyOf(call.caller.payer()),
                                              .parameterBytes = call.params.bytes().size()});
    std::optional<Call> inner = interposed(std::move(call), log_->options_.payer,
                                           [log = log_, number](Expected<Message> result) {
                                             log->finish(number, result);
                                             return result;
                                           });
    if (!inner) {
      log_->finish(number, Error(ErrorKind::overloaded, "", ErrorDetail::memory, Executed::no));
      return {};
    }
    call = *std::move(inner);
    return inside_.ref();
  }

 private:
  const Capability inside_;
  const std::string name_;
  const Ref<AuditLog> log_;
  const Charge charge_;
};

AuditLog::AuditLog(Options options) : options_(std::move(options)), charge_(chargeFor(options_)) {
  entries_.reserve(options_.entriesMax);
}

AuditLog::~AuditLog() = default;

std::uint64_t AuditLog::begin(AuditEntry entry) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = calls_++;
  if (entries_.size() < options_.entriesMax) {
    entries_.push_back(std::move(entry));
  } else {
    entries_[number % options_.entriesMax] = std::move(entry);
  }
  return number;
}

void AuditLog::finish(std::uint64_t number, const Expected<Message>& result) noexcept {
  const Time now = troop::now();
  const std::lock_guard lock(mutex_);
  if (calls_ - number > options_.entriesMax) return;
  AuditEntry& entry = entries_[number % options_.entriesMax];
  entry.took = now - entry.began;
  if (result.failed()) {
    entry.outcome = AuditEntry::Outcome::failed;
    entry.error = result.error().kind();
  } else {
    entry.outcome = AuditEntry::Outcome::answered;
    entry.resultBytes = result.value().bytes().size();
  }
}

std::vector<AuditEntry> AuditLog::entries() const {
  const std::lock_guard lock(mutex_);
  std::vector<AuditEntry> inOrder = entries_;
  if (calls_ > entries_.size()) {
    const auto oldest = static_cast<std::ptrdiff_t>(calls_ % options_.entriesMax);
    std::ranges::rotate(inOrder, inOrder.begin() + oldest);
  }
  return inOrder;
}

std::uint64_t AuditLog::calls() const noexcept {
  const std::lock_guard lock(mutex_);
  return calls_;
}

Capability audited(Capability inside, std::string name, const Ref<AuditLog>& log) {
  if (!inside) return {};
  if (Forwarder::hopsOf(inside) == Forwarder::hopsMax) {
    return Capability::broken(Forwarder::tooManyHops());
  }
  Charge charge;
  if (const Ref<Budget>& payer = log->options_.payer) {
    Expected<Charge> paid = payer->charge(sizeof(AuditLog::Auditor));
    if (paid.failed()) return Capability::broken(std::move(paid).error());
    charge = std::move(paid).value();
  }
  return Capability(
      makeRef<AuditLog::Auditor>(std::move(inside), std::move(name), log, std::move(charge)));
}

std::string describe(const AuditEntry& entry) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(entry.took).count();
  std::string text =
      fmt::format("{} {} by '{}'", entry.capability, describe(entry.method), entry.caller.name);
  if (entry.payer.id != entry.caller.id) text += fmt::format(" for '{}'", entry.payer.name);
  switch (entry.outcome) {
    case AuditEntry::Outcome::underWay:
      return text + ": under way";
    case AuditEntry::Outcome::answered:
      return text + fmt::format(": answered after {} us, {} B and {} B", micros,
                                entry.parameterBytes, entry.resultBytes);
    case AuditEntry::Outcome::failed:
      break;
  }
  return text + fmt::format(": {} after {} us, {} B", entry.error ? name(*entry.error) : "failed",
                            micros, entry.parameterBytes);
}

}  // namespace troop::proxy
