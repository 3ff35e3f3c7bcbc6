#include "tools/troop/job/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/units.h"
#include "sandbox/printable.h"
#include "sandbox/usage.h"
#include "tools/troop/job/text-table.h"

namespace troop::job {
namespace {

constexpr std::size_t cellBytesMax = 120;

// What a guest has said in its verdict, in one line that moves no cursor and rings no bell.
std::string cell(std::string_view text) {
  const std::string whole = sandbox::printable(text, text.size());
  const std::string cut = sandbox::printable(whole, cellBytesMax);
  return cut.size() == whole.size() ? whole : cut + "...";
}

std::string millis(Duration duration) {
  const double value = std::chrono::duration<double, std::milli>(duration).count();
  return value < 10 ? fmt::format("{:.2f} ms", value) : fmt::format("{:.0f} ms", value);
}

std::string mebibytes(std::size_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

std::string percentage(double fraction) {
  return fmt::format("{:.1f}%", 100 * fraction);
}

TextTable troopsTable(const Report& report) {
  TextTable table({{"troop", Align::left},
                   {"verdict", Align::left},
                   {"restarts", Align::right},
                   {"CPU", Align::right},
                   {"on loan", Align::right},
                   {"share", Align::right},
                   {"past limit", Align::right},
                   {"peak memory", Align::right}},
                  {.keys = 1, .flexible = 1});
  for (const TroopFigures& troop : report.troops) {
    table.add({cell(troop.name), cell(troop.verdict), std::to_string(troop.restarts),
               millis(troop.cpu),
               troop.cpuOnLoans > Duration::zero() ? millis(troop.cpuOnLoans) : "",
               troop.cpuShare ? percentage(*troop.cpuShare) : "",
               troop.cpuOver > Duration::zero() ? millis(troop.cpuOver) : "",
               mebibytes(troop.memoryPeakBytes)});
  }
  return table;
}

std::string_view describe(ServiceFigures::Standing standing) {
  switch (standing) {
    case ServiceFigures::Standing::unknown:
      return "too few calls";
    case ServiceFigures::Standing::within:
      return "within";
    case ServiceFigures::Standing::over:
      return "OVER";
  }
  return "";
}

std::string latency(const std::optional<LatencyFigures>& figures,
                    Duration LatencyFigures::* which) {
  return figures ? millis((*figures).*which) : "";
}

void addServices(TextTable& table, const TroopFigures& troop) {
  for (const ServiceFigures& service : troop.services) {
    const bool first = &service == &troop.services.front();
    const std::size_t calls = (service.alone ? service.alone->calls : 0) +
                              (service.underAttack ? service.underAttack->calls : 0);
    const bool compared = service.alone && service.underAttack;
    table.add({first ? cell(troop.name) : "", service.documents, std::to_string(calls),
               latency(service.alone, &LatencyFigures::p50),
               latency(service.underAttack, &LatencyFigures::p50),
               latency(service.alone, &LatencyFigures::p99),
               latency(service.underAttack, &LatencyFigures::p99),
               compared ? millis(service.bound()) : "",
               compared ? std::string(describe(service.standing())) : ""});
  }
}

TextTable servicesTable(const Report& report) {
  TextTable table({{"served by", Align::left},
                   {"documents", Align::left},
                   {"calls", Align::right},
                   {"p50 alone", Align::right},
                   {"attacked", Align::right},
                   {"p99 alone", Align::right},
                   {"attacked", Align::right},
                   {"bound", Align::right},
                   {"p99", Align::left}},
                  {.keys = 2, .flexible = 1});
  for (const TroopFigures& troop : report.troops) addServices(table, troop);
  return table;
}

// What the verdict on a p99 is made of, for whoever has not read the
// documentation.
std::string boundExplained(const Report& report) {
  const bool compared = std::ranges::any_of(report.troops, [](const TroopFigures& troop) {
    return std::ranges::any_of(troop.services, [](const ServiceFigures& service) {
      return service.alone && service.underAttack;
    });
  });
  if (!compared) return "";
  return fmt::format(
      "The p99 under attack may be {} plus {} times the p99 alone; fewer than {} calls have none\n",
      troop::describe(ServiceFigures::boundBase), ServiceFigures::boundTimes,
      ServiceFigures::boundCallsMin);
}

std::string callsSent(const Report& report) {
  if (!report.load) return "";
  return fmt::format("Calls: {} sent, {} failed; {:.0f} a second, of {:.0f} that could be served\n",
                     report.load->callsSent, report.load->callsFailed, report.load->sentPerSecond,
                     report.load->servedPerSecond);
}

// The worst of all that were killed for CPU time.
std::string pastLimits(const Report& report) {
  const auto worst = std::ranges::max_element(report.troops, {}, &TroopFigures::cpuOver);
  if (worst == report.troops.end() || worst->cpuOver <= Duration::zero()) return "";
  return fmt::format(
      "CPU time past a limit: at most {}, {:.2f} ticks, by {}; {} ticks of {} are allowed\n",
      millis(worst->cpuOver), ticksOver(*worst), cell(worst->name), ticksOverMax,
      troop::describe(sandbox::preemptionTick));
}

double micros(Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

nlohmann::ordered_json latencyJson(const LatencyFigures& figures) {
  return {{"p50", micros(figures.p50)}, {"p99", micros(figures.p99)}, {"calls", figures.calls}};
}

nlohmann::ordered_json serviceJson(const ServiceFigures& service) {
  nlohmann::ordered_json object = {{"documents", service.documents}};
  if (service.alone) object["alone"] = latencyJson(*service.alone);
  if (service.underAttack) object["underAttack"] = latencyJson(*service.underAttack);
  if (service.alone && service.underAttack) {
    object["p99Bound"] = micros(service.bound());
    object["standing"] = service.standing() == ServiceFigures::Standing::unknown  ? "unknown"
                         : service.standing() == ServiceFigures::Standing::within ? "within"
                                                                                  : "over";
  }
  return object;
}

nlohmann::ordered_json troopJson(const TroopFigures& troop) {
  nlohmann::ordered_json object = {
      {"name", troop.name},
      {"tier", troop.tier},
      {"verdict", troop.verdict},
      {"cpuMillis", micros(troop.cpu) / 1000},
      {"cpuOnLoansMillis", micros(troop.cpuOnLoans) / 1000},
      {"cpuOverMillis", micros(troop.cpuOver) / 1000},
      {"cpuOverTicks", ticksOver(troop)},
      {"memoryPeakBytes", troop.memoryPeakBytes},
      {"callsServed", troop.callsServed},
      {"callsFailed", troop.callsFailed},
      {"callsMade", troop.callsMade},
      {"callsRefused", troop.callsRefused},
      {"restarts", troop.restarts},
      {"slices", troop.slices},
      {"migrations", troop.migrations},
  };
  if (troop.cpuShare) object["cpuShare"] = *troop.cpuShare;
  for (const ServiceFigures& service : troop.services) {
    object["latencyMicros"].push_back(serviceJson(service));
  }
  return object;
}

}  // namespace

Duration ServiceFigures::bound() const {
  return boundBase + boundTimes * alone->p99;
}

ServiceFigures::Standing ServiceFigures::standing() const {
  if (!alone || !underAttack || std::min(alone->calls, underAttack->calls) < boundCallsMin) {
    return Standing::unknown;
  }
  return underAttack->p99 <= bound() ? Standing::within : Standing::over;
}

double ticksOver(const TroopFigures& troop) {
  return std::chrono::duration<double>(troop.cpuOver) /
         std::chrono::duration<double>(sandbox::preemptionTick);
}

std::string table(const Report& report, std::size_t columnsMax) {
  std::string text = troopsTable(report).text(columnsMax);
  const TextTable services = servicesTable(report);
  for (const std::string& part :
       {services.empty() ? "" : services.text(columnsMax),
        boundExplained(report) + callsSent(report) + pastLimits(report)}) {
    if (!part.empty()) text += "\n" + part;
  }
  return text;
}

std::string json(const Report& report) {
  nlohmann::ordered_json object;
  object["troops"] = nlohmann::ordered_json::array();
  for (const TroopFigures& troop : report.troops) object["troops"].push_back(troopJson(troop));
  object["carriers"] = nlohmann::ordered_json::array();
  for (const CarrierFigures& carrier : report.carriers) {
    object["carriers"].push_back({{"slices", carrier.slices},
                                  {"steals", carrier.steals},
                                  {"busyMillis", micros(carrier.busy) / 1000}});
  }
  if (report.load) {
    object["load"] = {{"servedPerSecond", report.load->servedPerSecond},
                      {"sentPerSecond", report.load->sentPerSecond},
                      {"callsSent", report.load->callsSent},
                      {"callsFailed", report.load->callsFailed}};
  }
  object["faults"] = report.faults;
  // Names and verdicts may carry bytes of guests that are no UTF-8.
  return object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace troop::job
