#include "runtime/io/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "runtime/io/calls/file-answer.h"
#include "runtime/io/calls/open-socket.h"
#include "runtime/io/system-error.h"
#include "runtime/reactor/file-request.h"
#include "runtime/sched/waiter.h"

namespace troop {
namespace {

// What is no name leads out of the directory, or nowhere.
bool isName(std::string_view name) noexcept {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

// Adds the names that stand in `entries`, as getdents64(2) has them; where it goes on.
std::uint64_t addNames(std::span<const std::byte> entries, std::vector<std::string>& names) {
  std::uint64_t place = 0;
  while (!entries.empty()) {
    decltype(dirent64::d_reclen) bytes = 0;
    decltype(dirent64::d_off) next = 0;
    std::memcpy(&bytes, entries.data() + offsetof(dirent64, d_reclen), sizeof(bytes));
    std::memcpy(&next, entries.data() + offsetof(dirent64, d_off), sizeof(next));
    const auto* text = reinterpret_cast<const char*>(entries.data()) + offsetof(dirent64, d_name);
    if (isName(text)) names.emplace_back(text);
    place = static_cast<std::uint64_t>(next);
    entries = entries.subspan(bytes);
  }
  return place;
}

}  // namespace

Expected<Directory> Directory::open(std::string_view path, Time deadline) {
  return openIn(reactorOfCaller(), std::string(path), deadline);
}

Expected<Directory> Directory::open(Process& process, std::string_view path, Time deadline) {
  return openIn(reactorOfProcess(process), std::string(path), deadline);
}

Expected<Directory> Directory::openIn(Reactor& reactor, std::string path, Time deadline) {
  Expected<Ref<Source>> source = openPath(reactor, path, O_RDONLY | O_DIRECTORY, deadline);
  if (source.failed()) return std::move(source).error();
  return Directory(*std::move(source), std::move(path));
}

std::string Directory::pathOf(std::string_view name) const {
  return fmt::format("{}/{}", path_, name);
}

Expected<std::vector<std::string>> Directory::names(Time deadline) {
  Waiter::ofCaller().enter();
  std::vector<std::string> names;
  for (std::uint64_t place = 0;;) {
    const Expected<Ref<FileRequest>> request = FileRequest::list(source(), place);
    Expected<long> filled = answerTo(request, deadline, "listing", [this] { return path_; });
    if (filled.failed()) return std::move(filled).error();
    if (*filled == 0) return names;
    place = addNames(request.value()->buffer().first(static_cast<std::size_t>(*filled)), names);
  }
}

Expected<void> Directory::done(Expected<Ref<FileRequest>> request, const char* doing,
                               std::string_view name, Time deadline) {
  Waiter::ofCaller().enter();
  Expected<long> result =
      answerTo(request, deadline, doing, [&] { return name.empty() ? path_ : pathOf(name); });
  if (result.failed()) return std::move(result).error();
  return {};
}

Expected<void> Directory::make(std::string_view name, Time deadline) {
  if (!isName(name)) return systemError(-EINVAL, "making", pathOf(name));
  return done(FileRequest::make(source(), std::string(name)), "making", name, deadline);
}

Expected<void> Directory::rename(std::string_view from, Directory& into, std::string_view to,
                                 Time deadline) {
  if (!isName(from)) return systemError(-EINVAL, "renaming", pathOf(from));
  if (!isName(to)) return systemError(-EINVAL, "renaming to", into.pathOf(to));
  // One of the two is simulated, or they are simulated apart.
  if (&source().reactor() != &into.source().reactor() &&
      !(source().reactor().isOfThisSystem() && into.source().reactor().isOfThisSystem())) {
    return systemError(-EXDEV, "renaming to", into.pathOf(to));
  }
  return done(FileRequest::rename(source(), std::string(from), into.source(), std::string(to)),
              "renaming", from, deadline);
}

Expected<void> Directory::remove(std::string_view name, Time deadline) {
  if (!isName(name)) return systemError(-EINVAL, "removing", pathOf(name));
  return done(FileRequest::remove(source(), std::string(name)), "removing", name, deadline);
}

Expected<void> Directory::sync(Time deadline) {
  return done(FileRequest::sync(source()), "syncing", {}, deadline);
}

}  // namespace troop
