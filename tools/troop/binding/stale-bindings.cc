#include "tools/troop/binding/stale-bindings.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "runtime/error.h"
#include "tools/troop/binding/bindings.h"
#include "tools/troop/binding/text-file.h"

namespace troop::binding {
namespace {

constexpr std::size_t bindingBytesMax = std::size_t{16} << 20;

std::filesystem::path normal(const std::filesystem::path& folder) {
  return folder.empty() ? "." : folder.lexically_normal();
}

std::string command(const std::filesystem::path& schema, const std::filesystem::path& folder,
                    std::string_view plugin) {
  std::string text = fmt::format("troop bind {}", schema.native());
  if (plugin == "cpp") text += " --lang cpp";
  std::error_code status;
  const bool isBeside = std::filesystem::equivalent(normal(schema.parent_path()), folder, status);
  return isBeside ? text : fmt::format("{} --into {}", text, folder.native());
}

// The first of `files` that is in the folder with another text.
std::optional<std::filesystem::path> firstStale(const std::vector<File>& files,
                                                const std::filesystem::path& folder) {
  for (const File& file : files) {
    const std::filesystem::path place = (folder / file.path).lexically_normal();
    const Expected<std::string> text = readTextFile(place, bindingBytesMax);
    if (text.succeeded() && text.value() != file.text) return place;
  }
  return std::nullopt;
}

}  // namespace

std::vector<StaleBinding> staleBindings(const std::filesystem::path& schema,
                                        const std::filesystem::path& folder) {
  std::vector<StaleBinding> stale;
  try {
    const Bindings bindings(schema);
    for (const std::string_view plugin : {"js", "cpp"}) {
      const auto found = firstStale(bindings.files(bindingLanguage(plugin)), normal(folder));
      if (found) stale.push_back({*found, command(schema, normal(folder), plugin)});
    }
  } catch (const Error&) {
    // The schema was read already, and its mistakes told: what is missing is the schema compiler,
    // or the schema has what bindings cannot express, so that there are none.
  }
  return stale;
}

}  // namespace troop::binding
