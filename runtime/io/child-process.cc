#include "runtime/io/child-process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <type_traits>

#include "runtime/blocking/blocking.h"
#include "runtime/io/calls/open-socket.h"
#include "runtime/io/children/spawn.h"
#include "runtime/io/system-error.h"
#include "runtime/reactor/reactor.h"
#include "runtime/sched/waiter.h"

namespace troop {
namespace {

constexpr int lastStream = 2;

// The descriptors that a child gets, until it has been started.
class Given {
 public:
  Given() = default;
  ~Given() {
    for (const int descriptor : descriptors_) {
      if (descriptor > lastStream) ::close(descriptor);
    }
  }
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;

  const std::array<int, 3>& all() const noexcept { return descriptors_; }

  // Takes `descriptor` over as its stream `number`; 0 or -errno.
  int give(int number, int descriptor) noexcept {
    // What stands at the place of another stream would be overwritten.
    const int above =
        descriptor > lastStream ? descriptor : fcntl(descriptor, F_DUPFD_CLOEXEC, lastStream + 1);
    const int error = above < 0 ? -errno : 0;
    if (above != descriptor) ::close(descriptor);
    if (error == 0) descriptors_[number] = above;
    return error;
  }
  int giveNothing(int number) noexcept {
    const int descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    return descriptor < 0 ? -errno : give(number, descriptor);
  }

 private:
  std::array<int, 3> descriptors_{0, 1, 2};
};

// One end for the child, where calls wait as programs expect it; the other one for this OS process.
template <typename Ours>
Expected<void> giveStream(Reactor& reactor, ChildOptions::Stream kind, int number, Given& given,
                          std::optional<Ours>& ours) {
  constexpr const char* opening = "opening the streams of";
  constexpr bool isWritten = std::is_same_v<Ours, PipeWriter>;
  int error = 0;
  if (kind == ChildOptions::Stream::nothing) error = given.giveNothing(number);
  if (kind == ChildOptions::Stream::piped) {
    std::array<int, 2> ends{};
    error = reactor.pipe(ends);
    if (error < 0) return systemError(error, opening, "a child");
    const auto [its, mine] = isWritten ? std::pair(ends[0], ends[1]) : std::pair(ends[1], ends[0]);
    OwnedDescriptor owned(reactor, its);
    Expected<Ref<Source>> source = Source::open(reactor, mine);
    if (source.failed()) return std::move(source).error();
    ours.emplace(*std::move(source));
    if (fcntl(its, F_SETFL, 0) != 0) return systemError(-errno, opening, "a child");
    error = given.give(number, owned.release());
  }
  if (error < 0) return systemError(error, opening, "a child");
  return {};
}

template <typename Stream>
Stream& pipedOr(std::optional<Stream>& stream, const char* what) {
  if (!stream) {
    throw Error(ErrorKind::failed, fmt::format("the {} of a child is not piped", what),
                ErrorDetail::none, Executed::no);
  }
  return *stream;
}

}  // namespace

Expected<ChildProcess> ChildProcess::start(std::string_view program, ChildOptions options) {
  return startIn(reactorOfCaller(), std::string(program), std::move(options));
}

Expected<ChildProcess> ChildProcess::start(Process& process, std::string_view program,
                                           ChildOptions options) {
  return startIn(reactorOfProcess(process), std::string(program), std::move(options));
}

Expected<ChildProcess> ChildProcess::startIn(Reactor& reactor, std::string program,
                                             ChildOptions options) {
  if (!reactor.isOfThisSystem()) {
    return Error(ErrorKind::failed,
                 fmt::format("starting {}: there are no programs in a simulated run", program),
                 ErrorDetail::none, Executed::no);
  }
  Waiter::ofCaller().enter();
  Given given;
  Streams streams;
  Expected<void> opened = giveStream(reactor, options.input, 0, given, streams.input);
  if (opened.succeeded()) {
    opened = giveStream(reactor, options.output, 1, given, streams.output);
  }
  if (opened.succeeded()) {
    opened = giveStream(reactor, options.errors, 2, given, streams.errors);
  }
  if (opened.failed()) return std::move(opened).error();
  const children::Program what{.name = std::move(program),
                               .arguments = std::move(options.arguments),
                               .environment = std::move(options.environment),
                               .folder = std::move(options.folder),
                               .streams = given.all()};
  Expected<pid_t> id = blocking([&] { return children::spawn(what); });
  if (id.failed()) return std::move(id).error();
  Expected<Ref<children::Child>> child = children::Child::adopt(reactor, *id, what.name);
  if (child.failed()) return std::move(child).error();
  return ChildProcess(*std::move(child), std::move(streams));
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    close();
    child_ = std::move(other.child_);
    streams_ = std::move(other.streams_);
  }
  return *this;
}

PipeWriter& ChildProcess::input() {
  return pipedOr(streams_.input, "input");
}

PipeReader& ChildProcess::output() {
  return pipedOr(streams_.output, "output");
}

PipeReader& ChildProcess::errors() {
  return pipedOr(streams_.errors, "error output");
}

Expected<ChildEnd> ChildProcess::wait(Time deadline) {
  const Ref<children::Child> child = child_;
  return child->outcome(child->source().perform(Direction::reading, deadline, "a child", 0,
                                                children::Child::Asks{*child}));
}

Expected<void> ChildProcess::kill(int signal) {
  const long result = child_->signal(signal);
  if (result == -ESRCH) {
    return Error(ErrorKind::disconnected, fmt::format("{} has ended", child_->name()),
                 ErrorDetail::none, Executed::no);
  }
  if (result < 0) return systemError(result, "sending a signal to", child_->name());
  return {};
}

void ChildProcess::close() noexcept {
  if (child_) child_->end();
}

}  // namespace troop
