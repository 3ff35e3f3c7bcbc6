// What is told of a manifest's mistakes, looked at as text: a line for each, with the file, a place
// that is in it, and words, of which none steers a terminal.
//
//   mistakeIn(error.reason(), "troop.toml", text);   // nothing: it is as it should be
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include "sandbox/printable.h"

namespace troop::manifest {

// A number followed by a colon, which are taken off; 0 where there is none.
inline std::size_t takeNumber(std::string_view& line) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc() || end == line.data() + line.size() || *end != ':') return 0;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
  return number;
}

// What is wrong with one line of it.
inline std::string mistakeInLine(std::string_view line, std::string_view file,
                                 std::size_t linesMax) {
  if (sandbox::printable(line, line.size()) != line) return "a line that cannot be shown";
  if (!line.starts_with(file) || !line.substr(file.size()).starts_with(':'))
    return "a line without file";
  line.remove_prefix(file.size() + 1);
  if (line.starts_with(" and ") && line.ends_with(" more")) return "";
  const std::size_t row = takeNumber(line);
  const std::size_t column = takeNumber(line);
  if (row == 0 || column == 0) return "a line without place";
  if (row > linesMax) return "a place behind the end";
  if (line.size() < 2 || line.front() != ' ') return "a line without words";
  return "";
}

// What is wrong with what is `told` of the mistakes of `manifest`; nothing where nothing is.
inline std::string mistakeIn(std::string_view told, std::string_view file,
                             std::string_view manifest) {
  if (told.empty() || told.back() != '\n') return "no line";
  const auto linesMax = 1 + static_cast<std::size_t>(std::ranges::count(manifest, '\n'));
  while (!told.empty()) {
    const std::size_t end = told.find('\n');
    std::string wrong = mistakeInLine(told.substr(0, end), file, linesMax);
    if (!wrong.empty()) return wrong;
    told.remove_prefix(end + 1);
  }
  return "";
}

}  // namespace troop::manifest
