#include "tools/troop/call.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proxy/answer.h"
#include "runtime/error.h"
#include "runtime/time.h"
#include "runtime/units.h"
#include "tools/troop/bindings-check.h"
#include "tools/troop/calling/method.h"
#include "tools/troop/hosting/hosting.h"
#include "tools/troop/interrupt.h"
#include "tools/troop/job/documents-job.h"
#include "tools/troop/job/latencies.h"
#include "tools/troop/job/progress.h"
#include "tools/troop/manifest/manifest.h"
#include "tools/troop/manifest/schemas.h"
#include "tools/troop/manifest/troop-section.h"
#include "tools/troop/streams.h"

namespace troop::command {
namespace {

constexpr Duration watchPause = 100ms;

const manifest::TroopEntry& entryOf(const manifest::Manifest& manifest, const std::string& troop) {
  const manifest::TroopEntry* entry = manifest.find(troop);
  if (entry == nullptr) {
    throw Error(ErrorKind::failed, manifest::noSuchTroop(troop, manifest.troops));
  }
  if (!entry->serves) {
    throw Error(ErrorKind::failed, fmt::format("troop '{}' serves nothing that could be called; "
                                               "give it 'serves = \"FILE.capnp:INTERFACE\"'",
                                               troop));
  }
  return *entry;
}

// Leaves that troop, those that it is granted, and no job. Who is granted stands later.
void keepWhatServes(manifest::Manifest& manifest, const std::string& troop) {
  std::set<std::string, std::less<>> needed{troop};
  for (auto entry = manifest.troops.rbegin(); entry != manifest.troops.rend(); ++entry) {
    if (!needed.contains(entry->name.value)) continue;
    for (const manifest::GrantEntry& grant : entry->grants) {
      const auto* granted = std::get_if<manifest::TroopGrant>(&grant.permission);
      if (granted != nullptr) needed.insert(granted->troop.value);
    }
  }
  std::erase_if(manifest.troops,
                [&](const auto& entry) { return !needed.contains(entry.name.value); });
  manifest.documents.reset();
}

// Calls, one after the other, and what they took.
class Calls {
 public:
  Calls(const calling::Method& method, const CallOptions& options)
      : method_(method), options_(options) {}

  // The results of the last one; nothing where it was interrupted. Throws the error of the first
  // call that fails.
  std::optional<std::string> make(const proxy::Capability& target, Time started,
                                  const std::atomic<bool>& interrupted) {
    for (unsigned i = 0; i < options_.repetitions; ++i) {
      proxy::Message params = method_.params(options_.parameters);
      const Time begin = now();
      const Ref<proxy::Answer> answer = target.call(method_.id(), std::move(params));
      while (answer->wait(after(watchPause)) == WaitResult::timedOut) {
        if (!interrupted) continue;
        answer->cancel(Error(ErrorKind::disconnected, "interrupted", ErrorDetail::cancelled));
        return std::nullopt;
      }
      if (i == 0) {
        first_ = now() - started;
      } else {
        latencies_.add(now() - begin);
      }
      results_ = answer->take().value();
      if (interrupted) return std::nullopt;
    }
    return method_.results(*results_);
  }

  // Only where there were several.
  std::string figures(const sandbox::Usage& usage) const {
    return fmt::format(
        "the first of {} calls was answered {} after the start, the others in {} (p50) and {} "
        "(p99); memory {} at most, CPU time {}",
        options_.repetitions, describeRounded(first_), describeRounded(latencies_.quantile(0.5)),
        describeRounded(latencies_.quantile(0.99)), describeBytes(usage.memoryPeakBytes),
        describeRounded(usage.cpu + usage.cpuOnLoans));
  }

 private:
  static std::string describeRounded(Duration duration) {
    const double micros = std::chrono::duration<double, std::micro>(duration).count();
    return micros < 1000 ? fmt::format("{:.1f} us", micros)
                         : fmt::format("{:.2f} ms", micros / 1000);
  }

  const calling::Method& method_;
  const CallOptions& options_;
  Duration first_{};
  job::Latencies latencies_;
  std::optional<proxy::Message> results_;
};

// A line that says why the call failed, and whether its troop has died of it. A plugin that does
// not know the method may have another interface than its manifest says.
std::string failure(const CallOptions& options, const Error& error, const std::string& interface,
                    const hosting::HostedTroop& hosted) {
  std::string text =
      fmt::format("error: {} of troop '{}': {}", options.method, options.troop, error.reason());
  if (error.kind() == ErrorKind::unimplemented) {
    text += fmt::format("; by its manifest it serves {}", interface);
  }
  for (const auto& [verdict, count] : hosted.fate().deaths) {
    if (text.find(verdict) == std::string::npos) text += fmt::format("; the troop: {}", verdict);
  }
  return text;
}

ExitCode perform(const CallOptions& options, job::Progress& progress) {
  manifest::Manifest manifest =
      manifest::readManifest(options.manifest, job::documentsJobInterfaces());
  const manifest::Interface serves = *entryOf(manifest, options.troop).serves;
  manifest::Schemas schemas;
  const calling::Method method(schemas.schema(serves.schema, serves.name).value(), options.method);
  (void)method.params(options.parameters);  // what is wrong with them is told before all else
  keepWhatServes(manifest, options.troop);
  for (const std::string& stale : staleBindings(manifest)) progress.say("warning: " + stale);

  const auto log = [&progress](const sandbox::allow::Log::Line& line) {
    progress.say(fmt::format("{}: {}", line.guest, line.text));
  };
  const std::atomic<bool>& interrupted = installInterrupt();
  hosting::Hosting hosting(manifest, {.log = log});
  hosting.compile();
  const Time started = now();
  hosting.startAll();
  hosting::HostedTroop& hosted = hosting.find(options.troop);
  Calls calls(method, options);
  try {
    const std::optional<std::string> results =
        calls.make(hosted.capability(), started, interrupted);
    if (!results) {
      progress.say("interrupted");
      return ExitCode::interrupted;
    }
    printResult(*results + "\n");
    if (options.repetitions > 1) progress.say(calls.figures(hosted.fate().usage));
    return ExitCode::done;
  } catch (const Error& error) {
    progress.say(failure(options, error, serves.name, hosted));
    return ExitCode::jobFailed;
  }
}

}  // namespace

ExitCode call(const CallOptions& options) {
  job::Progress progress(STDERR_FILENO, job::Progress::styleOf(STDERR_FILENO));
  try {
    return perform(options, progress);
  } catch (const manifest::ManifestError& error) {
    printError(error.reason());
    return ExitCode::manifestWrong;
  } catch (const hosting::CompileError& error) {
    printError(error.reason());
    return ExitCode::manifestWrong;
  } catch (const Error& error) {
    progress.say("error: " + error.reason());
    return error.kind() == ErrorKind::failed ? ExitCode::usageWrong : ExitCode::hostFailed;
  }
}

}  // namespace troop::command
