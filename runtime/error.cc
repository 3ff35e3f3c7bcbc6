#include "runtime/error.h"

namespace troop {

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::failed:
      return "failed";
    case ErrorKind::overloaded:
      return "overloaded";
    case ErrorKind::disconnected:
      return "disconnected";
    case ErrorKind::unimplemented:
      return "unimplemented";
  }
  return "unknown";
}

std::string_view name(ErrorDetail detail) {
  switch (detail) {
    case ErrorDetail::none:
      return "none";
    case ErrorDetail::cancelled:
      return "cancelled";
    case ErrorDetail::deadline:
      return "deadline";
    case ErrorDetail::deadlock:
      return "deadlock";
    case ErrorDetail::memory:
      return "memory";
    case ErrorDetail::cpu:
      return "cpu";
    case ErrorDetail::stack:
      return "stack";
    case ErrorDetail::wall:
      return "wall";
    case ErrorDetail::quota:
      return "quota";
    case ErrorDetail::revoked:
      return "revoked";
    case ErrorDetail::killed:
      return "killed";
    case ErrorDetail::badMessage:
      return "badMessage";
  }
  return "unknown";
}

void throwError(Error error) {
  throw std::move(error);
}

Error errorOf(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error;
  } catch (const Cancelled& cancelled) {
    return cancelled.cause();
  } catch (const std::exception& exception) {
    return Error(ErrorKind::failed, exception.what());
  } catch (...) {
    return Error(ErrorKind::failed, "an exception that is no std::exception");
  }
}

bool isCancelled(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Cancelled&) {
    return true;
  } catch (...) {
    return false;
  }
}

std::exception_ptr crossing(const std::exception_ptr& thrown) {
  if (thrown == nullptr) return nullptr;
  if (isCancelled(thrown)) return std::make_exception_ptr(Cancelled(errorOf(thrown)));
  return std::make_exception_ptr(errorOf(thrown));
}

}  // namespace troop
