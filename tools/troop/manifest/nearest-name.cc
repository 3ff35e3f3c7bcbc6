#include "tools/troop/manifest/nearest-name.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace troop::manifest {
namespace {

constexpr std::size_t comparedBytesMax = 64;

char folded(char c) {
  if (c == '_') return '-';
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// Optimal string alignment distance: Levenshtein's with swaps of neighbours, row by row.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                           folded(a[i - 2]) == folded(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::string_view> nearestName(std::string_view given,
                                            std::span<const std::string_view> names) {
  if (given.size() > comparedBytesMax) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t least = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (const std::string_view name : names) {
    if (name.size() > comparedBytesMax) continue;
    const std::size_t edits = distance(given, name);
    // A name with nothing in common is no suggestion, however short it is.
    if (edits < least && edits < std::max(given.size(), name.size())) {
      least = edits;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace troop::manifest
