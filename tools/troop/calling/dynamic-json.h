// Values of Cap'n Proto as JSON, by their schema: structs are objects, lists are lists, Data is a
// list of bytes, enumerants are text, of a union the member is there that is set.
//
// Ownership: borrows what it reads and fills. Threads: one at a time. Limits: 64 structs and lists
// in each other. Errors: an Error (failed) that names the place in the JSON, "tags[2].name", and
// what would be right there. Misuse: a capability; JSON has none, so that it is shown as text and
// refused as a parameter.
//
//   capnp::MallocMessageBuilder message;
//   fillFromJson(message.initRoot<capnp::DynamicStruct>(schema), json);
//   toJson(reader).dump();      // {"greeting":"Hello, world!"}
#pragma once

#include <capnp/dynamic.h>

#include <nlohmann/json.hpp>

namespace troop::calling {

void fillFromJson(capnp::DynamicStruct::Builder value, const nlohmann::ordered_json& json);

nlohmann::ordered_json toJson(capnp::DynamicStruct::Reader value);

}  // namespace troop::calling
