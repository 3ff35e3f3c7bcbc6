// Endpoints for tests: one that keeps its calls until told, and messages with one number, by which
// calls are told apart.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "proxy/builder.h"
#include "proxy/call.h"
#include "proxy/capability.h"
#include "proxy/message.h"

namespace troop::proxy::testing {

inline constexpr MethodId anyMethod{0x1234, 5};

// A struct with the number, then the capabilities as its pointers.
Message numbered(std::uint64_t number, std::vector<Capability> capabilities = {},
                 const Ref<Budget>& payer = nullptr);
std::uint64_t numberOf(const Message& message);

// "failed: reason" and the like, or "7" for a result with this number.
std::string textOf(const Expected<Message>& result);
ErrorDetail detailOf(const Answer& answer);

// Keeps the calls that arrive, in their order.
class Keeper final : public Endpoint {
 public:
  explicit Keeper(std::string name = "keeper") : name_(std::move(name)) {}
  ~Keeper() override;

  void call(Call call) noexcept override;
  std::string describe() const override { return name_; }

  // The numbers of all calls so far.
  std::vector<std::uint64_t> arrived() const;
  std::size_t waiting() const;
  // The call that has waited longest.
  Call take();
  // Called in the destructor, and on every call before it is kept.
  std::function<void()> onDestroy;
  std::function<void(Call&)> onCall;

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> arrived_;
  std::deque<Call> calls_;
};

// Answers each call with its parameters, capabilities and all.
class Echo final : public Endpoint {
 public:
  void call(Call call) noexcept override;
  std::atomic<std::uint64_t> calls{0};
};

}  // namespace troop::proxy::testing
