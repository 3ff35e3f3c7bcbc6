// Guests written by hand in the text format of Wasm, directly on the ABI, so that a test says
// exactly what a guest does, also what no compiler would emit.
//
//   const std::string echo = wat({.onCall = std::string(echoBody)});
//   Guest guest = host.spawn(host.compile(folder.write("echo.wat", echo)));
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace troop::sandbox::testing {

// A folder that is removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  // A file with this content.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

// What a test guest does with what it hears. Each is a function body with these locals:
//   $p      the delivery          $id     its id           $method   its method, or kind of error
//   $object its object or detail  $body   its body         $size     bytes of the body
//   $caps   its handles           $count  how many         $x $y $z  for its own use
struct WatGuest {
  std::string onStart;
  std::string onCall;
  std::string onResult;
  std::string onError;
  std::string onReleased;
  std::string onCancelled;
  std::string more;  // functions, globals, data, at module level
  unsigned pages = 2;
  unsigned pagesMax = 4096;
};

// The module. Its memory below 1 KiB is for `more`, from 1 to 64 KiB for what the bodies store;
// deliveries come in at 64 KiB. `$empty` is a function that gives the address of an empty message
// of 16 bytes.
std::string wat(const WatGuest& guest);

// Answers each call with its own parameters, capabilities included.
inline constexpr std::string_view echoBody =
    "(drop (call $answer (local.get $id) (local.get $body) (local.get $size) (local.get $caps) "
    "(local.get $count)))";

// Answers each call with the empty message.
inline constexpr std::string_view answerEmpty =
    "(drop (call $answer (local.get $id) (call $empty) (i32.const 16) (i32.const 0) (i32.const "
    "0)))";

}  // namespace troop::sandbox::testing
