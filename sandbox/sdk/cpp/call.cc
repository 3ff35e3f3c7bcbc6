#include "sandbox/sdk/cpp/call.h"

#include <string>
#include <unordered_map>

#include "sandbox/sdk/cpp/imports.h"

namespace troop::inline guest {
namespace {

using Open = std::unordered_map<std::uint32_t, std::unique_ptr<PendingAnswer>>;

Open& open() {
  static Open answers;
  return answers;
}

Error refusal(std::int32_t refused) {
  if (refused == troop_refused_too_large) {
    return Error(ErrorKind::failed, "the result is larger than a message may be",
                 ErrorDetail::badMessage);
  }
  return Error(ErrorKind::overloaded, "no room for the result", ErrorDetail::quota);
}

}  // namespace

void failCall(std::uint32_t call, const Error& error) {
  const std::string& reason = error.reason();
  troop_host_fail(call, static_cast<std::uint32_t>(error.kind()), reason.data(),
                  static_cast<std::uint32_t>(reason.size()));
}

void PendingAnswer::answerNow() {
  if (const Error* error = results_->error()) return failCall(call_, *error);
  const Expected<Outgoing> message = resultsMessage().finish();
  if (message.failed()) return failCall(call_, message.error());
  const std::span<const std::byte> bytes = message->bytes();
  const std::int32_t refused = troop_host_answer(
      call_, bytes.data(), static_cast<std::uint32_t>(bytes.size()), message->handles.data(),
      static_cast<std::uint32_t>(message->handles.size()));
  // Unknown is a call that was cancelled or has expired meanwhile.
  if (refused < 0 && refused != troop_refused_unknown) failCall(call_, refusal(refused));
}

void PendingAnswer::run() {
  answerNow();
  cancelled(call_);  // destroys this
}

void PendingAnswer::keep(std::unique_ptr<PendingAnswer> answer) {
  PendingAnswer& kept = *answer;
  open().insert_or_assign(kept.call_, std::move(answer));
  kept.results_->wait(kept);
}

void PendingAnswer::cancelled(std::uint32_t call) {
  // Out of the table before it is destroyed, which may end other calls.
  const auto found = open().find(call);
  if (found == open().end()) return;
  const std::unique_ptr<PendingAnswer> answer = std::move(found->second);
  open().erase(found);
}

void Call::unimplemented(const char* interfaceName) {
  failCall(number_, Error(ErrorKind::unimplemented,
                          std::string(interfaceName) + " has no method " +
                              std::to_string(method_.method) + " of the interface asked for",
                          ErrorDetail::none, Executed::no));
}

}  // namespace troop::inline guest
