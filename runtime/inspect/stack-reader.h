// Tells which calls stand on a stack that was copied, by what the compiler wrote for exceptions and
// debuggers: so nothing has to be built in a special way. Function names come from the symbol table
// of the program and its libraries, files and lines from debug information, where there is any.
//
// Ownership: it keeps open what it reads of the program's files, some megabytes where these are
// large; made for one report and destroyed, or for many while isCurrent(). Threads: one at a time.
// Limits: framesMax calls of a stack; x86-64, elsewhere there are no calls. Fails: what cannot be
// told is left out: a stack ends where the code says nothing about its frames.
//
//   StackReader reader;
//   for (const Frame& frame : reader.framesOf(copy)) report += reader.describe(frame);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/inspect/stack-copy.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace inspect {

class StackReader {
 public:
  static constexpr std::size_t framesMax = 256;

  StackReader();
  ~StackReader();
  StackReader(const StackReader&) = delete;
  StackReader& operator=(const StackReader&) = delete;

  // Whether the program has the same libraries as when it was made.
  bool isCurrent() const noexcept;

  // Where it goes on, then where calls return to, innermost first.
  std::vector<std::uintptr_t> callsOn(const StackCopy& copy);

  // A line for each call on the stack of one that was interrupted; empty where nothing is known.
  std::string textOf(const StackCopy& copy);

  enum class Call : unsigned char {
    returns,      // an address to which a call returns, which may be behind its function
    interrupted,  // an instruction that comes next
  };

  // "function at file:line", as far as it is known, else "0x... in library".
  const std::string& describe(std::uintptr_t address, Call call);

 private:
  class Program;

  // How many libraries were loaded so far, and unloaded.
  struct Libraries {
    unsigned long long loaded = 0;
    unsigned long long unloaded = 0;
    friend bool operator==(const Libraries&, const Libraries&) = default;
  };
  static Libraries librariesNow() noexcept;

  std::string lookUp(std::uintptr_t address) const;

  const Libraries libraries_ = librariesNow();
  const std::unique_ptr<Program> program_;
  std::unordered_map<std::uintptr_t, std::string> descriptions_;
};

}  // namespace inspect
}  // namespace troop
