#include "runtime/io/system-error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "runtime/reactor/source.h"

namespace troop {
namespace {

ErrorKind kindOf(int error) noexcept {
  switch (error) {
    case ECONNRESET:
    case ECONNREFUSED:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case ENETRESET:
      return ErrorKind::disconnected;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case ENOSPC:
    case EDQUOT:
    case EAGAIN:
      return ErrorKind::overloaded;
    default:
      return ErrorKind::failed;
  }
}

}  // namespace

Error systemError(long result, std::string_view what, std::string_view where) {
  if (result == Source::closedHere) {
    return Error(ErrorKind::disconnected, fmt::format("{} {}: it was closed here", what, where));
  }
  const int error = static_cast<int>(-result);
  const char* name = strerrorname_np(error);
  return Error(kindOf(error),
               fmt::format("{} {}: {} ({})", what, where, name != nullptr ? name : "no known error",
                           std::generic_category().message(error)));
}

}  // namespace troop
