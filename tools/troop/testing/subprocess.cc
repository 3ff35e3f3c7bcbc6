#include "tools/troop/testing/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

extern char** environ;

namespace troop::command {
namespace {

void check(int status, const char* what) {
  if (status != 0) throw std::system_error(status, std::generic_category(), what);
}

// Appends what can be read at once; closes the stream at its end.
void drain(int& stream, std::string& text) {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(stream, buffer.data(), buffer.size());
  if (count > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || errno != EINTR) {
    close(stream);
    stream = -1;
  }
}

}  // namespace

Subprocess::Subprocess(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int output[2], errors[2];
  check(pipe2(output, O_CLOEXEC) == 0 ? 0 : errno, "pipe");
  check(pipe2(errors, O_CLOEXEC) == 0 ? 0 : errno, "pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
  const int status = posix_spawnp(&process_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(output[1]);
  close(errors[1]);
  output_ = output[0];
  errors_ = errors[0];
  if (status != 0) process_ = -1;
  check(status, arguments[0].c_str());
}

Subprocess::~Subprocess() {
  if (process_ != -1) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  for (const int stream : {output_, errors_}) {
    if (stream != -1) close(stream);
  }
}

bool Subprocess::read() {
  // poll() passes over streams that are closed, which are -1.
  std::array<pollfd, 2> streams{{{output_, POLLIN, 0}, {errors_, POLLIN, 0}}};
  if (output_ == -1 && errors_ == -1) return false;
  if (poll(streams.data(), streams.size(), -1) < 0) return errno == EINTR;
  if (streams[0].revents != 0) drain(output_, finished_.output);
  if (streams[1].revents != 0) drain(errors_, finished_.errors);
  return true;
}

bool Subprocess::waitForErrors(const std::string& text) {
  while (finished_.errors.find(text) == std::string::npos) {
    if (!read()) return false;
  }
  return true;
}

void Subprocess::signal(int number) {
  kill(process_, number);
}

Finished Subprocess::wait() {
  while (read()) {
  }
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  finished_.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished_;
}

}  // namespace troop::command
