#include "sandbox/wasm/large-stack.h"

#include <pthread.h>

#include <cstddef>
#include <cstring>
#include <exception>
#include <string>

#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/task.h"

namespace troop::sandbox::wasm {

namespace {

constexpr std::size_t stackBytes = std::size_t{16} << 20;  // committed only as far as it is used

struct Work {
  const std::function<void()>& function;
  std::exception_ptr thrown;
  Event done;

  static void* run(void* argument) {
    auto& work = *static_cast<Work*>(argument);
    try {
      work.function();
    } catch (...) {
      work.thrown = std::current_exception();
    }
    work.done.set();
    return nullptr;
  }
};

// Joins, also when the wait for it is broken off.
class Thread {
 public:
  explicit Thread(Work& work) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stackBytes);
    const int error = pthread_create(&thread_, &attributes, Work::run, &work);
    pthread_attr_destroy(&attributes);
    if (error != 0) {
      throw Error(ErrorKind::overloaded,
                  std::string("no thread to compile in: ") + std::strerror(error),
                  ErrorDetail::none, Executed::no);
    }
  }
  ~Thread() { pthread_join(thread_, nullptr); }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  pthread_t thread_{};
};

}  // namespace

void runOnLargeStack(const std::function<void()>& function) {
  Work work{function, nullptr, {}};
  {
    const StackLent lent;
    const Thread thread(work);
    work.done.wait();
  }
  if (work.thrown) std::rethrow_exception(work.thrown);
}

}  // namespace troop::sandbox::wasm
