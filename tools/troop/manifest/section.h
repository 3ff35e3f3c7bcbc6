// A Section is one table of a manifest being read: it hands out typed values with their places,
// notes what is wrong with them, and at its end reports the keys that nobody asked for.
//
// Ownership: borrows the TOML document and the Problems, which must outlive it; move-only. Threads:
// one at a time. Errors: none thrown; a value that is missing or wrong is nothing, and what is
// wrong is noted. Misuse: a key that a branch does not ask for is reported as unknown, so ask for
// all before branching.
//
//   Section section(table, "troop 'markdown'", problems);
//   auto memory = section.size("memory", {1_MiB, 4_GiB});
//   section.end();
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/time.h"
#include "tools/troop/manifest/problems.h"

namespace troop::manifest {

// What a value may be, both ends included.
template <typename T>
struct Range {
  T min;
  T max;
};

class Section {
 public:
  // `title` names the table in sentences. `place` is where the table, or the key that made it,
  // stands.
  Section(const toml::table& table, std::string title, Place place, Problems& problems);

  const std::string& title() const noexcept { return title_; }
  Place place() const noexcept { return place_; }
  Problems& problems() const noexcept { return *problems_; }
  bool has(std::string_view key) const;
  // Where the key stands; the section's own place where there is no such key.
  Place placeOf(std::string_view key) const;
  // Where the value of the key stands; the section's own place where there is no such key.
  Place valuePlace(std::string_view key) const;
  bool isTable(std::string_view key) const;

  std::optional<Located<std::string>> text(std::string_view key);
  std::optional<Located<std::uint64_t>> count(std::string_view key, Range<std::uint64_t> range);
  std::optional<Located<double>> fraction(std::string_view key, Range<double> range);
  std::optional<Located<std::uint64_t>> size(std::string_view key, Range<std::uint64_t> range);
  std::optional<Located<std::uint64_t>> rate(std::string_view key, Range<std::uint64_t> range);
  std::optional<Located<Duration>> duration(std::string_view key, Range<Duration> range);
  // One of `names`: its index.
  std::optional<Located<std::size_t>> choice(std::string_view key,
                                             std::span<const std::string_view> names);
  // A table below this one; `title` names it.
  std::optional<Section> section(std::string_view key, std::string title);
  // A list of tables; each is titled "TITLE N".
  std::optional<std::vector<Section>> sections(std::string_view key, std::string_view title);
  // All keys that nobody asked for yet, in the order of the file.
  std::vector<Located<std::string>> keysLeft() const;

  // Reports that `key`, which the section needs, is missing, unless it is there (and maybe wrong).
  void require(std::string_view key, std::string_view form);

  // Reports every key that was never asked for. `hint` says more on what may stand here.
  void end(std::string_view hint = {});

 private:
  const toml::node* take(std::string_view key);
  void wrongType(std::string_view key, const toml::node& node, std::string_view form);
  // The text of `key`, or a note that it is `form` that should stand there.
  std::optional<Located<std::string>> textOf(std::string_view key, std::string_view form);

  const toml::table* table_;
  std::string title_;
  Place place_;
  Problems* problems_;
  std::vector<std::string> asked_;
};

// Where a node of a TOML document stands.
Place placeOf(const toml::source_region& region);

// "; did you mean 'memory'?" when one of `names` is near what was given, else nothing.
std::string suggestion(std::string_view given, std::span<const std::string_view> names);

// "'a', 'b' and 'c'".
std::string listed(std::span<const std::string_view> names);

}  // namespace troop::manifest
