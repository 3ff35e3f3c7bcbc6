#include "proxy/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "proxy/answer.h"
#include "proxy/call-order.h"
#include "proxy/call.h"
#include "runtime/loan.h"
#include "runtime/scope.h"
#include "runtime/troop.h"

namespace troop::proxy {
namespace {

// Lets the caller, on whatever OS thread, cancel the Scope in which its call is served, as long as
// there is one.
class Cancellation final : public RefCounted {
 public:
  void enter(Scope& scope) noexcept {
    const std::lock_guard lock(mutex_);
    scope_ = &scope;
  }
  void leave() noexcept {
    const std::lock_guard lock(mutex_);
    scope_ = nullptr;
  }
  void cancel(const Error& cause) noexcept {
    const std::lock_guard lock(mutex_);
    if (scope_ != nullptr) scope_->cancel(cause);
  }

 private:
  std::mutex mutex_;
  Scope* scope_ = nullptr;
};

// Serves `call` in the calling Task, cancelled with its caller and by its deadline.
void dispatch(Target& target, Call& call) {
  const auto cancellation = makeRef<Cancellation>();
  call.answer()->onCancel([cancellation](const Error& cause) { cancellation->cancel(cause); });
  const Duration left =
      call.deadline == never ? forever : std::max(call.deadline - now(), Duration::zero());
  std::optional<Message> results;
  inScope({.deadline = left}, [&](Scope& scope) {
    struct Entered {
      Cancellation& cancellation;
      ~Entered() { cancellation.leave(); }
    } const entered{*cancellation};
    cancellation->enter(scope);
    // Cancelled before it could be told so.
    if (call.decided()) return;
    const WorkingOn loan(call.caller.loan);
    results = target.dispatch(call.method, call.params);
  });
  // None where the caller has cancelled, which has settled the call.
  if (results) call.settle(*std::move(results));
}

// A Target that is served. Its calls wait here, as entries of a list; while any waits, one Task is
// on its way that will serve the one whose turn it is, after it has sent the next Task on its way.
// So callers have their shares, each one's calls begin in the order of their arrival whatever the
// scheduler does, and no stack is kept for what only waits.
class Service final : public RefCounted {
 public:
  Service(Ref<Thread> thread, std::shared_ptr<Target> target, ServeOptions options)
      : thread_(std::move(thread)), options_(std::move(options)), target_(std::move(target)) {}

  const std::string& name() const noexcept { return options_.name; }

  // To be called once, before it is called.
  void begin();
  void arrive(Call call) noexcept;
  // The last capability has gone.
  void abandon() noexcept;

 private:
  // Owned by the Thread: tells of its end.
  struct Ending {
    Ref<Service> service;
    ~Ending() { service->threadEnded(); }
  };

  struct Waiting : CallOrder::Entry {
    explicit Waiting(Call c) : answer(c.answer()), call(std::move(c)) {}
    const Ref<Answer> answer;
    std::optional<Call> call;  // until it is under way
    std::list<Waiting>::iterator place;
  };

  Expected<void> queue(Call& call) noexcept;
  Expected<void> postStarter() noexcept;  // under the lock
  struct Displaced {
    Error error;
    Ref<Answer> answer;
    std::optional<Call> call;  // where nobody serves it; dropped after the lock
  };
  Displaced makeRoom(const Caller& newcomer);
  Error full(Executed executed) const;
  void serveNext();
  void serve(Target& target, Call call, CallOrder::Turn turn);
  void callEnded(Waiting& served) noexcept;
  void taskEnded() noexcept;
  void release() noexcept;
  void threadEnded() noexcept;
  Error gone(Executed executed) const;

  const Ref<Thread> thread_;
  const ServeOptions options_;
  const void* ending_ = nullptr;

  std::mutex mutex_;                // protects what follows
  std::shared_ptr<Target> target_;  // null once the Thread has ended, or nobody holds it
  std::list<Waiting> open_;         // those that wait and those under way
  CallOrder order_;
  std::size_t tasks_ = 0;  // posted and not ended
  bool starting_ = false;  // one of them will take a call that waits
  bool abandoned_ = false;
};

void Service::begin() {
  auto ending = std::make_shared<Ending>(Ref<Service>::share(this));
  ending_ = ending.get();
  // Where the Thread has ended, this tells so at once, and calls fail.
  thread_->own(std::move(ending));
}

// Of calls that the Thread will not answer any more.
Error Service::gone(Executed executed) const {
  const std::optional<Error> cause = thread_->troop().cause();
  return Error(ErrorKind::disconnected,
               fmt::format("'{}' is gone: {}", options_.name,
                           cause ? cause->reason() : "its Thread has ended"),
               cause ? ErrorDetail::killed : ErrorDetail::none, executed);
}

void Service::arrive(Call call) noexcept {
  Expected<void> queued = queue(call);
  if (queued.failed()) call.settle(std::move(queued).error());
}

Expected<void> Service::queue(Call& call) noexcept {
  std::optional<Displaced> displaced;
  {
    const std::lock_guard lock(mutex_);
    if (!target_) return gone(Executed::no);
    if (order_.places() >= options_.callsMax && order_.displacedBy(call.caller) == nullptr) {
      return full(Executed::no);
    }
    if (!starting_) {
      if (Expected<void> posted = postStarter(); posted.failed()) return posted;
    }
    if (order_.places() >= options_.callsMax) displaced.emplace(makeRoom(call.caller));
    Waiting& waiting = open_.emplace_back(std::move(call));
    waiting.place = std::prev(open_.end());
    order_.add(waiting, waiting.call->caller);
  }
  if (displaced) displaced->answer->cancel(std::move(displaced->error));
  return {};
}

Expected<void> Service::postStarter() noexcept {
  Expected<void> posted = thread_->post([](const Ref<Service>& self) { self->serveNext(); },
                                        assumeSendable(Ref<Service>::share(this)));
  starting_ = posted.succeeded();
  if (starting_) ++tasks_;
  return posted;
}

// Takes the place of the newest call of who holds most; its Answer is to be cancelled, which ends
// what serves it.
Service::Displaced Service::makeRoom(const Caller& newcomer) {
  auto& victim = static_cast<Waiting&>(*order_.displacedBy(newcomer));
  Displaced displaced{full(victim.isUnderWay() ? Executed::maybe : Executed::no), victim.answer,
                      std::nullopt};
  order_.remove(victim);
  if (victim.call) {
    displaced.call = std::move(victim.call);
    open_.erase(victim.place);
  }
  return displaced;
}

Error Service::full(Executed executed) const {
  return Error(ErrorKind::overloaded,
               fmt::format("'{}' has its limit of calls to answer already: {}", options_.name,
                           order_.describe()),
               ErrorDetail::quota, executed);
}

// Where the Thread takes no more Tasks, those it has serve what waits one after the other.
void Service::serveNext() {
  struct Ended {
    Service& service;
    ~Ended() { service.taskEnded(); }
  } const ended{*this};
  std::unique_lock lock(mutex_);
  for (starting_ = false; !starting_; lock.lock()) {
    const std::shared_ptr<Target> target = target_;
    // None where what it was posted for had to make room.
    auto* served = static_cast<Waiting*>(order_.next());
    if (served == nullptr) return;
    Call call = *std::exchange(served->call, std::nullopt);
    const CallOrder::Turn turn = CallOrder::turnOf(*served);
    if (order_.peek() != nullptr) (void)postStarter();
    lock.unlock();
    struct Served {
      Service& service;
      Waiting& call;
      ~Served() { service.callEnded(call); }
    } const underWay{*this, *served};
    serve(*target, std::move(call), turn);
  }
}

void Service::serve(Target& target, Call call, CallOrder::Turn turn) {
  if (call.decided()) return;
  (void)call.renewLoan();
  const Ref<Loan> loan = call.caller.loan;
  if (loan && loan->isSpent()) return call.settle(loan->spentBefore(options_.name));
  const Duration before = loan ? loan->cpuUsed() : Duration::zero();
  struct Charged {
    Service& service;
    const Ref<Loan>& loan;
    const Duration before;
    const CallOrder::Turn turn;
    ~Charged() {
      if (!loan) return;
      const std::lock_guard lock(service.mutex_);
      service.order_.charge(turn, loan->cpuUsed() - before);
    }
  } const charged{*this, loan, before, turn};
  try {
    dispatch(target, call);
  } catch (const Error& error) {
    call.settle(error);
  } catch (const std::exception& exception) {
    call.settle(Error(ErrorKind::failed, exception.what()));
  } catch (const Cancelled&) {
    call.settle(gone(Executed::maybe));
    throw;
  } catch (...) {
    call.settle(Error(ErrorKind::failed, "an exception of an unknown type"));
  }
}

void Service::callEnded(Waiting& served) noexcept {
  const std::lock_guard lock(mutex_);
  order_.remove(served);
  open_.erase(served.place);
}

void Service::taskEnded() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --tasks_;
  }
  release();
}

void Service::abandon() noexcept {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    if (!target_ || tasks_ != 0) return;
  }
  // The Target dies in its Thread; where that accepts no Task now, when it ends.
  (void)thread_->post([](const Ref<Service>& self) { self->release(); },
                      assumeSendable(Ref<Service>::share(this)));
}

// In the Thread: lets go of the Target if nobody will call it any more.
void Service::release() noexcept {
  std::shared_ptr<Target> target;
  {
    const std::lock_guard lock(mutex_);
    if (!abandoned_ || tasks_ != 0) return;
    target.swap(target_);
  }
  thread_->disown(ending_);
}

void Service::threadEnded() noexcept {
  std::shared_ptr<Target> target;
  std::vector<Call> waiting;
  {
    const std::lock_guard lock(mutex_);
    target.swap(target_);
    // Its Tasks have ended, and with them what was under way.
    for (Waiting& entry : open_) {
      order_.remove(entry);
      if (entry.call) waiting.push_back(*std::move(entry.call));
    }
    open_.clear();
  }
  for (Call& call : waiting) call.settle(gone(Executed::no));
}

class Served final : public Endpoint {
 public:
  explicit Served(Ref<Service> service) : service_(std::move(service)) {}
  ~Served() override { service_->abandon(); }

  std::string describe() const override { return service_->name(); }
  void call(Call call) noexcept override { service_->arrive(std::move(call)); }

 private:
  const Ref<Service> service_;
};

}  // namespace

Target::~Target() = default;

Capability serve(Ref<Thread> thread, std::shared_ptr<Target> target, ServeOptions options) {
  auto service = makeRef<Service>(std::move(thread), std::move(target), std::move(options));
  service->begin();
  return Capability(makeRef<Served>(std::move(service)));
}

void throwUnimplemented(std::string_view interfaceName, MethodId method) {
  throw Error(ErrorKind::unimplemented,
              fmt::format("interface {} has no method {}", interfaceName, describe(method)),
              ErrorDetail::none, Executed::no);
}

}  // namespace troop::proxy
