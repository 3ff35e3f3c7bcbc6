// Starting other programs: they inherit the mask of signals that the caller believes to have, and
// not that of its carrier.
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vector>

#include "runtime/preload/real.h"
#include "runtime/preload/signals.h"

namespace troop::preload {
namespace {

// The arguments of execl() and its like, up to their null pointer.
std::vector<char*> collect(const char* first, va_list& rest) {
  std::vector<char*> arguments;
  const char* argument = first;
  for (; argument != nullptr; argument = va_arg(rest, const char*)) {
    arguments.push_back(const_cast<char*>(argument));
  }
  arguments.push_back(nullptr);
  return arguments;
}

}  // namespace

TROOP_PRELOADED int posix_spawn(pid_t* process, const char* path,
                                const posix_spawn_file_actions_t* actions,
                                const posix_spawnattr_t* attributes, char* const arguments[],
                                char* const environment[]) {
  const OwnMask here;
  return TROOP_REAL(posix_spawn)(process, path, actions, attributes, arguments, environment);
}

TROOP_PRELOADED int posix_spawnp(pid_t* process, const char* file,
                                 const posix_spawn_file_actions_t* actions,
                                 const posix_spawnattr_t* attributes, char* const arguments[],
                                 char* const environment[]) {
  const OwnMask here;
  return TROOP_REAL(posix_spawnp)(process, file, actions, attributes, arguments, environment);
}

TROOP_PRELOADED int system(const char* command) {
  const OwnMask here;
  return TROOP_REAL(system)(command);
}

TROOP_PRELOADED FILE* popen(const char* command, const char* mode) {
  const OwnMask here;
  return TROOP_REAL(popen)(command, mode);
}

TROOP_PRELOADED int execve(const char* path, char* const arguments[],
                           char* const environment[]) noexcept {
  const OwnMask here;
  return TROOP_REAL(execve)(path, arguments, environment);
}

TROOP_PRELOADED int execv(const char* path, char* const arguments[]) noexcept {
  return execve(path, arguments, environ);
}

TROOP_PRELOADED int execvpe(const char* file, char* const arguments[],
                            char* const environment[]) noexcept {
  const OwnMask here;
  return TROOP_REAL(execvpe)(file, arguments, environment);
}

TROOP_PRELOADED int execvp(const char* file, char* const arguments[]) noexcept {
  return execvpe(file, arguments, environ);
}

TROOP_PRELOADED int fexecve(int descriptor, char* const arguments[],
                            char* const environment[]) noexcept {
  const OwnMask here;
  return TROOP_REAL(fexecve)(descriptor, arguments, environment);
}

TROOP_PRELOADED int execl(const char* path, const char* first, ...) noexcept {
  va_list rest;
  va_start(rest, first);
  const std::vector<char*> arguments = collect(first, rest);
  va_end(rest);
  return execve(path, arguments.data(), environ);
}

TROOP_PRELOADED int execlp(const char* file, const char* first, ...) noexcept {
  va_list rest;
  va_start(rest, first);
  const std::vector<char*> arguments = collect(first, rest);
  va_end(rest);
  return execvpe(file, arguments.data(), environ);
}

TROOP_PRELOADED int execle(const char* path, const char* first, ...) noexcept {
  va_list rest;
  va_start(rest, first);
  const std::vector<char*> arguments = collect(first, rest);
  char* const* const environment = va_arg(rest, char* const*);
  va_end(rest);
  return execve(path, arguments.data(), environment);
}

}  // namespace troop::preload
