// A ChildProcess is a program that runs beside this one, as its child.
//
// Ownership: the handle, which is moved and not copied; its end, and so that of a troop whose Tasks
// have it, kills a child that still runs, by SIGKILL, and waits for the system to have ended it,
// usually for less than a millisecond: none is left behind, running or dead. What the child has
// started itself is not killed. Threads: any number may wait and kill at a time, in Tasks and OS
// threads; moved, destroyed and its streams used by one. Limits: a handle of the troop for the
// child, and one for each stream that is piped, as runtime/io/handle.h says; memory and CPU time of
// the child are charged to nobody. Fails: starting with failed where there is no such program or
// folder, naming it, with overloaded where something has run out; the rest with disconnected once
// it was closed, with overloaded/deadline when `deadline` passes. Waits throw as in
// runtime/event.h. In a simulated run there are no programs: failed. Misuse: waiting for the end of
// a child that waits for room in a stream which nobody reads; a host that reaps children which are
// not its own.
//
// It inherits three descriptors and none else, the environment and the folder of this OS process
// where it is given no others, and no blocked signals. A child outlives this OS process where that
// ends without the end of its handles.
//
//   ChildProcess sort = ChildProcess::start("sort", {.input = piped, .output = piped}).value();
//   sort.input().write("b\na\n").value();
//   sort.input().close();
//   if (sort.wait(after(1s)).value().succeeded()) ...
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "runtime/io/children/child.h"
#include "runtime/io/pipe.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Process;
class Reactor;

struct ChildOptions {
  enum class Stream : unsigned char {
    nothing,    // it reads the end at once, and what it writes is gone
    inherited,  // that of this OS process
    piped,      // the other end of what the ChildProcess has
  };

  // After its name, which is the first one.
  std::vector<std::string> arguments = {};
  // "NAME=value" each; none: that of this OS process.
  std::optional<std::vector<std::string>> environment = {};
  // Where it starts; empty: where this OS process is.
  std::string folder = {};
  Stream input = Stream::nothing;
  Stream output = Stream::inherited;
  Stream errors = Stream::inherited;
};

class ChildProcess {
 public:
  static constexpr auto piped = ChildOptions::Stream::piped;
  static constexpr auto inherited = ChildOptions::Stream::inherited;
  static constexpr auto nothing = ChildOptions::Stream::nothing;

  // `program` is a path, or a name that is looked for along PATH. The OS thread is blocked until it
  // is loaded, and others of its carrier go on elsewhere if that lasts.
  static Expected<ChildProcess> start(std::string_view program, ChildOptions options = {});
  static Expected<ChildProcess> start(Process& process, std::string_view program,
                                      ChildOptions options = {});

  ChildProcess(ChildProcess&&) noexcept = default;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess() { close(); }

  // What it reads and writes; throws Error (failed) where that is not piped. Each may be moved out.
  PipeWriter& input();
  PipeReader& output();
  PipeReader& errors();

  // Until it has ended. Any number of times.
  Expected<ChildEnd> wait(Time deadline = never);

  // SIGTERM asks it to end, SIGKILL ends it. Fails with disconnected where it has ended.
  Expected<void> kill(int signal);

  // Ends it, as the end of the handle does, and all waits for it.
  void close() noexcept;

  // Of the system; another one's once it was waited for or closed.
  pid_t id() const noexcept { return child_->id(); }

 private:
  friend struct IoAccess;

  struct Streams {
    std::optional<PipeWriter> input;
    std::optional<PipeReader> output;
    std::optional<PipeReader> errors;
  };

  ChildProcess(Ref<children::Child> child, Streams streams) noexcept
      : child_(std::move(child)), streams_(std::move(streams)) {}

  static Expected<ChildProcess> startIn(Reactor& reactor, std::string program,
                                        ChildOptions options);

  Ref<children::Child> child_;
  Streams streams_;
};

template <>
struct IsSendable<ChildProcess> : std::true_type {};

}  // namespace troop
