#include "tools/troop/binding/text-file.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "runtime/error.h"

namespace troop::binding {

Change writeTextFile(const std::filesystem::path& file, std::string_view text) {
  {
    std::ifstream old(file, std::ios::binary);
    if (old && std::string(std::istreambuf_iterator<char>(old), {}) == text) return Change::none;
  }
  std::error_code status;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), status);
  std::ofstream written(file, std::ios::binary | std::ios::trunc);
  written << text;
  written.close();
  if (!written) throw Error(ErrorKind::failed, fmt::format("cannot write {}", file.native()));
  return Change::written;
}

}  // namespace troop::binding
