#include "proxy/compiler/js/documentation.h"

#include <string>
#include <vector>

namespace troop::proxy::compiler {

void jsDocumentation(Writer& writer, std::string_view text, std::string_view last) {
  std::vector<std::string> lines = linesOf(text);
  if (!last.empty()) lines.emplace_back(last);
  for (std::string& line : lines) {
    for (std::size_t end = 0; (end = line.find("*/", end)) != std::string::npos; end += 3) {
      line.insert(end + 1, "\\");
    }
  }
  if (lines.empty()) return;
  if (lines.size() == 1) {
    writer.line("/** {} */", lines[0]);
    return;
  }
  writer.line("/**");
  for (const std::string& line : lines) {
    if (line.empty()) {
      writer.line(" *");
    } else {
      writer.comment(" *", line);
    }
  }
  writer.line(" */");
}

}  // namespace troop::proxy::compiler
