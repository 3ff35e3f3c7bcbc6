// Text as a string of JSON, with its quotes. What is no UTF-8 becomes U+FFFD, one for each byte.
//
//   jsonText("a \"b\"")     // "a \"b\""
//
// Fails: std::bad_alloc.
#pragma once

#include <string>
#include <string_view>

namespace [[gnu::visibility("hidden")]] troop {
namespace trace {

std::string jsonText(std::string_view text);

}  // namespace trace
}  // namespace troop
