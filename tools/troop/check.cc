#include "tools/troop/check.h"

#include <fmt/format.h>

#include <cstdio>

#include "runtime/error.h"
#include "sandbox/printable.h"
#include "tools/troop/hosting/hosting.h"
#include "tools/troop/job/documents-job.h"
#include "tools/troop/manifest/manifest.h"

namespace troop::command {

ExitCode check(const std::filesystem::path& file) {
  try {
    const manifest::Manifest manifest = manifest::readManifest(file, job::documentsJobInterfaces());
    hosting::Hosting hosting(manifest, {.carriers = 1});
    hosting.compile();
    hosting.admit();
    fmt::print("{}: ok, {} {}{}\n", file.native(), manifest.troops.size(),
               manifest.troops.size() == 1 ? "troop" : "troops",
               manifest.documents ? ", a job" : "");
    return ExitCode::done;
  } catch (const manifest::ManifestError& error) {
    fmt::print(stderr, "{}", sandbox::printableLines(error.reason()));
    return ExitCode::manifestWrong;
  } catch (const hosting::CompileError& error) {
    fmt::print(stderr, "{}", sandbox::printableLines(error.reason()));
    return ExitCode::manifestWrong;
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", sandbox::printableLines(error.reason()));
    return ExitCode::hostFailed;
  }
}

}  // namespace troop::command
