#include "tools/troop/bind.h"

#include <fmt/format.h>

#include <string>

#include "runtime/error.h"
#include "tools/troop/binding/bindings.h"
#include "tools/troop/binding/text-file.h"
#include "tools/troop/streams.h"

namespace troop::command {

ExitCode bind(const BindOptions& options) {
  try {
    const binding::Bindings bindings(options.schema);
    const std::filesystem::path folder =
        options.folder.empty() ? options.schema.parent_path() : options.folder;
    std::string written;
    // All is made before anything is written: a failure leaves no half of it.
    for (const auto& file : bindings.files(binding::bindingLanguage(options.language))) {
      const std::filesystem::path place = folder / file.path;
      const binding::Change change = binding::writeTextFile(place, file.text);
      written += fmt::format("{}: {}\n", place.native(),
                             change == binding::Change::written ? "written" : "as it should be");
    }
    printResult(written);
    return ExitCode::done;
  } catch (const Error& error) {
    printError("error: " + error.reason() + "\n");
    return ExitCode::manifestWrong;
  }
}

}  // namespace troop::command
