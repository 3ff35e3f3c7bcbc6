// An Instance is a Wasm guest: a store that carriers poll, a mailbox that others fill, and the
// tables that say what the guest may reach. It has no stack and no thread of its own; between two
// slices it may move.
//
//   others' OS threads   Mailbox: calls, answers, releases, in order
//   runSlice()           takes the next one: troop_alloc, copy, troop_deliver, polled in turns;
//                        Outbox: what the guest did takes effect; the next one
//
// Ownership: handles (Guest), capabilities on its objects, and everything that will report to it
// (answers, timers, the scheduler). One that nobody can reach any more is destroyed; one that is
// killed comes back to a carrier, ends there, and stays as a tombstone with its verdict.
// Threads: the first group any; the rest only the carrier that runs it.
// Limits: sandbox/policy.h. Errors: the guest's faults end the guest, and nobody else.
//
//   Ref<Instance> instance = makeRef<Instance>(troop, engine, image, options);
//   instance->wake();
//   Capability main(makeRef<GuestEndpoint>(instance, TROOP_ABI_MAIN_OBJECT, 0));
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/call.h"
#include "proxy/capability.h"
#include "proxy/message.h"
#include "proxy/table.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/runnable.h"
#include "runtime/troop.h"
#include "sandbox/guest-options.h"
#include "sandbox/policy.h"
#include "sandbox/usage.h"
#include "sandbox/verdict.h"
#include "sandbox/wasm/image.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/instance/cpu-meter.h"
#include "sandbox/wasm/instance/delivery.h"
#include "sandbox/wasm/instance/guest-memory.h"
#include "sandbox/wasm/instance/mailbox.h"
#include "sandbox/wasm/instance/outbox.h"
#include "sandbox/wasm/instance/permissions.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::wasm {

class Instance final : public Runnable, private HostCalls {
 public:
  // Throws Error (overloaded) when the engine or the memory of the troop has no room for it. The
  // options have been checked.
  Instance(Ref<Troop> troop, Engine& engine, Ref<const Image> image, GuestOptions options);
  ~Instance() override;

  const std::string& name() const noexcept { return name_; }
  Verdict verdict() const;
  Usage usage() const;
  bool waitEnd(Time deadline);
  void kill(std::string reason) noexcept;

  // A call on one of its objects; answers it at once where it cannot be taken.
  void arrive(Mailbox::Callee callee, proxy::Call call) noexcept;
  // Nobody holds what offer() numbered any more.
  void released(std::uint32_t offered) noexcept;

 private:
  // What its life has come to.
  enum class Phase : unsigned char { fresh, making, restoring, initializing, alive };
  // What the guest does, or will do, for the Delivery at hand.
  enum class Step : unsigned char { none, allocating, delivering };

  // Slices (instance.cc) -------------------------------------------------------------------------
  Progress runSlice() noexcept override;
  void troopKilled() noexcept override { killed_.store(true, std::memory_order_release); }
  bool measuresOwnCpu() const noexcept override { return true; }
  // Who pays for what is under way, or for what it will hear next.
  Ref<Share> nextPayer() noexcept override;
  Share& payerOf(const Loan* loan) const noexcept;
  // Whether what comes next may be done in this slice.
  bool turnGoesOn() noexcept;

  Progress runTurns();
  bool begin();  // something to poll; false: there is nothing to do
  void poll();
  void advance();  // what was polled has returned
  void restore();  // a piece of the image
  void made();
  Progress park();
  Progress end() noexcept;
  void endCalls(const Error& cause) noexcept;
  void die(Error cause) noexcept;  // the troop is killed; end() follows
  enum class WasFull : unsigned char { no, yes };
  Error causeOfDeath(WasFull wasFull) const;
  Error memoryReached() const;
  void checkCpu();
  void chargeStack();
  // Charges the lap that is over to who pays for what is under way.
  void chargeLap();
  // Whether the Loan goes on paying, or another one, or none.
  void goOnLoan(const Error* heard = nullptr);
  void takeBack(const Error& error);
  Duration cpuLimitOfDelivery() const noexcept;
  Duration cpuOver(const Error& cause) const noexcept;

  // Deliveries (instance-deliveries.cc) ----------------------------------------------------------
  bool takeNews();
  void take(Mailbox::Arrival arrival);
  void take(Mailbox::Withdrawal withdrawal);
  void take(const Mailbox::Settlement& settlement);
  void deliverStart();
  void beginDelivery(Delivery delivery);
  void allocated(std::uint32_t pointer);
  void noRoom(Error error);  // in the guest, for the Delivery at hand
  Expected<std::vector<std::uint32_t>> insertAll(
      const std::vector<proxy::Capability>& capabilities);
  void answerExpired();

  // HostCalls (instance-calls.cc) ----------------------------------------------------------------
  Reply call(std::uint32_t capability, std::uint64_t interfaceId, std::uint16_t method,
             Bytes message, Handles handles) noexcept override;
  Reply pipeline(std::uint32_t question, Path path) noexcept override;
  Reply answer(std::uint32_t call, Bytes message, Handles handles) noexcept override;
  Reply fail(std::uint32_t call, ErrorKind kind, std::string_view reason) noexcept override;
  Reply serve(std::uint32_t object) noexcept override;
  Expected<void> release(std::uint32_t capability) noexcept override;
  Expected<void> finish(std::uint32_t question) noexcept override;
  void log(troop_log_level level, std::string_view text) noexcept override {
    permissions_.log(level, text);
  }
  std::int64_t clock(troop_clock_kind kind) noexcept override { return permissions_.clock(kind); }
  std::int64_t entropy() noexcept override { return permissions_.entropy(); }
  Error abort(troop_abort_kind kind, std::string_view text) noexcept override;

  Expected<proxy::Message> copyOut(Bytes message, Handles handles);
  void makeRoom(std::size_t bytes);
  Ref<Loan> lentForCall();
  Reply handleOf(proxy::Capability capability);

  const std::string name_;
  const Limits limits_;
  Engine& engine_;
  Ref<const Image> image_;

  Mailbox mailbox_;  // thread-safe
  std::atomic<bool> killed_{false};
  Event ended_;

  std::atomic<bool> started_{false};
  std::atomic<std::uint64_t> callsServed_{0};
  std::atomic<std::uint64_t> callsFailed_{0};
  std::atomic<std::uint64_t> callsMade_{0};
  std::atomic<std::uint64_t> callsRefused_{0};
  std::atomic<Duration::rep> cpuOnLoans_{0};  // nanoseconds
  std::atomic<bool> busy_{true};              // it starts, or a delivery is under way

  mutable std::mutex endMutex_;  // protects what follows
  std::optional<Error> endCause_;
  Duration cpuAtEnd_{};
  Duration cpuOver_{};
  std::string lastRefusal_;

  // Only the carrier that runs it, from here on.
  GuestMemory memory_;
  Charge overhead_;
  Permissions permissions_;
  std::vector<Grant> grants_;                    // until they are delivered
  std::optional<proxy::CapabilityTable> table_;  // none once it has ended
  Outbox outbox_;
  std::unique_ptr<Store> store_;  // none once it has ended
  std::optional<Store::Function> alloc_;
  std::optional<Store::Function> deliver_;

  Phase phase_ = Phase::fresh;
  Image::Position restored_;
  Step step_ = Step::none;
  std::optional<Delivery> delivery_;    // while it allocates
  std::vector<std::uint32_t> handles_;  // of delivery_
  bool turnOver_ = false;
  std::uint64_t sliceTick_ = 0;  // of the engine, when the slice began
  bool aborted_ = false;         // it gave up by itself, and said why
  CpuMeter cpu_;
  Duration cpuSinceStackCount_{};
  std::optional<Duration> pastLimit_;  // once it is ending
  Duration cpuOfDelivery_{};           // used for what is under way
  Mailbox::Cause cause_;               // of what is under way
  Time wakeAt_ = never;                // what timer_ is set for
  TimerId timer_{};
};

}  // namespace troop::sandbox::wasm
