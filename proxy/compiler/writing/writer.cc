#include "proxy/compiler/writing/writer.h"

namespace troop::proxy::compiler {

void Writer::verbatim(std::string_view line) {
  if (!line.empty()) {
    text_.append(columns_, ' ');
    text_ += line;
  }
  text_ += '\n';
}

void Writer::list(std::string_view begin, const std::vector<std::string>& items,
                  std::string_view end) {
  if (inOneLine(begin, items, end)) return;
  verbatim(begin.substr(0, begin.find_last_not_of(' ') + 1));
  Indented indented(*this, 4);
  rows(items, end);
}

void Writer::block(std::string_view begin, const std::vector<std::string>& items,
                   std::string_view end) {
  if (inOneLine(begin, items, end)) return;
  verbatim(begin.substr(0, begin.find_last_not_of(' ') + 1));
  {
    Indented indented(*this);
    rows(items, ",");
  }
  verbatim(end.substr(end.find_first_not_of(' ')));
}

bool Writer::inOneLine(std::string_view begin, const std::vector<std::string>& items,
                       std::string_view end) {
  const std::string whole = fmt::format("{}{}{}", begin, fmt::join(items, ", "), end);
  if (!fits(whole)) return false;
  verbatim(whole);
  return true;
}

void Writer::rows(const std::vector<std::string>& items, std::string_view end) {
  std::string row;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : std::string(end));
    if (!row.empty() && columns_ + row.size() + 1 + item.size() > columnsMax) {
      verbatim(row);
      row.clear();
    }
    row += (row.empty() ? "" : " ") + item;
  }
  verbatim(row);
}

void Writer::comment(std::string_view prefix, std::string_view text) {
  for (const std::string& line : linesOf(text)) {
    std::string written = fmt::format("{} {}", prefix, line);
    written.erase(written.find_last_not_of(' ') + 1);
    verbatim(written);
  }
}

void Writer::gap() {
  // Not after what has just been opened.
  if (text_.empty() || text_.ends_with("\n\n")) return;
  if (!text_.ends_with("{\n") && !text_.ends_with(":\n")) text_ += '\n';
}

std::vector<std::string> linesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  while (!lines.empty() && lines.back().find_first_not_of(" \t\r") == std::string::npos) {
    lines.pop_back();
  }
  return lines;
}

}  // namespace troop::proxy::compiler
