// A file of its own for a test, open as a Source of a Reactor that nobody sleeps in.
//
// Threads: one test.
//
//   tests::OpenFile file("hello");
//   FileRequest::read(*file.source, 0, 5);
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "runtime/reactor/polling-reactor.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace tests {

// Another one in each call, as tests run beside each other.
inline std::string unusedPath() {
  static std::atomic<int> names{0};
  return testing::TempDir() + "/troop-" + std::to_string(getpid()) + "-" + std::to_string(names++);
}

inline std::string textIn(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct OpenFile {
  explicit OpenFile(std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
    source = Source::open(*reactor, ::open(path.c_str(), O_RDWR | O_CLOEXEC)).value();
  }
  ~OpenFile() {
    source->close();
    reactor->end();
    std::filesystem::remove(path);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const std::string path = unusedPath();
  const Ref<PollingReactor> reactor = makeRef<PollingReactor>();
  Ref<Source> source;
};

}  // namespace tests
}  // namespace troop
