#include "tools/troop/bind.h"

#include <fmt/format.h>

#include <cstdio>

#include "runtime/error.h"
#include "sandbox/printable.h"
#include "tools/troop/binding/bindings.h"
#include "tools/troop/binding/text-file.h"

namespace troop::command {

ExitCode bind(const BindOptions& options) {
  try {
    const binding::Bindings bindings(options.schema);
    const std::filesystem::path folder =
        options.folder.empty() ? options.schema.parent_path() : options.folder;
    // All is made before anything is written: a failure leaves no half of it.
    for (const auto& file : bindings.files(binding::bindingLanguage(options.language))) {
      const std::filesystem::path place = folder / file.path;
      const binding::Change change = binding::writeTextFile(place, file.text);
      // Schemas chose the names of those that they import.
      fmt::print("{}: {}\n", sandbox::printableLines(place.native()),
                 change == binding::Change::written ? "written" : "as it should be");
    }
    return ExitCode::done;
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", sandbox::printableLines(error.reason()));
    return ExitCode::manifestWrong;
  }
}

}  // namespace troop::command
