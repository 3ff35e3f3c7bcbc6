#include "tools/troop/calling/dynamic-json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "tools/troop/manifest/nearest-name.h"
#include "tools/troop/manifest/problems.h"

namespace troop::calling {
namespace {

using Json = nlohmann::ordered_json;
using Kind = capnp::schema::Type::Which;

constexpr std::size_t depthMax = 64;

[[noreturn]] void refuse(const std::string& place, std::string_view reason) {
  throw Error(ErrorKind::failed, fmt::format("{} {}", place.empty() ? "the JSON" : place, reason),
              ErrorDetail::none, Executed::no);
}

std::string inside(const std::string& place, std::string_view field) {
  return place.empty() ? std::string(field) : fmt::format("{}.{}", place, field);
}

std::string inside(const std::string& place, std::size_t index) {
  return fmt::format("{}[{}]", place, index);
}

// "; did you mean 'name'?", or which there are.
template <typename List>
std::string others(std::string_view given, const List& list) {
  std::vector<std::string> names;
  for (const auto& member : list) names.emplace_back(member.getProto().getName().cStr());
  const std::vector<std::string_view> views(names.begin(), names.end());
  if (const auto nearest = manifest::nearestName(given, views)) {
    return fmt::format("; did you mean '{}'?", *nearest);
  }
  return names.empty() ? "; there are none"
                       : fmt::format("; there are: {}", fmt::join(names, ", "));
}

template <typename T>
T integer(const Json& json, const std::string& place) {
  constexpr T min = std::numeric_limits<T>::min();
  constexpr T max = std::numeric_limits<T>::max();
  const auto right = [&] { return fmt::format("must be a whole number from {} to {}", min, max); };
  if (!json.is_number_integer()) refuse(place, right());
  const bool fits = json.is_number_unsigned() ? std::in_range<T>(json.get<std::uint64_t>())
                                              : std::in_range<T>(json.get<std::int64_t>());
  if (!fits) refuse(place, right());
  return json.get<T>();
}

double fraction(const Json& json, const std::string& place) {
  if (json.is_number()) return json.get<double>();
  if (json == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (json == "Infinity") return std::numeric_limits<double>::infinity();
  if (json == "-Infinity") return -std::numeric_limits<double>::infinity();
  refuse(place, R"(must be a number, "NaN", "Infinity" or "-Infinity")");
}

class Filler {
 public:
  void fill(capnp::DynamicStruct::Builder value, const Json& json, const std::string& place) {
    const Deeper deeper(*this, place);
    if (!json.is_object()) refuse(place, "must be an object like {\"field\": value}");
    std::string member;  // of the union
    for (const auto& [key, field] : json.items()) {
      const capnp::StructSchema::Field found = fieldNamed(value.getSchema(), key, place);
      if (found.getProto().getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) {
        if (!member.empty()) {
          refuse(place, fmt::format("has '{}' and '{}', and only one of a union can be there",
                                    member, key));
        }
        member = key;
      }
      fillField(value, found, field, inside(place, key));
    }
  }

 private:
  class Deeper {
   public:
    Deeper(Filler& filler, const std::string& place) : filler_(filler) {
      if (++filler_.depth_ > depthMax) refuse(place, "is nested too deeply");
    }
    ~Deeper() { --filler_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Filler& filler_;
  };

  static capnp::StructSchema::Field fieldNamed(capnp::StructSchema schema, const std::string& name,
                                               const std::string& place) {
    KJ_IF_MAYBE (field, schema.findFieldByName(name)) return *field;
    refuse(place, fmt::format("has a field {} that is not in the schema{}", manifest::shown(name),
                              others(name, schema.getFields())));
  }

  void fillField(capnp::DynamicStruct::Builder value, capnp::StructSchema::Field field,
                 const Json& json, const std::string& place) {
    if (field.getProto().isGroup()) {
      fill(value.init(field).as<capnp::DynamicStruct>(), json, place);
      return;
    }
    const capnp::Type type = field.getType();
    if (type.isStruct() && !json.is_null()) {
      fill(value.init(field).as<capnp::DynamicStruct>(), json, place);
    } else if (type.isList() && !json.is_null()) {
      fillList(value.init(field, sizeOf(json, place)).as<capnp::DynamicList>(), json, place);
    } else if (json.is_null() && isPointer(type)) {
      value.clear(field);
    } else {
      value.set(field, scalar(type, json, place));
    }
  }

  void fillList(capnp::DynamicList::Builder list, const Json& json, const std::string& place) {
    const Deeper deeper(*this, place);
    const capnp::Type type = list.getSchema().getElementType();
    for (unsigned i = 0; i < list.size(); ++i) {
      const std::string element = inside(place, std::size_t{i});
      if (type.isStruct()) {
        fill(list[i].as<capnp::DynamicStruct>(), json[i], element);
      } else if (type.isList()) {
        fillList(list.init(i, sizeOf(json[i], element)).as<capnp::DynamicList>(), json[i], element);
      } else {
        list.set(i, scalar(type, json[i], element));
      }
    }
  }

  static bool isPointer(capnp::Type type) {
    return type.isText() || type.isData() || type.isList() || type.isStruct() ||
           type.isInterface() || type.isAnyPointer();
  }

  static unsigned sizeOf(const Json& json, const std::string& place) {
    if (!json.is_array()) refuse(place, "must be a list like [value, value]");
    return static_cast<unsigned>(json.size());
  }

  // What it gives points into `json`, or into this Filler.
  capnp::DynamicValue::Reader scalar(capnp::Type type, const Json& json, const std::string& place) {
    switch (type.which()) {
      case Kind::VOID:
        if (!json.is_null()) refuse(place, "must be null: it has no value");
        return capnp::VOID;
      case Kind::BOOL:
        if (!json.is_boolean()) refuse(place, "must be true or false");
        return json.get<bool>();
      case Kind::INT8:
        return integer<std::int8_t>(json, place);
      case Kind::INT16:
        return integer<std::int16_t>(json, place);
      case Kind::INT32:
        return integer<std::int32_t>(json, place);
      case Kind::INT64:
        return integer<std::int64_t>(json, place);
      case Kind::UINT8:
        return integer<std::uint8_t>(json, place);
      case Kind::UINT16:
        return integer<std::uint16_t>(json, place);
      case Kind::UINT32:
        return integer<std::uint32_t>(json, place);
      case Kind::UINT64:
        return integer<std::uint64_t>(json, place);
      case Kind::FLOAT32:
      case Kind::FLOAT64:
        return fraction(json, place);
      case Kind::TEXT:
        return text(json, place);
      case Kind::DATA:
        return data(json, place);
      case Kind::ENUM:
        return enumerant(type.asEnum(), json, place);
      default:
        refuse(place, "is a capability, which JSON cannot give");
    }
  }

  static capnp::Text::Reader text(const Json& json, const std::string& place) {
    if (!json.is_string()) refuse(place, "must be text in quotes");
    const auto& text = json.get_ref<const std::string&>();
    return {text.c_str(), text.size()};
  }

  capnp::Data::Reader data(const Json& json, const std::string& place) {
    std::vector<std::uint8_t>& bytes = data_.emplace_back(sizeOf(json, place));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = integer<std::uint8_t>(json[i], inside(place, i));
    }
    return {bytes.data(), bytes.size()};
  }

  static capnp::DynamicEnum enumerant(capnp::EnumSchema schema, const Json& json,
                                      const std::string& place) {
    if (!json.is_string()) {
      refuse(place, "must be the name of an enumerant" + others("", schema.getEnumerants()));
    }
    const auto& name = json.get_ref<const std::string&>();
    KJ_IF_MAYBE (found, schema.findEnumerantByName(name)) return *found;
    refuse(place, fmt::format("is {}, which is no enumerant{}", manifest::shown(name),
                              others(name, schema.getEnumerants())));
  }

  std::size_t depth_ = 0;
  std::vector<std::vector<std::uint8_t>> data_;  // alive until it was copied into a message
};

Json number(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

Json listJson(capnp::DynamicList::Reader list);

Json valueJson(capnp::DynamicValue::Reader value) {
  using capnp::DynamicValue;
  switch (value.getType()) {
    case DynamicValue::BOOL:
      return value.as<bool>();
    case DynamicValue::INT:
      return value.as<std::int64_t>();
    case DynamicValue::UINT:
      return value.as<std::uint64_t>();
    case DynamicValue::FLOAT:
      return number(value.as<double>());
    case DynamicValue::TEXT: {
      const auto text = value.as<capnp::Text>();
      return std::string(text.begin(), text.size());
    }
    case DynamicValue::DATA: {
      Json bytes = Json::array();
      for (const std::uint8_t byte : value.as<capnp::Data>()) bytes.push_back(byte);
      return bytes;
    }
    case DynamicValue::ENUM: {
      const auto enumerant = value.as<capnp::DynamicEnum>();
      KJ_IF_MAYBE (known, enumerant.getEnumerant()) return known->getProto().getName().cStr();
      return enumerant.getRaw();
    }
    case DynamicValue::LIST:
      return listJson(value.as<capnp::DynamicList>());
    case DynamicValue::STRUCT:
      return toJson(value.as<capnp::DynamicStruct>());
    default:
      return nullptr;  // Void
  }
}

// What stands for a pointer that JSON cannot show; nothing where it can.
const char* standIn(capnp::Type type) {
  if (type.isInterface()) return "<capability>";
  return type.isAnyPointer() ? "<pointer>" : nullptr;
}

Json listJson(capnp::DynamicList::Reader list) {
  const char* shown = standIn(list.getSchema().getElementType());
  Json array = Json::array();
  for (unsigned i = 0; i < list.size(); ++i) {
    array.push_back(shown == nullptr ? valueJson(list[i]) : Json(shown));
  }
  return array;
}

Json fieldJson(capnp::DynamicStruct::Reader value, capnp::StructSchema::Field field) {
  if (field.getProto().isGroup()) return valueJson(value.get(field));
  const capnp::Type type = field.getType();
  const bool isShown = standIn(type) == nullptr;
  // A struct that is not there would have itself in it without end, where its type does.
  if ((type.isStruct() || !isShown) && !value.has(field)) return nullptr;
  return isShown ? valueJson(value.get(field)) : Json(standIn(type));
}

}  // namespace

void fillFromJson(capnp::DynamicStruct::Builder value, const nlohmann::ordered_json& json) {
  Filler().fill(value, json, "");
}

nlohmann::ordered_json toJson(capnp::DynamicStruct::Reader value) {
  Json object = Json::object();
  for (const auto& field : value.getSchema().getNonUnionFields()) {
    object[field.getProto().getName().cStr()] = fieldJson(value, field);
  }
  KJ_IF_MAYBE (member, value.which()) {
    object[member->getProto().getName().cStr()] = fieldJson(value, *member);
  }
  return object;
}

}  // namespace troop::calling
