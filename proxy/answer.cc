#include "proxy/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "proxy/promised.h"
#include "proxy/routing/turn.h"

namespace troop::proxy {

// The promised capability at one path of one Answer: one for all who pipeline there, so that their
// calls keep their order. It and its Answer hold each other until the Answer is settled, which its
// Call sees to.
class PipelinedPath final : public Promised {
 public:
  PipelinedPath(Ref<Answer> answer, std::vector<std::uint16_t> path)
      : Promised("a result that has not arrived"),
        path(std::move(path)),
        answer_(std::move(answer)) {}

  void settle(Capability capability) noexcept {
    resolveNow(std::move(capability));
    Ref<Answer> answer;  // dropped after the lock
    const std::lock_guard lock(mutex_);
    std::swap(answer, answer_);
  }

  void release(std::size_t count) noexcept {
    Ref<Answer> answer;
    {
      const std::lock_guard lock(mutex_);
      answer = answer_;
    }
    if (answer) answer->release(*this, count);
  }

  const std::vector<std::uint16_t> path;
  std::size_t holders = 0;  // protected by the Answer

 private:
  void emptied() noexcept override { release(0); }

  std::mutex mutex_;
  Ref<Answer> answer_;  // until it is settled
};

namespace {

// What a holder of a pipelined capability has: it counts as interest in the Answer.
class Pipelined final : public Forwarder {
 public:
  Pipelined(Ref<PipelinedPath> path, Charge charge)
      : charge_(std::move(charge)), path_(std::move(path)) {}
  ~Pipelined() override { path_->release(1); }

  std::string describe() const override { return path_->describe(); }
  Ref<Endpoint> forward(Call&) noexcept override { return path_; }
  Ref<Endpoint> next() const noexcept override { return path_; }
  Ref<Endpoint> replacement() const noexcept override { return path_->replacement(); }

 private:
  const Charge charge_;
  const Ref<PipelinedPath> path_;
};

// What a holder costs: a promise that nobody calls goes on existing for as long as it is held, and
// can be made to lead to the next one, and that to another.
constexpr std::size_t pipelinedBytes = 1024;

Error unwanted() {
  return Error(ErrorKind::failed, "nobody waits for the result any more", ErrorDetail::cancelled);
}

}  // namespace

Answer::Answer() = default;
Answer::~Answer() = default;

bool Answer::decide(const Error* cancelled) noexcept {
  Ref<Loan> loan;  // dropped after the lock
  const std::lock_guard lock(mutex_);
  if (decided_.load(std::memory_order_relaxed)) return false;
  decided_.store(true, std::memory_order_release);
  if (cancelled != nullptr) cancelled_ = *cancelled;
  loan = std::move(loan_);
  if (loan) loan->close();
  return true;
}

void Answer::closes(Ref<Loan> loan) noexcept {
  Ref<Loan> before;  // dropped after the lock
  const std::lock_guard lock(mutex_);
  if (decided_.load(std::memory_order_relaxed)) return loan->close();
  before = std::exchange(loan_, std::move(loan));
}

void Answer::settle(Expected<Message> result) noexcept {
  if (!decide(nullptr)) return;
  inTurn([self = Ref<Answer>::share(this), result = std::move(result)]() mutable noexcept {
    self->complete(std::move(result));
  });
}

void Answer::cancel(Error cause) noexcept {
  if (!decide(&cause)) return;
  inTurn([self = Ref<Answer>::share(this), cause = std::move(cause)]() mutable noexcept {
    self->complete(std::move(cause));
  });
}

// Hands over what was pipelined, then lets everybody know: somebody who takes a capability out of
// the result and calls it must not overtake his own pipelined calls.
void Answer::complete(Expected<Message> result) noexcept {
  std::vector<Ref<PipelinedPath>> paths;
  {
    const std::lock_guard lock(mutex_);
    result_.emplace(std::move(result));
    stage_ = Stage::completing;
    paths = paths_;
  }
  for (const Ref<PipelinedPath>& path : paths) {
    std::unique_lock lock(mutex_);
    Capability capability = capabilityAt(path->path);
    lock.unlock();
    path->settle(std::move(capability));
  }
  done_.set();
  std::vector<std::function<void()>> settled;
  std::vector<std::function<void(const Error&)>> cancel;
  {
    const std::lock_guard lock(mutex_);
    stage_ = Stage::finished;
    settled.swap(settledCallbacks_);
    cancel.swap(cancelCallbacks_);
    paths_.clear();
  }
  if (cancelled_) {
    for (const auto& callback : cancel) callback(*cancelled_);
  }
  for (const auto& callback : settled) callback();
}

WaitResult Answer::wait(Time deadline) {
  return done_.wait(deadline);
}

Expected<Message> Answer::take() {
  const std::lock_guard lock(mutex_);
  Expected<Message> result = std::move(*result_);
  result_ = Error(ErrorKind::failed, "the result was taken by somebody else");
  return result;
}

Expected<void> Answer::chargeTo(const Ref<Budget>& payer) {
  const std::lock_guard lock(mutex_);
  if (result_->failed()) return {};
  return (*result_)->chargeTo(payer);
}

void Answer::onSettled(std::function<void()> callback) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (stage_ != Stage::finished) {
      settledCallbacks_.push_back(std::move(callback));
      return;
    }
  }
  inTurn(std::move(callback));
}

void Answer::onCancel(std::function<void(const Error&)> callback) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const bool decided = decided_.load(std::memory_order_relaxed);
    if (decided && !cancelled_) return;
    if (stage_ != Stage::finished) {
      cancelCallbacks_.push_back(std::move(callback));
      return;
    }
  }
  inTurn([self = Ref<Answer>::share(this), callback = std::move(callback)] {
    callback(*self->cancelled_);
  });
}

Capability Answer::pipeline(std::vector<std::uint16_t> path, const Ref<Budget>& payer) {
  Charge charge;
  if (payer) {
    Expected<Charge> paid = payer->charge(pipelinedBytes + path.size() * sizeof(path[0]));
    if (paid.failed()) return Capability::broken(std::move(paid).error());
    charge = std::move(paid).value();
  }
  Ref<PipelinedPath> shared;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(paths_.begin(), paths_.end(),
                                    [&](const auto& other) { return other->path == path; });
    if (found != paths_.end()) {
      shared = *found;
    } else if (stage_ == Stage::open) {
      if (paths_.size() == pipelinesMax) {
        return Capability::broken(Error(
            ErrorKind::overloaded,
            fmt::format("calls are pipelined on {} paths of one answer already", pipelinesMax),
            ErrorDetail::quota, Executed::no));
      }
      shared = makeRef<PipelinedPath>(Ref<Answer>::share(this), std::move(path));
      paths_.push_back(shared);
    } else {
      return capabilityAt(path, std::move(charge));
    }
    ++shared->holders;
  }
  return Capability(makeRef<Pipelined>(std::move(shared), std::move(charge)));
}

Capability Answer::capabilityAt(const std::vector<std::uint16_t>& path, Charge charge) noexcept {
  if (result_->failed()) {
    // One for all, since its reason is long and nobody pays for it.
    if (!broken_) broken_ = Capability::broken(result_->error());
    return broken_;
  }
  try {
    return (*result_)->capabilityAt(path);
  } catch (const Error& error) {
    return Capability::broken(error, std::move(charge));
  }
}

void Answer::release(PipelinedPath& path, std::size_t holders) noexcept {
  Ref<PipelinedPath> gone;
  {
    const std::lock_guard lock(mutex_);
    path.holders -= holders;
    if (stage_ != Stage::open || path.holders != 0 || path.callsQueued() != 0) return;
    const auto found = std::find_if(paths_.begin(), paths_.end(),
                                    [&](const auto& other) { return other.get() == &path; });
    if (found == paths_.end()) return;
    gone = std::move(*found);
    paths_.erase(found);
  }
  gone->fail(unwanted());
  cancelUnwanted();
}

void Answer::addInterest() noexcept {
  const std::lock_guard lock(mutex_);
  ++interests_;
  wanted_ = true;
}

void Answer::dropInterest() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --interests_;
  }
  cancelUnwanted();
}

void Answer::cancelUnwanted() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!wanted_ || interests_ != 0 || !paths_.empty()) return;
    if (decided_.load(std::memory_order_relaxed)) return;
  }
  cancel(unwanted());
}

// Interest

Interest::Interest(Ref<Answer> answer) noexcept : answer_(std::move(answer)) {
  if (answer_) answer_->addInterest();
}

Interest& Interest::operator=(Interest other) noexcept {
  std::swap(answer_, other.answer_);
  return *this;
}

Interest::~Interest() {
  if (answer_) answer_->dropInterest();
}

}  // namespace troop::proxy
