#include "tools/troop/calling/method.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <fmt/format.h>

#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "tools/troop/calling/dynamic-json.h"
#include "tools/troop/manifest/nearest-name.h"
#include "tools/troop/manifest/problems.h"

namespace troop::calling {
namespace {

using Json = nlohmann::ordered_json;

Error wrong(std::string reason) {
  return Error(ErrorKind::failed, std::move(reason), ErrorDetail::none, Executed::no);
}

void collectMethods(capnp::InterfaceSchema interface, std::vector<std::string>& names,
                    std::vector<std::uint64_t>& seen) {
  const std::uint64_t id = interface.getProto().getId();
  if (std::find(seen.begin(), seen.end(), id) != seen.end()) return;
  seen.push_back(id);
  for (const auto& method : interface.getMethods()) {
    names.emplace_back(method.getProto().getName().cStr());
  }
  for (const auto& extended : interface.getSuperclasses()) collectMethods(extended, names, seen);
}

capnp::InterfaceSchema::Method methodNamed(capnp::InterfaceSchema interface,
                                           const std::string& name) {
  KJ_IF_MAYBE (method, interface.findMethodByName(name)) return *method;
  std::vector<std::string> names;
  std::vector<std::uint64_t> seen;
  collectMethods(interface, names, seen);
  const std::vector<std::string_view> views(names.begin(), names.end());
  std::string others =
      names.empty() ? "it has none" : fmt::format("its methods: {}", fmt::join(names, ", "));
  if (const auto nearest = manifest::nearestName(name, views)) {
    others = fmt::format("did you mean '{}'?", *nearest);
  }
  throw wrong(fmt::format("{} has no method {}; {}", interface.getShortDisplayName().cStr(),
                          manifest::shown(name), others));
}

Json parsed(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."; a number that is too
    // large is no such error, and has no place.
    std::string_view said = error.what();
    for (const std::string_view phrase : {"] ", "parse error at "}) {
      const std::size_t begin = said.find(phrase);
      if (begin != std::string_view::npos) said.remove_prefix(begin + phrase.size());
    }
    throw wrong(fmt::format("the parameters are no JSON: {}", said));
  }
}

// JSON leaves characters as they are that terminals obey: U+007F to U+009F.
std::string printable(const std::string& json) {
  std::string safe;
  for (const char c : json) {
    const auto byte = static_cast<unsigned char>(c);
    const bool isSecond = byte >= 0x80 && byte < 0xa0 && safe.ends_with('\xc2');
    if (isSecond) safe.pop_back();
    if (isSecond || byte == 0x7f) {
      safe += fmt::format("\\u{:04x}", byte);
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

Method::Method(capnp::InterfaceSchema interface, std::string_view name)
    : method_(methodNamed(interface, std::string(name))) {}

proxy::MethodId Method::id() const {
  return {method_.getContainingInterface().getProto().getId(), method_.getOrdinal()};
}

proxy::Message Method::params(std::string_view json) const {
  capnp::MallocMessageBuilder message;
  const auto root = message.initRoot<capnp::DynamicStruct>(method_.getParamType());
  fillFromJson(root, json.empty() ? Json::object() : parsed(json));
  const auto words = capnp::messageToFlatArray(message);
  return proxy::Message::copyOf(std::as_bytes(std::span(words.begin(), words.size())), {}, nullptr)
      .value();
}

std::string Method::results(const proxy::Message& message) const {
  const auto bytes = message.bytes();
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.data(), words.size() * sizeof(capnp::word));
  const proxy::MessageLimits& limits = message.limits();
  try {
    capnp::FlatArrayMessageReader reader(
        words, {.traversalLimitInWords = limits.traversalBytesMax / sizeof(capnp::word),
                .nestingLimit = static_cast<int>(limits.depthMax)});
    const Json json = toJson(reader.getRoot<capnp::DynamicStruct>(method_.getResultType()));
    // Text of guests may be no UTF-8.
    return printable(json.dump(-1, ' ', false, Json::error_handler_t::replace));
  } catch (const kj::Exception& error) {
    throw Error(ErrorKind::failed,
                fmt::format("the results cannot be read: {}", error.getDescription().cStr()),
                ErrorDetail::badMessage);
  }
}

}  // namespace troop::calling
