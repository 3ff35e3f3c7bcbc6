// What commands print: results to standard output, all else to standard error.
//
// Threads: one at a time. Errors: what cannot be written to standard output is an Error; to
// standard error it is lost, as there is nobody left to tell.
//
//   printResult("troop.toml: ok\n");
//   printError("troop.toml:1:1: no such file\n");
#pragma once

#include <string_view>

namespace troop::command {

void printResult(std::string_view text);
void printError(std::string_view text) noexcept;

}  // namespace troop::command
