#include "tools/troop/job/text-table.h"

#include <algorithm>
#include <utility>

namespace troop::job {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::string_view ellipsis = "...";
// What is left of a column that is cut, however wide the others are.
constexpr std::size_t cutMin = 20;

bool isCharacterBegin(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

// Characters, not bytes: what a terminal makes room for.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, isCharacterBegin));
}

// Cut to so many characters, where it is longer.
std::string cut(const std::string& text, std::size_t characters) {
  if (width(text) <= characters) return text;
  std::string shorter;
  std::size_t left = characters - std::min(characters, ellipsis.size()) + 1;
  for (const char c : text) {
    if (isCharacterBegin(c) && --left == 0) break;
    shorter += c;
  }
  return shorter.append(ellipsis);
}

}  // namespace

TextTable::TextTable(std::vector<Column> columns, Layout layout)
    : columns_(std::move(columns)), layout_(layout) {
  Row titles;
  for (const Column& column : columns_) titles.emplace_back(column.title);
  rows_.push_back(std::move(titles));
}

TextTable::Indices TextTable::columnsWithText() const {
  Indices indices;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool hasText = std::any_of(rows_.begin() + 1, rows_.end(),
                                     [i](const Row& row) { return !row[i].empty(); });
    if (hasText || empty() || i < layout_.keys) indices.push_back(i);
  }
  return indices;
}

std::size_t TextTable::naturalWidth(std::size_t column) const {
  std::size_t widest = 0;
  for (const Row& row : rows_) widest = std::max(widest, width(row[column]));
  return widest;
}

std::string TextTable::text(std::size_t columnsMax) const {
  const Indices shown = columnsWithText();
  std::vector<std::size_t> widths(columns_.size());
  std::size_t all = 0;
  for (const std::size_t column : shown) {
    widths[column] = naturalWidth(column);
    all += widths[column] + (column == shown.front() ? 0 : gap.size());
  }
  if (all > columnsMax) {
    std::size_t& flexible = widths[layout_.flexible];
    const std::size_t others = all - flexible;
    flexible = std::min(flexible, std::max(columnsMax - std::min(columnsMax, others), cutMin));
  }

  const Indices keys(shown.begin(), shown.begin() + static_cast<std::ptrdiff_t>(layout_.keys));
  std::size_t keysWidth = 0;
  for (const std::size_t key : keys) keysWidth += widths[key] + (key == 0 ? 0 : gap.size());
  std::string text;
  Indices columns = keys;
  std::size_t used = keysWidth;
  for (auto column = shown.begin() + static_cast<std::ptrdiff_t>(layout_.keys);
       column != shown.end(); ++column) {
    const std::size_t needed = gap.size() + widths[*column];
    if (used + needed > columnsMax && columns.size() > keys.size()) {
      text += part(columns, widths) + "\n";
      columns = keys;
      used = keysWidth;
    }
    columns.push_back(*column);
    used += needed;
  }
  return text + part(columns, widths);
}

std::string TextTable::part(const Indices& columns, const std::vector<std::size_t>& widths) const {
  std::string text;
  for (const Row& row : rows_) {
    std::string line;
    for (const std::size_t column : columns) {
      if (column != columns.front()) line += gap;
      const std::string cell = cut(row[column], widths[column]);
      const std::string rest(widths[column] - width(cell), ' ');
      line += columns_[column].align == Align::left ? cell + rest : rest + cell;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace troop::job
