#include "sandbox/verdict.h"

#include <utility>

namespace troop::sandbox {

Verdict Verdict::refusedCalls(const std::string& reason, std::uint64_t callsRefused) {
  return Verdict(Kind::refused, reason + " (" + std::to_string(callsRefused) +
                                    (callsRefused == 1 ? " call refused)" : " calls refused)"));
}

Verdict Verdict::ended(const Error& cause) {
  switch (cause.detail()) {
    case ErrorDetail::cpu:
    case ErrorDetail::memory:
    case ErrorDetail::stack:
      return Verdict(Kind::killed, cause.reason());
    case ErrorDetail::killed:
    case ErrorDetail::cancelled:
      return Verdict(Kind::killedByHost, cause.reason());
    default:
      return Verdict(Kind::failed, cause.reason());
  }
}

std::string Verdict::text() const {
  switch (kind_) {
    case Kind::starting:
      return "starting";
    case Kind::idle:
      return "idle";
    case Kind::served:
      return "served";
    case Kind::refused:
      return "refused: " + reason_;
    case Kind::killed:
      return "killed: " + reason_;
    case Kind::killedByHost:
      return "killed by host: " + reason_;
    case Kind::failed:
      return "failed: " + reason_;
  }
  return "unknown";
}

}  // namespace troop::sandbox
