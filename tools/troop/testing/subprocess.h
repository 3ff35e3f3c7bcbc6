// Runs a program and keeps what it prints, for tests of whole programs.
//
// Ownership: a Subprocess that is destroyed kills its program. Threads: one at a time. Limits: the
// test's own time limit.
//
//   Finished finished = Subprocess({"bazel-bin/tools/troop/troop", "check", "troop.toml"}).wait();
//   EXPECT_EQ(finished.exitCode, 0);
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace troop::command {

struct Finished {
  int exitCode = -1;  // 128 and the signal's number when a signal ended it
  std::string output;
  std::string errors;
};

class Subprocess {
 public:
  // Starts it; throws std::system_error where it cannot.
  explicit Subprocess(std::vector<std::string> arguments);
  ~Subprocess();
  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  // Waits until `text` stands in what it has printed to standard error, or it has ended; whether it
  // stands there.
  bool waitForErrors(const std::string& text);

  void signal(int number);

  // Waits for its end.
  Finished wait();

 private:
  // Takes what there is to read, waiting for something; false once both streams are at their end.
  bool read();

  pid_t process_ = -1;
  int output_ = -1;
  int errors_ = -1;
  Finished finished_;
};

}  // namespace troop::command
