#include "tools/troop/job/documents-job.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "tools/troop/job/assessment.h"

namespace troop::job {
namespace {

// How long attackers may take that have not come to their end in the phase under attack: on a
// machine that has other work, CPU time takes its time.
constexpr Duration verdictPatience = 120s;
constexpr Duration verdictPause = 20ms;

// Nothing for a phase in which nothing was measured.
std::optional<LatencyFigures> latencyFigures(const Latencies& latencies) {
  if (latencies.count() == 0) return std::nullopt;
  return LatencyFigures{latencies.quantile(0.5), latencies.quantile(0.99), latencies.count()};
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string outlineJson(const documents::Outline& outline) {
  nlohmann::ordered_json object = {{"words", outline.words},
                                   {"readingSeconds", outline.readingSeconds},
                                   {"headings", nlohmann::ordered_json::array()},
                                   {"links", nlohmann::ordered_json::array()}};
  for (const auto& heading : outline.headings) {
    object["headings"].push_back({{"level", heading.level}, {"text", heading.text}});
  }
  for (const auto& link : outline.links) {
    object["links"].push_back({{"target", link.target}, {"text", link.text}});
  }
  return object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void writeFile(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) {
    throw Error(ErrorKind::failed, file.native() + ": cannot be written");
  }
}

}  // namespace

manifest::JobInterfaces documentsJobInterfaces() {
  return {documents::Renderer::interfaceId, documents::Outliner::interfaceId};
}

DocumentsJob::DocumentsJob(const manifest::Manifest& manifest, hosting::Hosting& hosting,
                           Progress& progress, const std::atomic<bool>& interrupted)
    : manifest_(manifest),
      job_(*manifest.documents),
      hosting_(hosting),
      progress_(progress),
      interrupted_(interrupted) {}

Report DocumentsJob::run() {
  prepare();
  startServed();
  load_ = std::make_unique<Load>(
      hosting_.process(),
      Servers{documents::Renderer(hosting_.find(job_.renderer).capability()),
              documents::Outliner(hosting_.find(job_.outliner).capability())},
      items_, [this] { tick(); });
  measure();
  // Before anything is stopped, so that nothing is reported that only the end of the run has
  // caused.
  Report result = report();
  hosting_.stop("the run is over");
  writeResults();
  return result;
}

void DocumentsJob::prepare() {
  for (const auto& entry : job_.documents) addDocument(entry);
  progress_.say(fmt::format("compiling the code of {} troops", manifest_.troops.size()));
  hosting_.compile();
}

std::size_t DocumentsJob::addItem(Item::Service service, std::shared_ptr<const std::string> text,
                                  double weight) {
  items_.push_back({service, std::move(text), weight});
  return items_.size() - 1;
}

void DocumentsJob::addDocument(const manifest::DocumentsJob::Document& entry) {
  Document document = readDocument(entry.file);
  const auto whole = std::make_shared<const std::string>(std::move(document.text));
  const auto weight = static_cast<double>(entry.weight);
  wholes_.push_back({document.name, addItem(Item::Service::render, whole, weight),
                     addItem(Item::Service::outline, whole, weight)});
  if (entry.sectionsWeight == 0) return;
  const std::vector<std::string> parts = sections(*whole);
  for (const std::string& part : parts) {
    const auto text = std::make_shared<const std::string>(part);
    const double partWeight =
        static_cast<double>(entry.sectionsWeight) / static_cast<double>(parts.size());
    addItem(Item::Service::render, text, partWeight);
    addItem(Item::Service::outline, text, partWeight);
  }
}

void DocumentsJob::startServed() {
  for (const manifest::TroopEntry& troop : manifest_.troops) {
    const bool attacks =
        std::any_of(job_.attackers.begin(), job_.attackers.end(),
                    [&](const auto& attacker) { return attacker.troop.value == troop.name.value; });
    if (!attacks) hosting_.start(troop.name.value);
  }
}

void DocumentsJob::startAttackers() {
  // In the manifest's order, which starts each after those that it is granted.
  for (const manifest::TroopEntry& troop : manifest_.troops) {
    const bool started = std::any_of(
        hosting_.troops().begin(), hosting_.troops().end(),
        [&](const auto& hosted) { return hosted->entry().name.value == troop.name.value; });
    if (!started) hosting_.start(troop.name.value);
  }
}

void DocumentsJob::measure() {
  const auto begin = [&](std::string phase, Duration length) {
    phase_ = std::move(phase);
    phaseStart_ = now();
    phaseLength_ = length;
  };
  const auto describe = [](const Outcome& outcome) {
    return fmt::format("{} calls in {:.1f} s, {} failed", outcome.sent, seconds(outcome.length),
                       outcome.failed);
  };

  std::vector<std::size_t> whole;
  for (const WholeDocument& document : wholes_) {
    whole.insert(whole.end(), {document.rendering, document.outlining});
  }
  begin("every document once", Duration(0));
  const Outcome first = load_->once(whole);
  checkPhase("the first calls", first);
  progress_.say(fmt::format("every document once: {}", describe(first)));

  begin("finding what the guests can serve", job_.calibration);
  const Outcome most = load_->closed(job_.calibration);
  checkPhase("the calibration", most);
  loadFigures_.servedPerSecond = most.answeredPerSecond();
  loadFigures_.sentPerSecond = job_.load * loadFigures_.servedPerSecond;
  progress_.say(
      fmt::format("the guests can serve {:.1f} calls/s: {}; from here on {:.1f} calls/s are due",
                  loadFigures_.servedPerSecond, describe(most), loadFigures_.sentPerSecond));
  if (load_->stopped() || loadFigures_.sentPerSecond <= 0) return;

  begin("alone", job_.alone);
  alone_ =
      load_->open(poissonSchedule(load_->mix(), loadFigures_.sentPerSecond, job_.alone, job_.seed));
  checkPhase("alone", alone_);
  progress_.say(fmt::format("alone: {}", describe(alone_)));
  if (load_->stopped() || job_.attackers.empty()) return;

  startAttackers();
  begin("under attack", job_.underAttack);
  underAttack_ = load_->open(
      poissonSchedule(load_->mix(), loadFigures_.sentPerSecond, job_.underAttack, job_.seed + 1));
  checkPhase("under attack", underAttack_);
  progress_.say(fmt::format("under attack: {}", describe(underAttack_)));
  awaitVerdicts();
}

void DocumentsJob::awaitVerdicts() {
  const auto judged = [&](const manifest::DocumentsJob::Attacker& attacker) {
    const hosting::Fate fate = hosting_.find(attacker.troop.value).fate();
    return !fate.deaths.empty() || fate.verdict.starts_with(attacker.verdict);
  };
  const Time end = after(verdictPatience);
  phase_ = "waiting for the last verdicts";
  phaseStart_ = now();
  phaseLength_ = Duration(0);
  while (!load_->stopped() && now() < end &&
         !std::all_of(job_.attackers.begin(), job_.attackers.end(), judged)) {
    tick();
    std::this_thread::sleep_for(verdictPause);
  }
}

void DocumentsJob::tick() {
  if (interrupted_.load(std::memory_order_relaxed)) load_->stop();
  const std::string of =
      phaseLength_ > Duration(0) ? fmt::format(" of {:.0f}", seconds(phaseLength_)) : "";
  progress_.show(fmt::format("{}: {:.1f}{} s, {} calls sent, {} failed{}", phase_,
                             seconds(now() - phaseStart_), of, load_->sent(), load_->failed(),
                             attackersText()));
}

std::string DocumentsJob::attackersText() const {
  std::uint64_t deaths = 0;
  for (const auto& hosted : hosting_.troops()) {
    for (const auto& [verdict, count] : hosted->fate().deaths) deaths += count;
  }
  return deaths == 0 ? "" : fmt::format("; attackers died {} times", deaths);
}

void DocumentsJob::checkPhase(const char* phase, const Outcome& outcome) {
  if (outcome.failed == 0) return;
  faults_.push_back(fmt::format("{}: {} of {} calls failed; the first: {}", phase, outcome.failed,
                                outcome.sent, outcome.firstFailure));
}

void DocumentsJob::writeResults() {
  std::error_code status;
  std::filesystem::create_directories(job_.output, status);
  if (status) {
    throw Error(ErrorKind::failed,
                fmt::format("{}: cannot be made: {}", job_.output.native(), status.message()));
  }
  std::set<std::string> taken;
  for (const WholeDocument& document : wholes_) {
    std::string name = document.name;
    for (int i = 2; !taken.insert(name).second; ++i) name = fmt::format("{}-{}", document.name, i);
    if (const auto html = load_->html(document.rendering)) {
      writeFile(job_.output / (name + ".html"), *html);
    }
    if (const auto outline = load_->outline(document.outlining)) {
      writeFile(job_.output / (name + ".outline.json"), outlineJson(*outline));
    }
  }
  progress_.say(fmt::format("what was rendered and outlined is in {}", job_.output.native()));
}

std::vector<std::string> DocumentsJob::faultsOf(const std::string& troop,
                                                const hosting::Fate& fate) const {
  // A run that was interrupted may have ended before anything could happen.
  if (load_->stopped()) return {};
  for (const auto& attacker : job_.attackers) {
    if (attacker.troop.value == troop) return faultsOfAttacker(attacker, fate);
  }
  const bool serves = troop == job_.renderer || troop == job_.outliner;
  return serves ? faultsOfServed(troop, fate) : std::vector<std::string>();
}

Report DocumentsJob::report() {
  Report report;
  report.faults = std::move(faults_);
  loadFigures_.callsSent = load_->sent();
  loadFigures_.callsFailed = load_->failed();
  report.load = loadFigures_;
  for (const auto& hosted : hosting_.troops()) {
    const hosting::Fate fate = hosted->fate();
    TroopFigures row = figures(hosted->entry(), fate);
    const std::vector<std::string> faults = faultsOf(row.name, fate);
    report.faults.insert(report.faults.end(), faults.begin(), faults.end());
    if (row.name == job_.renderer) {
      row.alone = latencyFigures(alone_.rendering);
      row.underAttack = latencyFigures(underAttack_.rendering);
    } else if (row.name == job_.outliner) {
      row.alone = latencyFigures(alone_.outlining);
      row.underAttack = latencyFigures(underAttack_.outlining);
    }
    report.troops.push_back(std::move(row));
  }
  for (const auto& carrier : hosting_.process().statistics()) {
    report.carriers.push_back({carrier.slices, carrier.steals, carrier.busy});
  }
  return report;
}

}  // namespace troop::job
