// What a package.json says about where a package's modules are: node's rules for `exports` and
// `imports`, and what came before them.
//
// Pure functions over the file's text; no file is touched. Limits: packageMembersMax; what a target
// becomes, targetBytesMax: a longer one is none. Throws Error (failed) where the file is malformed
// or has too many members.
//
//   Package package(text);
//   package.exported("./extra")            // "./lib/extra.js", if there is such an entrance
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troop::sandbox::js {

// The host works on these texts for a plugin whose own limits do not count that: they are bounded
// by what packages have, not by what memory bears.
inline constexpr std::size_t targetBytesMax = std::size_t{4} << 10;
inline constexpr std::size_t packageMembersMax = 16'384;

class Package {
 public:
  // `where` is what errors call the file.
  Package(std::string_view text, const std::string& where);

  // Whether `exports` says what is an entrance; then nothing else is.
  bool hasExports() const;

  // The file, relative to the package ("./lib/a.js"), that others reach by the subpath: "." for the
  // package's name alone, "./x" for name/x. Only for packages that have exports.
  std::optional<std::string> exported(std::string_view subpath) const;

  // The same for what the package's own modules call "#x"; may also be the name of another package.
  std::optional<std::string> imported(std::string_view specifier) const;

  // Where a package without exports begins, in order of preference; relative to the package.
  std::vector<std::string> mainFiles() const;

  std::string name() const { return textMember("name"); }

 private:
  // Objects keep the order of the file: the first condition that holds decides.
  using Json = nlohmann::ordered_json;

  std::optional<std::string> matched(const Json& entries, std::string_view key) const;
  std::optional<std::string> target(const Json& value, std::string_view star) const;
  std::string textMember(const char* name) const;

  Json json_;
};

}  // namespace troop::sandbox::js
