#include "proxy/compiler/model/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "proxy/compiler/model/schema-sources.h"

namespace troop::proxy::compiler {

void Diagnostics::error(std::string_view file, std::string_view path, std::string_view what) {
  entries_.push_back({std::string(file), sources_.line(file, path), std::string(what)});
}

std::string Diagnostics::text() const {
  std::vector<Entry> entries = entries_;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.file, a.line, a.what) < std::tie(b.file, b.line, b.what);
  });
  std::string text;
  for (const Entry& entry : entries) {
    const std::string place =
        entry.line == 0 ? entry.file : fmt::format("{}:{}", entry.file, entry.line);
    text += fmt::format("{}: error: {}\n", place, entry.what);
  }
  return text;
}

}  // namespace troop::proxy::compiler
