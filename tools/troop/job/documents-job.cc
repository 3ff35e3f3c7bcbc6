#include "tools/troop/job/documents-job.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
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

void makeFolder(const std::filesystem::path& folder) {
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  if (status) {
    throw Error(ErrorKind::failed,
                fmt::format("{}: cannot be made: {}", folder.native(), status.message()));
  }
}

void writeFile(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) {
    throw Error(ErrorKind::failed, file.native() + ": cannot be written");
  }
}

std::vector<Item::Service> servicesOf(const manifest::DocumentsJob& job) {
  std::vector<Item::Service> services{Item::Service::render, Item::Service::outline};
  if (!job.counter.empty()) services.push_back(Item::Service::count);
  return services;
}

std::string figuresJson(const documents::Figures& figures) {
  const nlohmann::ordered_json object = {
      {"headings", figures.headings},   {"deepestHeading", figures.deepestHeading},
      {"links", figures.links},         {"words", figures.words},
      {"sentences", figures.sentences}, {"syllables", figures.syllables},
      {"htmlBytes", figures.htmlBytes}, {"readingEase", figures.readingEase}};
  return object.dump(2) + "\n";
}

}  // namespace

manifest::JobInterfaces documentsJobInterfaces() {
  return {documents::Renderer::interfaceId, documents::Outliner::interfaceId,
          documents::Stats::interfaceId};
}

DocumentsJob::DocumentsJob(const manifest::Manifest& manifest, hosting::Hosting& hosting,
                           Progress& progress, const std::atomic<bool>& interrupted)
    : manifest_(manifest),
      job_(*manifest.documents),
      hosting_(hosting),
      progress_(progress),
      interrupted_(interrupted),
      services_(servicesOf(job_)) {}

std::optional<documents::Stats> DocumentsJob::counter() const {
  if (job_.counter.empty()) return std::nullopt;
  return documents::Stats(hosting_.find(job_.counter).capability());
}

Report DocumentsJob::run() {
  prepare();
  startServed();
  load_ = std::make_unique<Load>(
      hosting_.process(),
      Servers{documents::Renderer(hosting_.find(job_.renderer).capability()),
              documents::Outliner(hosting_.find(job_.outliner).capability()), counter()},
      items_, [this] { tick(); });
  measure();
  // Before anything is stopped, so that nothing is reported that only the end of the run has
  // caused.
  Report result = report();
  hosting_.stop("the run is over");
  try {
    writeResults();
  } catch (const Error& error) {
    result.faults.push_back(error.reason());
  }
  return result;
}

void DocumentsJob::prepare() {
  for (const auto& entry : job_.documents) addDocument(entry);
  makeFolder(job_.output);
  progress_.say(fmt::format("compiling the code of {} troops", manifest_.troops.size()));
  hosting_.compile();
}

std::size_t DocumentsJob::addSeries(Item::Service service, std::string documents) {
  series_.push_back({service, std::move(documents)});
  return series_.size() - 1;
}

void DocumentsJob::addDocument(const manifest::DocumentsJob::Document& entry) {
  Document document = readDocument(entry.file);
  const auto whole = std::make_shared<const std::string>(std::move(document.text));
  wholes_.push_back({document.name, items_.size()});
  for (const Item::Service service : services_) {
    items_.push_back(
        {service, whole, static_cast<double>(entry.weight), addSeries(service, document.name)});
  }
  if (entry.sectionsWeight == 0) return;
  const std::vector<std::string> parts = sections(*whole);
  const double weight =
      static_cast<double>(entry.sectionsWeight) / static_cast<double>(parts.size());
  std::vector<std::size_t> ofParts;
  for (const Item::Service service : services_) {
    ofParts.push_back(
        addSeries(service, fmt::format("{}, {} sections", document.name, parts.size())));
  }
  for (const std::string& part : parts) {
    const auto text = std::make_shared<const std::string>(part);
    for (std::size_t i = 0; i < services_.size(); ++i) {
      items_.push_back({services_[i], text, weight, ofParts[i]});
    }
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
    if (!hosting_.started(troop.name.value) && !hosting_.refusal(troop.name.value)) {
      hosting_.start(troop.name.value);
    }
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
    for (std::size_t i = 0; i < services_.size(); ++i) whole.push_back(document.firstItem + i);
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

  cpuBefore_ = cpuUsed();
  startAttackers();
  begin("under attack", job_.underAttack);
  underAttack_ = load_->open(
      poissonSchedule(load_->mix(), loadFigures_.sentPerSecond, job_.underAttack, job_.seed + 1));
  cpuAfter_ = cpuUsed();
  checkPhase("under attack", underAttack_);
  progress_.say(fmt::format("under attack: {}", describe(underAttack_)));
  awaitVerdicts();
}

void DocumentsJob::awaitVerdicts() {
  const auto judged = [&](const manifest::DocumentsJob::Attacker& attacker) {
    if (!hosting_.started(attacker.troop.value)) return true;
    const hosting::Fate fate = hosting_.find(attacker.troop.value).fate();
    // One that is killed still has its verdict before it has ended.
    const bool dies =
        attacker.verdict.starts_with("killed") || attacker.verdict.starts_with("failed");
    return !fate.deaths.empty() || (!dies && fate.verdict.starts_with(attacker.verdict));
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
  std::set<std::string> taken;
  for (const WholeDocument& document : wholes_) {
    std::string name = document.name;
    for (int i = 2; !taken.insert(name).second; ++i) name = fmt::format("{}-{}", document.name, i);
    if (const auto html = load_->html(document.firstItem)) {
      writeFile(job_.output / (name + ".html"), *html);
    }
    if (const auto outline = load_->outline(document.firstItem + 1)) {
      writeFile(job_.output / (name + ".outline.json"), outlineJson(*outline));
    }
    if (job_.counter.empty()) continue;
    if (const auto figures = load_->figures(document.firstItem + 2)) {
      writeFile(job_.output / (name + ".stats.json"), figuresJson(*figures));
    }
  }
  progress_.say(
      fmt::format("what was rendered, outlined and counted is in {}", job_.output.native()));
}

std::vector<std::string> DocumentsJob::faultsOf(const std::string& troop,
                                                const hosting::Fate& fate) const {
  // A run that was interrupted may have ended before anything could happen.
  if (load_->stopped()) return {};
  for (const auto& attacker : job_.attackers) {
    if (attacker.troop.value == troop) return faultsOfAttacker(attacker, fate);
  }
  return serviceOf(troop) ? faultsOfServed(troop, fate) : std::vector<std::string>();
}

std::map<std::string, Duration> DocumentsJob::cpuUsed() const {
  std::map<std::string, Duration> used;
  for (const auto& hosted : hosting_.troops()) {
    const sandbox::Usage usage = hosted->fate().usage;
    used[hosted->entry().name.value] = usage.cpu + usage.cpuOnLoans;
  }
  return used;
}

std::optional<Item::Service> DocumentsJob::serviceOf(const std::string& troop) const {
  if (troop == job_.renderer) return Item::Service::render;
  if (troop == job_.outliner) return Item::Service::outline;
  if (!job_.counter.empty() && troop == job_.counter) return Item::Service::count;
  return std::nullopt;
}

void DocumentsJob::addLatencies(TroopFigures& row) const {
  const std::optional<Item::Service> service = serviceOf(row.name);
  if (!service) return;
  Latencies alone, underAttack;
  row.services.push_back({.documents = "all"});
  for (std::size_t i = 0; i < series_.size(); ++i) {
    if (series_[i].service != *service) continue;
    alone.merge(alone_.of(i));
    underAttack.merge(underAttack_.of(i));
    row.services.push_back({.documents = series_[i].documents,
                            .alone = latencyFigures(alone_.of(i)),
                            .underAttack = latencyFigures(underAttack_.of(i))});
  }
  row.services.front().alone = latencyFigures(alone);
  row.services.front().underAttack = latencyFigures(underAttack);
}

Report DocumentsJob::report() {
  Report report;
  report.faults = std::move(faults_);
  loadFigures_.callsSent = load_->sent();
  loadFigures_.callsFailed = load_->failed();
  report.load = loadFigures_;
  for (const auto& carrier : hosting_.process().statistics()) {
    report.carriers.push_back({carrier.slices, carrier.steals, carrier.busy});
  }
  const double carriersSeconds =
      seconds(underAttack_.length) * static_cast<double>(report.carriers.size());
  const auto add = [&](std::vector<std::string> faults) {
    std::ranges::move(faults, std::back_inserter(report.faults));
  };
  for (const auto& hosted : hosting_.troops()) {
    const hosting::Fate fate = hosted->fate();
    TroopFigures row = figures(hosted->entry(), fate);
    if (carriersSeconds > 0) {
      const Duration used = cpuAfter_[row.name] - cpuBefore_[row.name];
      row.cpuShare = seconds(used) / carriersSeconds;
    }
    addLatencies(row);
    add(faultsOf(row.name, fate));
    if (job_.bounds == manifest::DocumentsJob::Bounds::enforced) add(faultsOfBounds(row));
    report.troops.push_back(std::move(row));
  }
  for (const auto& attacker : job_.attackers) {
    addRefused(attacker, report);
  }
  return report;
}

void DocumentsJob::addRefused(const manifest::DocumentsJob::Attacker& attacker,
                              Report& report) const {
  const std::optional<std::string> verdict = hosting_.refusal(attacker.troop.value);
  if (!verdict || cpuBefore_.empty()) return;
  const hosting::Fate fate{.verdict = *verdict};
  for (std::string& fault : faultsOfAttacker(attacker, fate)) {
    report.faults.push_back(std::move(fault));
  }
  report.troops.push_back(figuresOfRefused(*manifest_.find(attacker.troop.value), *verdict));
}

}  // namespace troop::job
