#include "proxy/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "proxy/answer.h"
#include "proxy/call.h"
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
  call.answer()->onCancel(
      [cancellation, answer = call.answer()] { cancellation->cancel(answer->result().error()); });
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
    results = target.dispatch(call.method, call.params);
  });
  // None where the caller has cancelled, which has settled the call.
  if (results) call.settle(*std::move(results));
}

// A Target that is served. Its calls wait here, and each has a Task on its way that will serve the
// one that has waited longest: so they begin in the order of their arrival whatever the scheduler
// does.
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

  Expected<void> queue(Call& call) noexcept;
  void serveNext();
  void serve(Target& target, Call call);
  void callEnded() noexcept;
  void release() noexcept;
  void threadEnded() noexcept;
  Error gone(Executed executed) const;

  const Ref<Thread> thread_;
  const ServeOptions options_;
  const void* ending_ = nullptr;

  std::mutex mutex_;                // protects what follows
  std::shared_ptr<Target> target_;  // null once the Thread has ended, or nobody holds it
  std::deque<Call> waiting_;
  std::size_t callsOpen_ = 0;
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
  // Held while the Task is posted, so that there is one for each call that waits.
  const std::lock_guard lock(mutex_);
  if (!target_) return gone(Executed::no);
  if (callsOpen_ == options_.callsMax) {
    return Error(
        ErrorKind::overloaded,
        fmt::format("'{}' has {} calls to answer already", options_.name, options_.callsMax),
        ErrorDetail::quota, Executed::no);
  }
  Expected<void> posted = thread_->post([self = Ref<Service>::share(this)] { self->serveNext(); });
  if (posted.failed()) return posted;
  ++callsOpen_;
  waiting_.push_back(std::move(call));
  return {};
}

void Service::serveNext() {
  struct Ended {
    Service& service;
    ~Ended() { service.callEnded(); }
  } const ended{*this};
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Target> target = target_;
  Call call = std::move(waiting_.front());
  waiting_.pop_front();
  lock.unlock();
  serve(*target, std::move(call));
}

void Service::serve(Target& target, Call call) {
  if (call.decided()) return;
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

void Service::callEnded() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --callsOpen_;
  }
  release();
}

void Service::abandon() noexcept {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    if (!target_ || callsOpen_ != 0) return;
  }
  // The Target dies in its Thread; where that accepts no Task now, when it ends.
  (void)thread_->post([self = Ref<Service>::share(this)] { self->release(); });
}

// In the Thread: lets go of the Target if nobody will call it any more.
void Service::release() noexcept {
  std::shared_ptr<Target> target;
  {
    const std::lock_guard lock(mutex_);
    if (!abandoned_ || callsOpen_ != 0) return;
    target.swap(target_);
  }
  thread_->disown(ending_);
}

void Service::threadEnded() noexcept {
  std::shared_ptr<Target> target;
  std::deque<Call> waiting;
  {
    const std::lock_guard lock(mutex_);
    target.swap(target_);
    waiting.swap(waiting_);
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
