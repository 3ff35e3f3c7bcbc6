// Writer puts generated code together, line by line, indented.
//
//   Writer writer;
//   writer.line("class {} {{", name);
//   { Writer::Indented indented(writer); writer.line("value = 1;"); }
//   writer.line("}}");
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troop::proxy::compiler {

class Writer {
 public:
  static constexpr std::size_t columnsMax = 100;

  void line() { text_ += '\n'; }
  void verbatim(std::string_view line);

  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    verbatim(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  // `begin` + items, separated by commas + `end`, in one line or in as many as it takes: list()
  // leaves `end` behind the last item, block() puts it in a line of its own.
  void list(std::string_view begin, const std::vector<std::string>& items, std::string_view end);
  void block(std::string_view begin, const std::vector<std::string>& items, std::string_view end);

  // Whether a line is short enough.
  bool fits(std::string_view line) const { return columns_ + line.size() <= columnsMax; }

  // Comments: `prefix` before each line of `text`, without the blank ones at its end.
  void comment(std::string_view prefix, std::string_view text);

  // An empty line between two parts of a file, once.
  void gap();

  const std::string& text() const { return text_; }

  // Lines are indented further as long as it lives.
  class Indented {
   public:
    explicit Indented(Writer& writer, unsigned columns = 2) : writer_(writer), columns_(columns) {
      writer_.columns_ += columns_;
    }
    ~Indented() { writer_.columns_ -= columns_; }
    Indented(const Indented&) = delete;
    Indented& operator=(const Indented&) = delete;

   private:
    Writer& writer_;
    unsigned columns_;
  };

 private:
  bool inOneLine(std::string_view begin, const std::vector<std::string>& items,
                 std::string_view end);
  void rows(const std::vector<std::string>& items, std::string_view end);

  std::string text_;
  unsigned columns_ = 0;
};

// The lines of a text, without the blank ones at its end.
std::vector<std::string> linesOf(std::string_view text);

}  // namespace troop::proxy::compiler
