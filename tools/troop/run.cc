#include "tools/troop/run.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "runtime/inspect/dump-on-signal.h"
#include "tools/troop/bindings-check.h"
#include "tools/troop/hosting/hosting.h"
#include "tools/troop/interrupt.h"
#include "tools/troop/job/assessment.h"
#include "tools/troop/job/documents-job.h"
#include "tools/troop/job/progress.h"
#include "tools/troop/job/report.h"
#include "tools/troop/manifest/manifest.h"
#include "tools/troop/streams.h"
#include "tools/troop/trace-file.h"

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

// Tells each death of a troop once, however often it is started again and dies of the same.
class Deaths {
 public:
  explicit Deaths(job::Progress& progress) : progress_(progress) {}

  void look(const hosting::HostedTroop& hosted) {
    const std::string& troop = hosted.entry().name.value;
    for (const auto& [verdict, count] : hosted.fate().deaths) {
      if (!told_.insert({troop, verdict}).second) continue;
      progress_.say(fmt::format("troop '{}' has died: {}", troop, verdict));
    }
  }

 private:
  job::Progress& progress_;
  std::set<std::pair<std::string, std::string>> told_;
};

// Waits a while for what has not ended; whether all have.
bool watch(const hosting::Hosting& hosting, Deaths& deaths) {
  bool all = true;
  for (const auto& hosted : hosting.troops()) {
    // For the first that goes on; at the others it only looks.
    if (!hosted->waitEnd(all ? after(watchPause) : now())) all = false;
    deaths.look(*hosted);
  }
  return all;
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
  Deaths deaths(progress);
  bool ended = false;
  while (!interrupted && !ended) ended = watch(hosting, deaths);
  job::Report report;
  for (const auto& hosted : hosting.troops()) {
    report.troops.push_back(job::figures(hosted->entry(), hosted->fate()));
  }
  if (ended) report.faults.emplace_back("every troop has died; nothing is hosted any more");
  hosting.stop("the run is over");
  return report;
}

job::Report perform(const manifest::Manifest& manifest, const RunOptions& options,
                    job::Progress& progress, const std::atomic<bool>& interrupted) {
  const auto log = [&progress](const sandbox::allow::Log::Line& line) {
    progress.say(fmt::format("{}: {}", line.guest, line.text));
  };
  hosting::Hosting hosting(manifest, {.carriers = options.carriers, .log = log});
  const inspect::DumpOnSignal dump(hosting.process(), SIGQUIT);
  std::optional<TraceFile> trace;
  if (options.trace) trace.emplace(hosting.process(), *options.trace);
  job::Report report = manifest.documents
                           ? job::DocumentsJob(manifest, hosting, progress, interrupted).run()
                           : host(manifest, hosting, progress, interrupted);
  if (trace) progress.say(trace->finish());
  return report;
}

// What the terminal has room for; elsewhere what people can read in a file.
std::size_t tableColumns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
      size.ws_col == 0) {
    return job::tableColumnsMax;
  }
  return std::min(job::tableColumnsMax, std::size_t{size.ws_col});
}

}  // namespace

ExitCode run(const RunOptions& options) {
  job::Progress progress(STDERR_FILENO, job::Progress::styleOf(STDERR_FILENO), plainPause);
  try {
    const manifest::Manifest manifest = readManifest(options);
    for (const std::string& stale : staleBindings(manifest)) progress.say("warning: " + stale);
    const std::atomic<bool>& interrupted = installInterrupt();
    const job::Report report = perform(manifest, options, progress, interrupted);
    // What was said before comes before, where both go to one place.
    progress.flush();
    printResult(options.output == RunOptions::Output::json ? job::json(report)
                                                           : job::table(report, tableColumns()));
    if (interrupted) {
      progress.say("interrupted; this is what there was until then");
      return ExitCode::interrupted;
    }
    for (const std::string& fault : report.faults) progress.say("error: " + fault);
    return report.faults.empty() ? ExitCode::done : ExitCode::jobFailed;
  } catch (const manifest::ManifestError& error) {
    printError(error.reason());
    return ExitCode::manifestWrong;
  } catch (const hosting::CompileError& error) {
    printError(error.reason());
    return ExitCode::manifestWrong;
  } catch (const Error& error) {
    progress.say("error: " + error.reason());
    return ExitCode::hostFailed;
  }
}

}  // namespace troop::command
