// A Directory is open for what changes the names in it, and reaches nothing outside of it: a name
// is one part of a path.
//
// What was made, renamed and removed is seen by others at once, and is on the disk once the
// directory was synced: until then a crash of the machine may take each of it back.
//
// Ownership: the handle, which is moved and not copied; its end closes it. Threads: any number may
// use it at a time, in Tasks and OS threads; close() by any. Limits: as runtime/io/handle.h says.
// Fails: as runtime/io/file.h says. Misuse: as there.
//
//   Directory data = Directory::open("/var/lib/app").value();
//   data.rename("state.new", "state").value();      // after state.new was synced
//   data.sync().value();
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "runtime/io/handle.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class FileRequest;
class Process;
class Reactor;

class Directory final : public Handle {
 public:
  static Expected<Directory> open(std::string_view path, Time deadline = never);
  static Expected<Directory> open(Process& process, std::string_view path, Time deadline = never);

  // Of all that is in it, in no order. Of what comes and goes meanwhile nobody knows.
  Expected<std::vector<std::string>> names(Time deadline = never);

  // Another directory in it.
  Expected<void> make(std::string_view name, Time deadline = never);
  // What had the name `to` is gone, at no time neither is there.
  Expected<void> rename(std::string_view from, std::string_view to, Time deadline = never) {
    return rename(from, *this, to, deadline);
  }
  // The same in another directory of the same file system; both are to be synced.
  Expected<void> rename(std::string_view from, Directory& into, std::string_view to,
                        Time deadline = never);
  // A file, or a directory in which nothing is.
  Expected<void> remove(std::string_view name, Time deadline = never);

  // What was made, renamed and removed in it is on the disk.
  Expected<void> sync(Time deadline = never);

  const std::string& path() const noexcept { return path_; }

 private:
  Directory(Ref<Source> source, std::string path) noexcept
      : Handle(std::move(source)), path_(std::move(path)) {}

  static Expected<Directory> openIn(Reactor& reactor, std::string path, Time deadline);
  // `doing` it to what is called `name`.
  Expected<void> done(Expected<Ref<FileRequest>> request, const char* doing, std::string_view name,
                      Time deadline);
  std::string pathOf(std::string_view name) const;

  std::string path_;
};

template <>
struct IsSendable<Directory> : std::true_type {};

}  // namespace troop
