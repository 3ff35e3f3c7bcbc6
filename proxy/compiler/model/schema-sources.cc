#include "proxy/compiler/model/schema-sources.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>

namespace troop::proxy::compiler {
namespace {

struct Token {
  std::string_view text;
  unsigned line;
};

bool isWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Words and single punctuation characters; strings and comments are left out.
std::vector<Token> tokens(std::string_view schema) {
  std::vector<Token> found;
  unsigned line = 1;
  for (std::size_t i = 0; i < schema.size();) {
    const char c = schema[i];
    if (c == '\n') {
      ++line;
      ++i;
    } else if (c == '#') {
      while (i < schema.size() && schema[i] != '\n') ++i;
    } else if (c == '"') {
      for (++i; i < schema.size() && schema[i] != c; ++i) {
        if (schema[i] == '\n') ++line;
        if (schema[i] == '\\') ++i;
      }
      ++i;
    } else if (isWord(c)) {
      std::size_t end = i;
      while (end < schema.size() && isWord(schema[end])) ++end;
      found.push_back({schema.substr(i, end - i), line});
      i = end;
    } else {
      if (std::isspace(static_cast<unsigned char>(c)) == 0) {
        found.push_back({schema.substr(i, 1), line});
      }
      ++i;
    }
  }
  return found;
}

class Scanner {
 public:
  explicit Scanner(std::string_view schema) : tokens_(tokens(schema)) {}

  Lines scan() {
    while (position_ < tokens_.size()) block("");
    return std::move(lines_);
  }

 private:
  bool at(std::string_view text) const { return isAt(position_, text); }
  bool isAt(std::size_t position, std::string_view text) const {
    return position < tokens_.size() && tokens_[position].text == text;
  }
  bool isWordAt(std::size_t position) const {
    return position < tokens_.size() && isWord(tokens_[position].text.front());
  }

  void note(const std::string& path, unsigned line) { lines_.emplace(path, line); }

  static std::string join(const std::string& scope, std::string_view name) {
    return scope.empty() ? std::string(name) : fmt::format("{}.{}", scope, name);
  }

  // Declarations until the brace that closes them.
  void block(const std::string& scope) {
    while (position_ < tokens_.size()) {
      if (at("}")) {
        ++position_;
        return;
      }
      declaration(scope);
    }
  }

  void declaration(const std::string& scope) {
    static constexpr std::string_view keywords[] = {"struct", "interface",  "enum",
                                                    "const",  "annotation", "using"};
    bool keyword = false;
    for (std::string_view word : keywords) keyword = keyword || at(word);
    std::string inner = scope;
    if (keyword && isWordAt(position_ + 1)) {
      inner = join(scope, tokens_[position_ + 1].text);
      note(inner, tokens_[position_ + 1].line);
    } else if (isWordAt(position_) && !(at("union") && isAt(position_ + 1, "{"))) {
      inner = join(scope, tokens_[position_].text);
      note(inner, tokens_[position_].line);
      parameterLists(inner);
    }
    skipStatement();
    if (at("{")) {
      ++position_;
      block(inner);
    } else if (at(";")) {
      ++position_;
    }
  }

  // Notes the parameters and results of a method, if this is one.
  void parameterLists(const std::string& method) {
    std::size_t i = position_ + 1;
    if (isAt(i, "@")) i += 2;
    if (isAt(i, "[")) {
      while (i < tokens_.size() && !isAt(i, "]")) ++i;
      ++i;
    }
    if (isAt(i, "(")) i = parameters(i, method + "$Params");
    while (i < tokens_.size() && !isAt(i, ";") && !isAt(i, "{") && !isAt(i, ":")) {
      if (isAt(i, ">") && isAt(i + 1, "(")) {
        parameters(i + 1, method + "$Results");
        return;
      }
      ++i;
    }
  }

  // From its opening parenthesis; returns the place after its closing one.
  std::size_t parameters(std::size_t i, const std::string& path) {
    int depth = 0;
    for (; i < tokens_.size(); ++i) {
      if (isAt(i, "(") || isAt(i, "[")) ++depth;
      if (isAt(i, ")") || isAt(i, "]")) --depth;
      if (depth == 0) return i + 1;
      const bool first = isAt(i - 1, "(") || isAt(i - 1, ",");
      if (depth == 1 && first && isWordAt(i)) {
        note(join(path, tokens_[i].text), tokens_[i].line);
      }
    }
    return i;
  }

  // To the semicolon or brace that ends the words of a declaration.
  void skipStatement() {
    int depth = 0;
    for (; position_ < tokens_.size(); ++position_) {
      if (at("(") || at("[")) ++depth;
      if (at(")") || at("]")) --depth;
      if (depth <= 0 && (at(";") || at("{") || at("}"))) return;
    }
  }

  std::vector<Token> tokens_;
  std::size_t position_ = 0;
  Lines lines_;
};

std::optional<std::string> contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> commandLine(const std::filesystem::path& process) {
  std::vector<std::string> arguments;
  const std::string text = contents(process / "cmdline").value_or("");
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\0', begin), text.size());
    arguments.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return arguments;
}

}  // namespace

Lines declarationLines(std::string_view schema) {
  return Scanner(schema).scan();
}

std::vector<std::filesystem::path> schemaFolders(const std::vector<std::string>& command,
                                                 const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> folders;
  const auto add = [&](const std::string& folder) { folders.push_back(directory / folder); };
  for (std::size_t i = 0; i < command.size(); ++i) {
    const std::string& argument = command[i];
    for (std::string_view option : {"--src-prefix", "--import-path", "-I"}) {
      if (!argument.starts_with(option)) continue;
      std::string value = argument.substr(option.size());
      if (value.starts_with('=')) value.erase(0, 1);
      if (value.empty() && i + 1 < command.size()) value = command[i + 1];
      add(value);
    }
  }
  // Schemas given by an absolute path are named by it, without its first slash.
  for (const char* folder : {".", "/", "/usr/include", "/usr/local/include"}) add(folder);
  return folders;
}

SchemaSources SchemaSources::ofCaller() {
  const std::filesystem::path process = fmt::format("/proc/{}", getppid());
  std::error_code error;
  std::filesystem::path directory = std::filesystem::read_symlink(process / "cwd", error);
  if (error) directory = std::filesystem::current_path();
  return SchemaSources(schemaFolders(commandLine(process), directory));
}

unsigned SchemaSources::line(std::string_view file, std::string_view path) {
  const Lines& lines = linesOf(file);
  if (lines.empty()) return 0;
  if (path.empty()) return 1;
  // A declaration that the scanner missed is near the one around it.
  for (std::string_view place = path;; place = place.substr(0, place.find_last_of(".$"))) {
    const auto found = lines.find(place);
    if (found != lines.end()) return found->second;
    if (place.find_last_of(".$") == std::string_view::npos) return 0;
  }
}

const Lines& SchemaSources::linesOf(std::string_view file) {
  const auto known = files_.find(file);
  if (known != files_.end()) return known->second;
  Lines lines;
  for (const std::filesystem::path& folder : folders_) {
    if (std::optional<std::string> schema = contents(folder / file)) {
      lines = declarationLines(*schema);
      break;
    }
  }
  return files_.emplace(std::string(file), std::move(lines)).first->second;
}

}  // namespace troop::proxy::compiler
