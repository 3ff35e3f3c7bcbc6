#include "tools/troop/trace-file.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/error.h"

namespace troop::command {
namespace {

Error cannotWrite(const std::filesystem::path& path, int cause) {
  return Error(ErrorKind::failed, fmt::format("{}: the trace cannot be written: {}", path.native(),
                                              std::generic_category().message(cause)));
}

std::ofstream opened(const std::filesystem::path& path) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  if (!file) throw cannotWrite(path, errno);
  return file;
}

}  // namespace

TraceFile::TraceFile(Process& process, std::filesystem::path path, std::size_t events)
    : path_(std::move(path)),
      events_(events),
      file_(opened(path_)),
      recording_(process, {.eventsOfEach = events}) {}

std::string TraceFile::finish() {
  const unsigned overwritten = recording_.overwritten();
  errno = 0;
  file_ << recording_.perfetto();
  file_.close();
  if (!file_) throw cannotWrite(path_, errno);
  std::string said = fmt::format("{} has what the carriers did, for Perfetto", path_.native());
  if (overwritten == 0) return said + ", from the start";
  return said +
         fmt::format("; of {} only the last {} events: what came before is lost",
                     overwritten == 1 ? "one of them" : fmt::format("{} of them", overwritten),
                     events_);
}

}  // namespace troop::command
