#include "tools/troop/manifest/section.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/troop/manifest/nearest-name.h"
#include "tools/troop/manifest/quantity.h"

namespace troop::manifest {
namespace {

std::string_view typeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a fraction";
    case toml::node_type::boolean:
      return "a truth value";
    default:
      return "a date or time";
  }
}

// What could have been meant, or what there is to choose from.
std::string suggestionOrAll(std::string_view given, std::span<const std::string_view> names) {
  std::string near = suggestion(given, names);
  if (!near.empty()) return near;
  if (names.empty()) return "; nothing may stand here";
  return fmt::format("; what may stand here: {}", listed(names));
}

// Whether a value is in its range; `print` turns a value into what a manifest would say.
template <typename T, typename Print>
bool inRange(const Located<T>& value, std::string_view key, Range<T> range, Problems& problems,
             Print print) {
  if (value.value >= range.min && value.value <= range.max) return true;
  problems.add(value.place, fmt::format("'{}' is {} here; it must be from {} to {}", key,
                                        print(value.value), print(range.min), print(range.max)));
  return false;
}

}  // namespace

Place placeOf(const toml::source_region& region) {
  // A region that toml++ does not know is all zeros.
  return {std::max<unsigned>(1, region.begin.line), std::max<unsigned>(1, region.begin.column)};
}

std::string suggestion(std::string_view given, std::span<const std::string_view> names) {
  const auto nearest = nearestName(given, names);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : "";
}

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? " and " : ", ";
    text += fmt::format("'{}'", names[i]);
  }
  return text;
}

Section::Section(const toml::table& table, std::string title, Place place, Problems& problems)
    : table_(&table), title_(std::move(title)), place_(place), problems_(&problems) {}

bool Section::has(std::string_view key) const {
  return table_->contains(key);
}

Place Section::placeOf(std::string_view key) const {
  const auto found = table_->find(key);
  return found == table_->end() ? place_ : manifest::placeOf(found->first.source());
}

Place Section::valuePlace(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node == nullptr ? place_ : manifest::placeOf(node->source());
}

bool Section::isTable(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node != nullptr && node->is_table();
}

const toml::node* Section::take(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  return table_->get(key);
}

void Section::wrongType(std::string_view key, const toml::node& node, std::string_view form) {
  problems_->add(manifest::placeOf(node.source()),
                 fmt::format("'{}' is {} here; {}", key, typeName(node), form));
}

std::optional<Located<std::string>> Section::textOf(std::string_view key, std::string_view form) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_string();
  if (value == nullptr) {
    wrongType(key, *node, form);
    return std::nullopt;
  }
  return Located<std::string>{value->get(), manifest::placeOf(node->source())};
}

std::optional<Located<std::string>> Section::text(std::string_view key) {
  return textOf(key, "text in quotes is right");
}

std::optional<Located<std::uint64_t>> Section::count(std::string_view key,
                                                     Range<std::uint64_t> range) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_integer();
  if (value == nullptr) {
    wrongType(key, *node,
              fmt::format("a whole number from {} to {} is right", range.min, range.max));
    return std::nullopt;
  }
  const Place place = manifest::placeOf(node->source());
  // Compared as TOML's signed numbers, so that those under 0 are shown as they are.
  const Range<std::int64_t> signedRange{static_cast<std::int64_t>(range.min),
                                        static_cast<std::int64_t>(range.max)};
  const Located<std::int64_t> located{value->get(), place};
  if (!inRange(located, key, signedRange, *problems_, [](std::int64_t n) { return n; })) {
    return std::nullopt;
  }
  return Located<std::uint64_t>{static_cast<std::uint64_t>(located.value), place};
}

std::optional<Located<double>> Section::fraction(std::string_view key, Range<double> range) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value) {
    wrongType(key, *node, fmt::format("a number from {} to {} is right", range.min, range.max));
    return std::nullopt;
  }
  const Located<double> located{*value, manifest::placeOf(node->source())};
  if (!inRange(located, key, range, *problems_, [](double n) { return n; })) return std::nullopt;
  return located;
}

std::optional<Located<std::uint64_t>> Section::size(std::string_view key,
                                                    Range<std::uint64_t> range) {
  const auto text = textOf(key, sizeForm);
  if (!text) return std::nullopt;
  const auto parsed = parseSize(text->value);
  if (!parsed) {
    problems_->add(text->place,
                   fmt::format("{} of '{}' is no size; {}", shown(text->value), key, sizeForm));
    return std::nullopt;
  }
  const Located<std::uint64_t> located{*parsed, text->place};
  if (!inRange(located, key, range, *problems_, sizeKey)) return std::nullopt;
  return located;
}

std::optional<Located<std::uint64_t>> Section::rate(std::string_view key,
                                                    Range<std::uint64_t> range) {
  const auto text = textOf(key, rateForm);
  if (!text) return std::nullopt;
  const auto parsed = parseRate(text->value);
  if (!parsed) {
    problems_->add(text->place,
                   fmt::format("{} of '{}' is no rate; {}", shown(text->value), key, rateForm));
    return std::nullopt;
  }
  const Located<std::uint64_t> located{*parsed, text->place};
  const auto print = [](std::uint64_t bytes) { return sizeKey(bytes) + "/s"; };
  if (!inRange(located, key, range, *problems_, print)) return std::nullopt;
  return located;
}

std::optional<Located<Duration>> Section::duration(std::string_view key, Range<Duration> range) {
  const auto text = textOf(key, durationForm);
  if (!text) return std::nullopt;
  const auto parsed = parseDuration(text->value);
  if (!parsed) {
    problems_->add(text->place, fmt::format("{} of '{}' is no duration; {}", shown(text->value),
                                            key, durationForm));
    return std::nullopt;
  }
  const Located<Duration> located{*parsed, text->place};
  if (!inRange(located, key, range, *problems_, durationKey)) return std::nullopt;
  return located;
}

std::optional<Located<std::size_t>> Section::choice(std::string_view key,
                                                    std::span<const std::string_view> names) {
  const auto text = textOf(key, fmt::format("one of {} is right", listed(names)));
  if (!text) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), text->value);
  if (found == names.end()) {
    problems_->add(text->place, fmt::format("unknown {} {}{}", key, shown(text->value),
                                            suggestionOrAll(text->value, names)));
    return std::nullopt;
  }
  return Located<std::size_t>{static_cast<std::size_t>(found - names.begin()), text->place};
}

std::optional<Section> Section::section(std::string_view key, std::string title) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::nullopt;
  const auto* table = node->as_table();
  if (table == nullptr) {
    wrongType(key, *node, "a table like { key = value } is right");
    return std::nullopt;
  }
  return Section(*table, std::move(title), placeOf(key), *problems_);
}

std::optional<std::vector<Section>> Section::sections(std::string_view key,
                                                      std::string_view title) {
  const toml::node* node = take(key);
  if (node == nullptr) return std::nullopt;
  const auto* list = node->as_array();
  if (list == nullptr) {
    wrongType(key, *node, "a list of tables like [{ key = value }] is right");
    return std::nullopt;
  }
  std::vector<Section> found;
  for (const toml::node& element : *list) {
    if (const auto* table = element.as_table()) {
      found.emplace_back(*table, fmt::format("{} {}", title, found.size() + 1),
                         manifest::placeOf(element.source()), *problems_);
    } else {
      wrongType(key, element, "each element is a table like { key = value }");
    }
  }
  return found;
}

std::vector<Located<std::string>> Section::keysLeft() const {
  std::vector<Located<std::string>> left;
  for (const auto& [key, node] : *table_) {
    if (std::find(asked_.begin(), asked_.end(), key.str()) != asked_.end()) continue;
    left.push_back({std::string(key.str()), manifest::placeOf(key.source())});
  }
  std::sort(left.begin(), left.end(),
            [](const auto& a, const auto& b) { return a.place < b.place; });
  return left;
}

void Section::require(std::string_view key, std::string_view form) {
  if (take(key) != nullptr) return;
  problems_->add(place_, fmt::format("{} has no '{}'; {}", title_, key, form));
}

void Section::end(std::string_view hint) {
  std::vector<std::string_view> names(asked_.begin(), asked_.end());
  for (const auto& key : keysLeft()) {
    std::string text = fmt::format("unknown key {} in {}{}", shown(key.value), title_,
                                   suggestionOrAll(key.value, names));
    if (!hint.empty()) text += fmt::format("; {}", hint);
    problems_->add(key.place, text);
  }
}

}  // namespace troop::manifest
