// A program that a library is to be loaded into: where it is, and whether the loader will do it.
//
// Threads: any. Fails: throws WrongProgram, which says what is wrong with which file. Limits:
// x86-64, and the loader of glibc; what a script starts is looked at no further than the
// interpreter that its first line names.
//
//   const std::filesystem::path path = findProgram("python3");
//   checkProgram(path);
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace troop::command {

// What the caller could have known before.
struct WrongProgram : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// As a shell finds it: in the folders of PATH, where the name has no '/'.
std::filesystem::path findProgram(const std::string& name);

// Returns where the caller may execute it, and the loader loads libraries into it that the
// environment names.
void checkProgram(const std::filesystem::path& program);

}  // namespace troop::command
