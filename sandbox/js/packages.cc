#include "sandbox/js/packages.h"

#include <algorithm>
#include <array>

#include "runtime/error.h"

namespace troop::sandbox::js {

namespace {

// What a guest is, among the conditions that packages tell apart; "default" always holds.
constexpr std::array<std::string_view, 3> conditions = {"import", "module", "default"};

constexpr int nestingMax = 32;

// A target may not lead out of its package, nor into packages that lie in it.
bool leadsOut(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of("/\\"), path.size());
    const std::string_view segment = path.substr(0, end);
    if (segment == ".." || segment == "node_modules") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

// A longer path leads nowhere; and a few stars can be made to stand for any number of bytes.
constexpr std::size_t pathBytesMax = 4096;

// Nothing where it would be too long.
std::optional<std::string> withStar(std::string_view target, std::string_view star) {
  std::string path;
  for (const char c : target) {
    if (c == '*') {
      path += star;
    } else {
      path += c;
    }
    if (path.size() > pathBytesMax) return std::nullopt;
  }
  return path;
}

}  // namespace

Package::Package(std::string_view text, const std::string& where) {
  bool tooDeep = false;
  json_ = Json::parse(
      text,
      [&](int depth, Json::parse_event_t, Json&) {
        tooDeep = tooDeep || depth > nestingMax;
        return !tooDeep;
      },
      false);
  if (tooDeep || !json_.is_object()) {
    throw Error(ErrorKind::failed, where + ": is not a JSON object", ErrorDetail::none,
                Executed::no);
  }
}

bool Package::hasExports() const {
  const auto exports = json_.find("exports");
  return exports != json_.end() && !exports->is_null();
}

std::optional<std::string> Package::exported(std::string_view subpath) const {
  const Json& exports = json_.at("exports");
  // Without subpaths it is what the package's name alone means.
  const bool hasSubpaths =
      exports.is_object() && !exports.empty() && exports.begin().key().starts_with('.');
  if (hasSubpaths) return matched(exports, subpath);
  return subpath == "." ? target(exports, "") : std::nullopt;
}

std::optional<std::string> Package::imported(std::string_view specifier) const {
  const auto imports = json_.find("imports");
  if (imports == json_.end() || !imports->is_object()) return std::nullopt;
  return matched(*imports, specifier);
}

// The entry with this key, or else the longest pattern that fits it.
std::optional<std::string> Package::matched(const Json& entries, std::string_view key) const {
  const bool isPattern = key.find('*') != std::string_view::npos;
  if (const auto exact = entries.find(std::string(key)); exact != entries.end() && !isPattern) {
    return target(*exact, "");
  }
  const Json* best = nullptr;
  std::size_t bestPrefix = 0;
  std::string_view star;
  for (const auto& [pattern, value] : entries.items()) {
    const std::size_t at = pattern.find('*');
    if (at == std::string::npos) continue;
    const std::string_view prefix = std::string_view(pattern).substr(0, at);
    const std::string_view suffix = std::string_view(pattern).substr(at + 1);
    if (key.size() <= prefix.size() + suffix.size() || !key.starts_with(prefix) ||
        !key.ends_with(suffix))
      continue;
    if (best != nullptr && prefix.size() <= bestPrefix) continue;
    best = &value;
    bestPrefix = prefix.size();
    star = key.substr(prefix.size(), key.size() - prefix.size() - suffix.size());
  }
  return best != nullptr ? target(*best, star) : std::nullopt;
}

std::optional<std::string> Package::target(const Json& value, std::string_view star) const {
  if (value.is_string()) {
    std::optional<std::string> path = withStar(value.get_ref<const std::string&>(), star);
    if (!path || leadsOut(*path)) return std::nullopt;
    return path;
  }
  if (value.is_array()) {
    for (const Json& alternative : value) {
      if (auto path = target(alternative, star)) return path;
    }
  }
  if (value.is_object()) {
    for (const auto& [condition, alternative] : value.items()) {
      if (std::ranges::find(conditions, condition) == conditions.end()) continue;
      if (auto path = target(alternative, star)) return path;
      if (alternative.is_null()) return std::nullopt;
    }
  }
  return std::nullopt;
}

std::string Package::textMember(const char* name) const {
  const auto member = json_.find(name);
  return member != json_.end() && member->is_string() ? member->get<std::string>() : std::string();
}

std::vector<std::string> Package::mainFiles() const {
  std::vector<std::string> files;
  for (const char* name : {"module", "main"}) {
    std::string file = textMember(name);
    if (!file.empty()) files.push_back(std::move(file));
  }
  files.emplace_back("index.js");
  return files;
}

}  // namespace troop::sandbox::js
