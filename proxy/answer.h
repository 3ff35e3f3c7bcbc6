// An Answer is the one-shot result of a call: settled exactly once, with a Message or an Error, by
// whoever serves the call, or by the caller who cancels it.
//
// Ownership: shared by the Call, its caller and everything promised on top of it. Threads: any;
// waiting works from Tasks and from OS threads; no lock is held while a callback runs. Callbacks
// run on the OS thread that settles, one after the other and never inside each other: what a
// callback settles, resolves or drops takes effect when it has returned. They must be short and
// must neither wait nor throw. Limits: pipelinesMax paths, and those of Promised. Misuse: an Answer
// without a Call may never be settled (see proxy/call.h).
//
//   Ref<Answer> answer = parser.call(parse, std::move(params));
//   Capability document = answer->pipeline({0});    // calls on it queue until the answer is there
//   if (answer->wait(after(100ms)) == WaitResult::timedOut) answer->cancel(Error(...));
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "proxy/capability.h"
#include "proxy/message.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/loan.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace troop::proxy {

class PipelinedPath;

class Answer final : public RefCounted {
 public:
  // Different paths on which calls can be pipelined; beyond them pipeline() gives a broken
  // capability.
  static constexpr std::size_t pipelinesMax = 256;

  Answer();
  ~Answer() override;

  // Answers the call; the first one who settles or cancels wins, later ones change nothing. The
  // calls that were pipelined are handed over first, then waiters and callbacks learn of it.
  void settle(Expected<Message> result) noexcept;

  // The caller gave up: settles with `cause` and tells the callee.
  void cancel(Error cause) noexcept;

  // Whether somebody has won already, though settled() may be a moment away: serving it is of no
  // use.
  bool decided() const noexcept { return decided_.load(std::memory_order_acquire); }
  bool settled() const noexcept { return done_.isSet(); }

  // Waits until it is settled. A Task that is cancelled throws Cancelled here, as in every wait.
  WaitResult wait(Time deadline = never);

  // The result; only when settled, and not after take().
  const Expected<Message>& result() const { return *result_; }

  // Moves the result out, for the one who alone reads it; only once settled. Later takers get an
  // error.
  Expected<Message> take();

  // Moves the charge for the result to whoever keeps it from now on; nothing to do for an error.
  Expected<void> chargeTo(const Ref<Budget>& payer);

  // Calls `callback` when settled, at once if it is already.
  void onSettled(std::function<void()> callback) noexcept;

  // Closes the Loan as soon as somebody has won.
  void closes(Ref<Loan> loan) noexcept;

  // For the callee: calls `callback` with the cause if the caller cancels, at once if it has
  // already; dropped when settled.
  void onCancel(std::function<void(const Error& cause)> callback) noexcept;

  // A capability on what the result will have at `path` (pointer indices from the root struct).
  // Calls on it queue, are handed over in order when the answer is settled, and fail as it fails.
  // `payer` pays for what is kept as long as it exists; where it cannot, the capability is broken.
  Capability pipeline(std::vector<std::uint16_t> path, const Ref<Budget>& payer = nullptr);

 private:
  friend class Interest;
  friend class PipelinedPath;

  // Whether nobody was before; `cancelled` is why the caller gave up, if it did.
  bool decide(const Error* cancelled) noexcept;
  void complete(Expected<Message> result) noexcept;
  // Once it is settled; `charge` pays for one that is broken by itself.
  Capability capabilityAt(const std::vector<std::uint16_t>& path, Charge charge = {}) noexcept;
  void addInterest() noexcept;
  void dropInterest() noexcept;
  // A capability on `path` has gone, or the last call queued there.
  void release(PipelinedPath& path, std::size_t holders) noexcept;
  void cancelUnwanted() noexcept;

  std::atomic<bool> decided_{false};
  Event done_;
  std::optional<Expected<Message>> result_;  // written before done_ is set; see take()

  mutable std::mutex mutex_;  // protects what follows, and the first change of decided_
  enum class Stage : unsigned char { open, completing, finished } stage_ = Stage::open;
  std::optional<Error> cancelled_;  // why, if it was; as it is once decided
  Ref<Loan> loan_;                  // that ends with it
  Capability broken_;  // what a result that has failed has everywhere; null until somebody asks
  std::vector<std::function<void()>> settledCallbacks_;
  std::vector<std::function<void(const Error&)>> cancelCallbacks_;
  std::vector<Ref<PipelinedPath>> paths_;  // those that have holders or queued calls
  std::size_t interests_ = 0;
  bool wanted_ = false;  // whether there ever was an Interest
};

// A share in an Answer of somebody who wants it: when the last Interest has gone and no capability
// pipelined on it is left either, the call is cancelled. An Answer that nobody ever took an
// Interest in is not.
class Interest {
 public:
  Interest() = default;
  explicit Interest(Ref<Answer> answer) noexcept;
  Interest(const Interest& other) noexcept : Interest(other.answer_) {}
  Interest(Interest&&) noexcept = default;
  Interest& operator=(Interest other) noexcept;
  ~Interest();

  const Ref<Answer>& answer() const noexcept { return answer_; }

 private:
  Ref<Answer> answer_;
};

}  // namespace troop::proxy

template <>
struct troop::IsSendable<troop::Ref<troop::proxy::Answer>> : std::true_type {};
