#include "tools/troop/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "runtime/error.h"
#include "tools/troop/hosting/hosting.h"
#include "tools/troop/interrupt.h"
#include "tools/troop/job/assessment.h"
#include "tools/troop/job/documents-job.h"
#include "tools/troop/job/progress.h"
#include "tools/troop/job/report.h"
#include "tools/troop/manifest/manifest.h"

namespace troop::command {
namespace {

constexpr Duration watchPause = 100ms;
// Between lines on progress, where there is no terminal to rewrite one.
constexpr Duration plainPause = 5s;

manifest::Manifest readManifest(const RunOptions& options) {
  manifest::Manifest manifest =
      manifest::readManifest(options.manifest, job::documentsJobInterfaces());
  if (manifest.documents) {
    if (options.alone) manifest.documents->alone = *options.alone;
    if (options.underAttack) manifest.documents->underAttack = *options.underAttack;
    if (options.bounds) manifest.documents->bounds = *options.bounds;
    if (options.results) manifest.documents->output = *options.results;
  }
  return manifest;
}

// Hosts troops that have no job, until all have ended or somebody interrupts.
job::Report host(const manifest::Manifest& manifest, hosting::Hosting& hosting,
                 job::Progress& progress, const std::atomic<bool>& interrupted) {
  hosting.compile();
  hosting.startAll();
  const std::size_t count = manifest.troops.size();
  progress.say(fmt::format("{} hosted; Ctrl-C ends {}",
                           count == 1 ? "1 troop is" : fmt::format("{} troops are", count),
                           count == 1 ? "it" : "them"));
  const auto ended = [](const auto& hosted) { return hosted->waitEnd(after(watchPause)); };
  while (!interrupted && !std::all_of(hosting.troops().begin(), hosting.troops().end(), ended)) {
  }
  job::Report report;
  for (const auto& hosted : hosting.troops()) {
    report.troops.push_back(job::figures(hosted->entry(), hosted->fate()));
  }
  hosting.stop("the run is over");
  return report;
}

job::Report perform(const manifest::Manifest& manifest, const RunOptions& options,
                    job::Progress& progress, const std::atomic<bool>& interrupted) {
  const auto log = [&progress](const sandbox::allow::Log::Line& line) {
    progress.say(fmt::format("{}: {}", line.guest, line.text));
  };
  hosting::Hosting hosting(manifest, {.carriers = options.carriers, .log = log});
  if (!manifest.documents) return host(manifest, hosting, progress, interrupted);
  return job::DocumentsJob(manifest, hosting, progress, interrupted).run();
}

bool print(const job::Report& report, RunOptions::Output output) {
  const std::string text =
      output == RunOptions::Output::json ? job::json(report) : job::table(report);
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written;
}

}  // namespace

ExitCode run(const RunOptions& options) {
  job::Progress progress(STDERR_FILENO, job::Progress::styleOf(STDERR_FILENO), plainPause);
  try {
    const manifest::Manifest manifest = readManifest(options);
    const std::atomic<bool>& interrupted = installInterrupt();
    const job::Report report = perform(manifest, options, progress, interrupted);
    // What was said before comes before, where both go to one place.
    progress.flush();
    if (!print(report, options.output)) {
      throw Error(ErrorKind::failed, "standard output cannot be written");
    }
    if (interrupted) {
      progress.say("interrupted; this is what there was until then");
      return ExitCode::interrupted;
    }
    for (const std::string& fault : report.faults) progress.say("error: " + fault);
    return report.faults.empty() ? ExitCode::done : ExitCode::jobFailed;
  } catch (const manifest::ManifestError& error) {
    progress.say(error.reason());
    return ExitCode::manifestWrong;
  } catch (const hosting::CompileError& error) {
    progress.say(error.reason());
    return ExitCode::manifestWrong;
  } catch (const Error& error) {
    progress.say("error: " + error.reason());
    return ExitCode::hostFailed;
  }
}

}  // namespace troop::command
