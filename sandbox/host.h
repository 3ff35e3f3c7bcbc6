// A Host carries guests: it owns the threads they run on, the engine that runs them, and the memory
// they share.
//
// Ownership: whoever made it; images and guests refer to it. Destroying it kills the guests that
// live and returns when all of them have ended.
// Threads: any OS thread, any Task of its Process; it is destroyed by an OS thread of others.
// Limits: Options; what this machine cannot carry is refused by the constructor, a guest that does
// not fit by spawn(), with an Error (overloaded) that says what is short.
// Errors: compile() and spawn() throw Error (failed) that names the file, with line and column
// where the language has them, the limit or the grant that is wrong.
//
//   Host host{{.memoryBytesMax = 4_GiB}};
//   Guest guest = host.spawn(host.compile("plugin.js"), {.limits = {.cpuPerCall = 50ms}});
//   auto reply = guest.as<Renderer>().render("# hi").get(100ms);
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "runtime/budget.h"
#include "runtime/process.h"
#include "sandbox/guest.h"
#include "sandbox/image.h"

namespace troop::sandbox {

class Host {
 public:
  struct Options {
    unsigned carriers = 0;  // 0: one for each CPU that this process may use
    // Of all guests together; 0: what this machine has left (sandbox/machine.h). Their limits may
    // add up to more; what they reserve and what they use never does.
    std::size_t memoryBytesMax = 0;
    // Where compiled code is kept; empty: troop/compiled in the user's cache folder.
    std::filesystem::path cacheDirectory;
    unsigned guestsMax = 1000;
  };

  explicit Host(Options options);
  Host() : Host(Options{}) {}
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Process& process();

  // Makes an image of a plugin: .js or .mjs (a module, with what it imports), .wasm, or .wat. Takes
  // up to seconds the first time; what was compiled is kept.
  Image compile(const std::filesystem::path& path);

  // Starts a guest; it runs from now on, its first calls wait for it.
  Guest spawn(const Image& image, GuestOptions options = {});

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troop::sandbox
