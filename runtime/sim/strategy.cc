#include "runtime/sim/strategy.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "runtime/error.h"
#include "runtime/sim/pct-choices.h"
#include "runtime/sim/random-choices.h"

namespace troop::sim {
namespace {

[[noreturn]] void notUnderstood(std::string_view variable, std::string_view text) {
  throw Error(
      ErrorKind::failed,
      fmt::format("{} is '{}'; it is a number for TROOP_SEED, and for TROOP_STRATEGY one of "
                  "'random', 'pct:DEPTH:STEPS' and 'deviations:AT=OPTION,...'",
                  variable, text));
}

// Takes what stands before `end`, or all.
std::string_view take(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return taken;
}

template <typename T>
bool isNumber(std::string_view text, T& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<Strategy> parsed(std::string_view text) {
  const std::string_view kind = take(text, ':');
  if (kind == "random" && text.empty()) return Strategy::random();
  if (kind == "pct") {
    Strategy strategy = Strategy::pct(0, 0);
    if (!isNumber(take(text, ':'), strategy.depth) || !isNumber(text, strategy.steps)) return {};
    return strategy;
  }
  if (kind != "deviations") return {};
  Deviations list;
  while (!text.empty()) {
    std::string_view entry = take(text, ',');
    Deviation deviation;
    if (!isNumber(take(entry, '='), deviation.at) || !isNumber(entry, deviation.option)) return {};
    list.push_back(deviation);
  }
  return Strategy::deviations(std::move(list));
}

}  // namespace

std::unique_ptr<ChoiceSource> choicesOf(std::uint64_t seed, const Strategy& strategy) {
  switch (strategy.kind) {
    case Strategy::Kind::random:
      break;
    case Strategy::Kind::pct:
      return std::make_unique<PctChoices>(
          seed, PctChoices::Parameters{.depth = strategy.depth, .steps = strategy.steps});
    case Strategy::Kind::deviations:
      return std::make_unique<DeviatingChoices>(strategy.list);
  }
  return std::make_unique<RandomChoices>(seed);
}

std::string textOf(const Strategy& strategy) {
  switch (strategy.kind) {
    case Strategy::Kind::random:
      break;
    case Strategy::Kind::pct:
      return fmt::format("pct:{}:{}", strategy.depth, strategy.steps);
    case Strategy::Kind::deviations: {
      std::string text = "deviations:";
      for (const Deviation& deviation : strategy.list) {
        if (text.back() != ':') text += ',';
        text += fmt::format("{}={}", deviation.at, deviation.option);
      }
      return text;
    }
  }
  return "random";
}

Strategy strategyOf(std::string_view text) {
  std::optional<Strategy> strategy = parsed(text);
  if (!strategy) notUnderstood("TROOP_STRATEGY", text);
  return *std::move(strategy);
}

std::string replayLine(std::uint64_t seed, const Strategy& strategy) {
  if (strategy.kind == Strategy::Kind::random) return fmt::format("TROOP_SEED={}", seed);
  return fmt::format("TROOP_SEED={} TROOP_STRATEGY={}", seed, textOf(strategy));
}

std::optional<Replay> replayAskedFor() {
  const char* seed = std::getenv("TROOP_SEED");
  const char* strategy = std::getenv("TROOP_STRATEGY");
  if (seed == nullptr && strategy == nullptr) return {};
  Replay replay;
  if (seed != nullptr && !isNumber(std::string_view(seed), replay.seed)) {
    notUnderstood("TROOP_SEED", seed);
  }
  if (strategy != nullptr) replay.strategy = strategyOf(strategy);
  return replay;
}

}  // namespace troop::sim
