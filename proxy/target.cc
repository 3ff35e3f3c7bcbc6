#include "proxy/target.h"

#include <fmt/format.h>

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

// Lets the caller, on whatever OS thread, cancel the Scope in which its call is served, as long as there is one.
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

// The body of the Task that serves one call.
class ServedCall {
 public:
  ServedCall(Ref<Service> service, std::shared_ptr<Target> target, Call call)
      : service_(std::move(service)), target_(std::move(target)), call_(std::move(call)) {}
  ServedCall(ServedCall&&) noexcept = default;
  ServedCall& operator=(ServedCall&&) = delete;
  ~ServedCall() {
    if (!service_) return;
    if (!call_.decided()) call_.settle(service_->dead(Executed::no));
    service_->close();
  }

  void operator()() {
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
      results = target_->dispatch(call_.method, call_.params);
    });
    // None where the caller has cancelled, which has settled the call.
    if (results) call_.settle(*std::move(results));
  }

  Ref<Service> service_;
  std::shared_ptr<Target> target_;
  Call call_;
};

class Served final : public Endpoint {
 public:
  Served(Ref<Service> service, const std::shared_ptr<Target>& target)
      : service_(std::move(service)), target_(target) {}

  ~Served() override {
    // The Target dies in its Thread. Where that accepts no Task any more, it is released when the Thread ends.
    Thread& thread = *service_->thread;
    (void)thread.post([thread = service_->thread, target = target_] {
      thread->disown(target.lock());
    });
  }

  std::string describe() const override { return service_->options.name; }

  void call(Call call) noexcept override {
    const std::shared_ptr<Target> target = target_.lock();
    if (!target) return call.settle(service_->dead(Executed::no));
    if (!service_->open()) {
      return call.settle(Error(
          ErrorKind::overloaded,
          fmt::format("'{}' has {} calls to answer already", describe(), service_->options.callsMax),
          ErrorDetail::quota, Executed::no));
    }
    const Ref<Answer> answer = call.answer();
    Expected<void> posted = service_->thread->post(ServedCall(service_, target, std::move(call)));
    if (posted.failed()) answer->settle(std::move(posted).error());
  }

 private:
  const Ref<Service> service_;
  const std::weak_ptr<Target> target_;  // owned by the Thread
};

}  // namespace
