// What is wrong with a manifest: every mistake with its place, so that all of them can be mended at
// once.
//
// Ownership: a value that a reader fills. Threads: one at a time. Limits: the first 100 problems
// are kept, 4 KiB of each; of the others only the number is told.
//
//   Problems problems{"troop.toml"};
//   problems.add({12, 3}, "unknown key 'memroy'; did you mean 'memory'?");
//   problems.text();   // "troop.toml:12:3: unknown key 'memroy'; did you mean 'memory'?\n"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/error.h"

namespace troop::manifest {

// Where something stands in the manifest's file, both counted from 1.
struct Place {
  unsigned line = 1;
  unsigned column = 1;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// A value, and where it stood.
template <typename T>
struct Located {
  T value{};
  Place place;
};

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  // `text` says what is wrong and what would be right; it may quote the manifest as it is.
  void add(Place place, std::string_view text);

  bool none() const noexcept { return count_ == 0; }
  std::size_t count() const noexcept { return count_; }

  // A line for each, "file:line:column: text", in the order of their places.
  std::string text() const;

 private:
  struct Problem {
    Place place;
    std::string text;
  };

  std::string file_;
  std::vector<Problem> problems_;  // by their places
  std::size_t count_ = 0;
};

// What somebody wrote, in quotes: cut after 200 bytes, control characters made visible.
std::string shown(std::string_view text);

// Thrown where a manifest cannot be used; its reason is Problems::text().
class ManifestError : public Error {
 public:
  explicit ManifestError(const Problems& problems)
      : Error(ErrorKind::failed, problems.text(), ErrorDetail::none, Executed::no) {}
};

}  // namespace troop::manifest
