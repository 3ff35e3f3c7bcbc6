#include "tools/troop/job/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace troop::job {
namespace {

enum class Align { left, right };

struct Column {
  std::string_view title;
  Align align;
  std::string (*cell)(const TroopFigures&);
};

constexpr std::size_t cellBytesMax = 120;

// What a guest has said in its verdict, in one line that moves no cursor and rings no bell.
std::string printable(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // The second byte of U+0080 to U+009F, which some terminals obey, follows a 0xc2.
    const bool control =
        byte < 0x20 || byte == 0x7f || (byte >= 0x80 && byte < 0xa0 && safe.ends_with('\xc2'));
    if (control && byte >= 0x80) safe.pop_back();
    safe += control ? '?' : c;
  }
  if (safe.size() <= cellBytesMax) return safe;
  std::size_t end = cellBytesMax;
  while (end > 0 && (static_cast<unsigned char>(safe[end]) & 0xc0) == 0x80) --end;
  return safe.substr(0, end) + "...";
}

// Characters, not bytes: what a terminal makes room for.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string millis(Duration duration) {
  const double value = std::chrono::duration<double, std::milli>(duration).count();
  return value < 10 ? fmt::format("{:.2f} ms", value) : fmt::format("{:.0f} ms", value);
}

std::string mebibytes(std::size_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

std::string latency(const std::optional<LatencyFigures>& figures,
                    Duration LatencyFigures::* which) {
  return figures && figures->calls != 0 ? millis((*figures).*which) : "";
}

constexpr std::array<Column, 12> columns{{
    {"troop", Align::left, [](const TroopFigures& t) { return printable(t.name); }},
    {"tier", Align::left, [](const TroopFigures& t) { return t.tier; }},
    {"verdict", Align::left, [](const TroopFigures& t) { return printable(t.verdict); }},
    {"CPU", Align::right, [](const TroopFigures& t) { return millis(t.cpu); }},
    {"peak memory", Align::right,
     [](const TroopFigures& t) { return mebibytes(t.memoryPeakBytes); }},
    {"served", Align::right, [](const TroopFigures& t) { return std::to_string(t.callsServed); }},
    {"failed", Align::right, [](const TroopFigures& t) { return std::to_string(t.callsFailed); }},
    {"p50 alone", Align::right,
     [](const TroopFigures& t) { return latency(t.alone, &LatencyFigures::p50); }},
    {"p99 alone", Align::right,
     [](const TroopFigures& t) { return latency(t.alone, &LatencyFigures::p99); }},
    {"p50 attacked", Align::right,
     [](const TroopFigures& t) { return latency(t.underAttack, &LatencyFigures::p50); }},
    {"p99 attacked", Align::right,
     [](const TroopFigures& t) { return latency(t.underAttack, &LatencyFigures::p99); }},
    {"restarts", Align::right, [](const TroopFigures& t) { return std::to_string(t.restarts); }},
}};

void appendRow(std::string& text, const std::array<std::string, columns.size()>& cells,
               const std::array<std::size_t, columns.size()>& widths) {
  std::string row;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i != 0) row += "  ";
    const std::string room(widths[i] - width(cells[i]), ' ');
    row += columns[i].align == Align::left ? cells[i] + room : room + cells[i];
  }
  row.erase(row.find_last_not_of(' ') + 1);
  text += row + "\n";
}

double micros(Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

nlohmann::ordered_json latencyJson(const LatencyFigures& figures) {
  return {{"p50", micros(figures.p50)}, {"p99", micros(figures.p99)}, {"calls", figures.calls}};
}

nlohmann::ordered_json troopJson(const TroopFigures& troop) {
  nlohmann::ordered_json object = {
      {"name", troop.name},
      {"tier", troop.tier},
      {"verdict", troop.verdict},
      {"cpuMillis", micros(troop.cpu) / 1000},
      {"memoryPeakBytes", troop.memoryPeakBytes},
      {"callsServed", troop.callsServed},
      {"callsFailed", troop.callsFailed},
      {"callsMade", troop.callsMade},
      {"callsRefused", troop.callsRefused},
      {"restarts", troop.restarts},
      {"slices", troop.slices},
      {"migrations", troop.migrations},
  };
  if (troop.alone) object["latencyMicros"]["alone"] = latencyJson(*troop.alone);
  if (troop.underAttack) object["latencyMicros"]["underAttack"] = latencyJson(*troop.underAttack);
  return object;
}

}  // namespace

std::string table(const Report& report) {
  std::vector<std::array<std::string, columns.size()>> rows(1 + report.troops.size());
  std::array<std::size_t, columns.size()> widths{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    rows[0][i] = columns[i].title;
    for (std::size_t j = 0; j < report.troops.size(); ++j) {
      rows[j + 1][i] = columns[i].cell(report.troops[j]);
    }
    for (const auto& row : rows) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) appendRow(text, row, widths);
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
