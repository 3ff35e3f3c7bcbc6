#include "proxy/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
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

// What all calls to one served Target share.
class Service final : public RefCounted {
 public:
  Service(Ref<Thread> thread, ServeOptions options)
      : thread(std::move(thread)), options(std::move(options)) {}

  // Counts a call that has arrived; false beyond the limit.
  bool open() noexcept {
    if (callsOpen_.fetch_add(1) < options.callsMax) return true;
    close();
    return false;
  }
  void close() noexcept { callsOpen_.fetch_sub(1); }

  // Of calls that the Thread will not answer any more.
  Error dead(Executed executed) const {
    const std::optional<Error> cause = thread->troop().cause();
    return Error(ErrorKind::disconnected,
                 fmt::format("'{}' is gone: {}", options.name,
                             cause ? cause->reason() : "its Thread has ended"),
                 cause ? ErrorDetail::killed : ErrorDetail::none, executed);
  }

  const Ref<Thread> thread;
  const ServeOptions options;

 private:
  std::atomic<std::size_t> callsOpen_{0};
};

// What the serving Thread owns while there is a capability on the Target: endpoints refer to it
// weakly.
struct Holder {
  std::shared_ptr<Target> target;
};

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

// A call that waits for its Task, and then is served by it.
class ServedCall {
 public:
  ServedCall(Ref<Service> service, std::shared_ptr<Holder> holder, Call call)
      : service_(std::move(service)), holder_(std::move(holder)), call_(std::move(call)) {}
  ServedCall(const ServedCall&) = delete;
  ServedCall& operator=(const ServedCall&) = delete;
  ~ServedCall() {
    call_.settle(service_->dead(Executed::no));  // unless it was answered
    service_->close();
  }

  void fail(Error error) noexcept { call_.settle(std::move(error)); }

  void run() {
    if (call_.decided()) return;
    try {
      serve();
    } catch (const Error& error) {
      call_.settle(error);
    } catch (const std::exception& exception) {
      call_.settle(Error(ErrorKind::failed, exception.what()));
    } catch (const Cancelled&) {
      call_.settle(service_->dead(Executed::maybe));
      throw;
    } catch (...) {
      call_.settle(Error(ErrorKind::failed, "an exception of an unknown type"));
    }
  }

 private:
  void serve() {
    const auto cancellation = makeRef<Cancellation>();
    call_.answer()->onCancel([cancellation, answer = call_.answer()] {
      cancellation->cancel(answer->result().error());
    });
    const Duration left =
        call_.deadline == never ? forever : std::max(call_.deadline - now(), Duration::zero());
    std::optional<Message> results;
    inScope({.deadline = left}, [&](Scope& scope) {
      struct Entered {
        Cancellation& cancellation;
        ~Entered() { cancellation.leave(); }
      } const entered{*cancellation};
      cancellation->enter(scope);
      // Cancelled before it could be told so.
      if (call_.decided()) return;
      results = holder_->target->dispatch(call_.method, call_.params);
    });
    // None where the caller has cancelled, which has settled the call.
    if (results) call_.settle(*std::move(results));
  }

  const Ref<Service> service_;
  const std::shared_ptr<Holder> holder_;
  Call call_;
};

class Served final : public Endpoint {
 public:
  Served(Ref<Service> service, const std::shared_ptr<Holder>& holder)
      : service_(std::move(service)), holder_(holder) {}

  ~Served() override {
    // The Target dies in its Thread; where that accepts no Task now, when it ends.
    (void)service_->thread->post(
        [service = service_, holder = holder_] { service->thread->disown(holder.lock().get()); });
  }

  std::string describe() const override { return service_->options.name; }

  void call(Call call) noexcept override {
    std::shared_ptr<Holder> holder = holder_.lock();
    if (!holder) return call.settle(service_->dead(Executed::no));
    if (!service_->open()) {
      return call.settle(Error(ErrorKind::overloaded,
                               fmt::format("'{}' has {} calls to answer already",
                                           service_->options.name, service_->options.callsMax),
                               ErrorDetail::quota, Executed::no));
    }
    const auto served = std::make_shared<ServedCall>(service_, std::move(holder), std::move(call));
    Expected<void> posted = service_->thread->post([served] { served->run(); });
    if (posted.failed()) served->fail(std::move(posted).error());
  }

 private:
  const Ref<Service> service_;
  const std::weak_ptr<Holder> holder_;
};

}  // namespace

Target::~Target() = default;

Capability serve(Ref<Thread> thread, std::shared_ptr<Target> target, ServeOptions options) {
  auto service = makeRef<Service>(std::move(thread), std::move(options));
  auto holder = std::make_shared<Holder>(std::move(target));
  if (!service->thread->own(holder)) return Capability::broken(service->dead(Executed::no));
  return Capability(makeRef<Served>(std::move(service), holder));
}

void throwUnimplemented(std::string_view interfaceName, MethodId method) {
  throw Error(ErrorKind::unimplemented,
              fmt::format("interface {} has no method {}", interfaceName, describe(method)),
              ErrorDetail::none, Executed::no);
}

}  // namespace troop::proxy
