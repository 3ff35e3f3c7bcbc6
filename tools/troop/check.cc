#include "tools/troop/check.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "runtime/error.h"
#include "tools/troop/bindings-check.h"
#include "tools/troop/hosting/hosting.h"
#include "tools/troop/job/documents-job.h"
#include "tools/troop/manifest/manifest.h"
#include "tools/troop/streams.h"

namespace troop::command {

ExitCode check(const std::filesystem::path& file) {
  try {
    const manifest::Manifest manifest = manifest::readManifest(file, job::documentsJobInterfaces());
    hosting::Hosting hosting(manifest, {.carriers = 1});
    hosting.compile();
    const std::vector<std::string> stale = staleBindings(manifest);
    for (const std::string& sentence : stale) printError(sentence + "\n");
    if (!stale.empty()) return ExitCode::manifestWrong;
    hosting.admit();
    printResult(fmt::format("{}: ok, {} {}{}\n", file.native(), manifest.troops.size(),
                            manifest.troops.size() == 1 ? "troop" : "troops",
                            manifest.documents ? ", a job" : ""));
    return ExitCode::done;
  } catch (const manifest::ManifestError& error) {
    printError(error.reason());
    return ExitCode::manifestWrong;
  } catch (const hosting::CompileError& error) {
    printError(error.reason());
    return ExitCode::manifestWrong;
  } catch (const Error& error) {
    printError("error: " + error.reason() + "\n");
    return ExitCode::hostFailed;
  }
}

}  // namespace troop::command
