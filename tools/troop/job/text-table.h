// A TextTable is rows of text under titles, aligned for people to read.
//
// Columns in which no row says anything are left out. Where the table is wider
// than it may be, its flexible column is cut; where that is not enough, it is
// told in parts below each other, each with the key columns.
//
// Ownership: a value. Threads: one at a time. Misuse: a row that has not a cell
// for each column.
//
//   TextTable table({{"troop", Align::left}, {"verdict", Align::left}}, {.keys
//   = 1, .flexible = 1}); table.add({"markdown", "served"});
//   std::fputs(table.text(80).c_str(), stdout);
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace troop::job {

enum class Align { left, right };

class TextTable {
 public:
  struct Column {
    std::string_view title;
    Align align;
  };
  struct Layout {
    std::size_t keys;      // so many columns, from the left, are in each part
    std::size_t flexible;  // the column that is cut first
  };
  using Row = std::vector<std::string>;

  TextTable(std::vector<Column> columns, Layout layout);

  void add(Row row) { rows_.push_back(std::move(row)); }
  bool empty() const noexcept { return rows_.size() == 1; }

  // Lines of at most `columnsMax` characters, as far as key columns and one
  // other allow it.
  std::string text(std::size_t columnsMax) const;

 private:
  using Indices = std::vector<std::size_t>;

  Indices columnsWithText() const;
  std::size_t naturalWidth(std::size_t column) const;
  std::string part(const Indices& columns, const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  Layout layout_;
  std::vector<Row> rows_;  // the titles first
};

}  // namespace troop::job
