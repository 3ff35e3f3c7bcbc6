// What files and directories answer to what they are asked for.
//
// Threads: any. Fails: as runtime/io/file.h says; `doing` and `where` say what and where, for an
// Error.
//
//   return answerTo(FileRequest::sync(source), deadline, "syncing", [&] { return path; });
#pragma once

#include <cerrno>
#include <string>

#include "runtime/error.h"
#include "runtime/io/system-error.h"
#include "runtime/reactor/file-request.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// Waits for it: what the system says, where that is no error.
template <typename Where>
Expected<long> answerTo(const Expected<Ref<FileRequest>>& request, Time deadline, const char* doing,
                        Where where) {
  if (request.failed()) return request.error();
  Expected<long> result = request.value()->resultBy(deadline);
  if (result.succeeded() && *result < 0) return systemError(*result, doing, where());
  return result;
}

// `flags` as open(2) has them.
inline Expected<Ref<Source>> openPath(Reactor& reactor, const std::string& path, int flags,
                                      Time deadline) {
  if (path.find('\0') != std::string::npos) return systemError(-EINVAL, "opening", path);
  Waiter::ofCaller().enter();
  const Expected<Ref<FileRequest>> request = FileRequest::open(reactor, path, flags);
  Expected<long> opened = answerTo(request, deadline, "opening", [&path] { return path; });
  if (opened.failed()) return std::move(opened).error();
  return Source::open(reactor, request.value()->takeDescriptor());
}

}  // namespace troop
