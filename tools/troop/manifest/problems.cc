#include "tools/troop/manifest/problems.h"

#include <fmt/format.h>

#include <algorithm>

#include "sandbox/printable.h"

namespace troop::manifest {
namespace {

constexpr std::size_t problemsKeptMax = 100;
constexpr std::size_t shownBytesMax = 200;
constexpr std::size_t textBytesMax = std::size_t{4} << 10;

}  // namespace

void Problems::add(Place place, std::string_view text) {
  ++count_;
  if (problems_.size() == problemsKeptMax) return;
  // Behind those of the same place, so that these keep the order in which they were found.
  const auto behind = std::upper_bound(
      problems_.begin(), problems_.end(), place,
      [](const Place& added, const Problem& problem) { return added < problem.place; });
  // Whoever wrote the manifest chose parts of the text, also where nobody has quoted them.
  problems_.insert(behind, {place, sandbox::printable(text, textBytesMax)});
}

std::string shown(std::string_view text) {
  std::string safe = "'";
  for (const char c : text.substr(0, shownBytesMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      safe += fmt::format("\\x{:02x}", byte);
    } else {
      safe += c;
    }
  }
  return safe + (text.size() > shownBytesMax ? "...'" : "'");
}

std::string Problems::text() const {
  const std::string file = sandbox::printable(file_, textBytesMax);
  std::string lines;
  for (const Problem& problem : problems_) {
    lines +=
        fmt::format("{}:{}:{}: {}\n", file, problem.place.line, problem.place.column, problem.text);
  }
  if (count_ > problems_.size()) {
    lines += fmt::format("{}: and {} more\n", file, count_ - problems_.size());
  }
  return lines;
}

}  // namespace troop::manifest
