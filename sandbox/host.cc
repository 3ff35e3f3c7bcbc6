#include "sandbox/host.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/units.h"
#include "sandbox/js/javascript.h"
#include "sandbox/machine.h"
#include "sandbox/wasm/abi.h"
#include "sandbox/wasm/compile-cache.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/guest-endpoint.h"
#include "sandbox/wasm/image.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/instance.h"
#include "sandbox/wasm/large-stack.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::failed, reason, ErrorDetail::none, Executed::no);
}

class File {
 public:
  // Does not wait for what the kernel may have to say one day.
  explicit File(const fs::path& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // The next bytes, none at its end; less than 0 where it cannot be read.
  ssize_t read(std::span<std::byte> into) const noexcept {
    for (;;) {
      const ssize_t count = ::read(descriptor_, into.data(), into.size());
      if (count >= 0 || errno != EINTR) return count;
    }
  }

 private:
  const int descriptor_;
};

[[noreturn]] void refuseSize(const fs::path& path, const std::string& size) {
  refuse(path.string() + ": is " + size + "; at most " + describeBytes(wasm::moduleBytesMax) +
         " are compiled");
}

// Bounded, so that a wrong path (a device, a disk image) costs no more than a plugin. Those of the
// kernel have more in them than they say, or nothing that can be read.
std::vector<std::byte> readCode(const fs::path& path) {
  constexpr std::size_t pieceBytes = std::size_t{1} << 20;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    refuse(path.string() + ": " + (fs::exists(path, error) ? "is not a file" : "no such file"));
  }
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (!error && bytes > wasm::moduleBytesMax) refuseSize(path, describeBytes(bytes));
  const File file(path);
  std::vector<std::byte> code;
  for (std::size_t done = 0;;) {
    code.resize(done + pieceBytes);
    const ssize_t count = file.read(std::span(code).subspan(done));
    if (count < 0) refuse(path.string() + ": cannot be read");
    done += static_cast<std::size_t>(count);
    code.resize(done);
    if (count == 0) return code;
    if (done > wasm::moduleBytesMax) refuseSize(path, "larger than it says");
  }
}

fs::path orDefault(const fs::path& directory) {
  return directory.empty() ? wasm::CompileCache::defaultDirectory() : directory;
}

}  // namespace

// In this order: guests need all of it until they have ended, which the Process waits for.
struct Host::Parts {
  explicit Parts(const Options& options)
      : cache(orDefault(options.cacheDirectory)),
        engine({.guestsMax = options.guestsMax}),
        imports(engine),
        process({.carriers = options.carriers,
                 .memoryBytesMax =
                     options.memoryBytesMax != 0 ? options.memoryBytesMax : memoryOfMachine()}) {}

  Ref<const wasm::Image> compile(const fs::path& path);
  Ref<const wasm::Image> compileWasm(const fs::path& path);
  // Compiled at first use: a host of Wasm alone does not wait for it.
  const js::JavaScript& javaScript();

  wasm::CompileCache cache;
  wasm::Engine engine;
  wasm::Imports imports;
  std::mutex mutex;
  std::optional<js::JavaScript> javaScriptEngine;  // protected by mutex; then constant
  Process process;
};

Host::Host(Options options) : parts_(std::make_unique<Parts>(options)) {}
Host::~Host() = default;

Process& Host::process() {
  return parts_->process;
}

Image Host::compile(const fs::path& path) {
  Ref<const wasm::Image> image;
  wasm::runOnLargeStack([&] { image = parts_->compile(path); });
  return Image(std::move(image));
}

Ref<const wasm::Image> Host::Parts::compile(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".js" || extension == ".mjs") return javaScript().compile(path);
  if (extension == ".wasm" || extension == ".wat") return compileWasm(path);
  refuse(path.string() + ": code is in a .js, .mjs, .wasm or .wat file");
}

const js::JavaScript& Host::Parts::javaScript() {
  std::lock_guard lock(mutex);
  if (!javaScriptEngine) javaScriptEngine.emplace(engine, imports, &cache);
  return *javaScriptEngine;
}

Ref<const wasm::Image> Host::Parts::compileWasm(const fs::path& path) {
  std::vector<std::byte> code = readCode(path);
  if (path.extension() == ".wat") {
    code = wasm::binaryOfText(path.string(),
                              {reinterpret_cast<const char*>(code.data()), code.size()});
  }
  return makeRef<wasm::Image>(wasm::Module::compile(engine, path.string(), code, &cache), imports);
}

Guest Host::spawn(const Image& image, GuestOptions options) {
  check(options.limits).value();
  check(options.grants).value();
  const std::string who = "guest '" + options.name + "'";
  if (options.weight < 1 || options.weight > TroopOptions::weightMax) {
    refuse("the weight of " + who + " is " + std::to_string(options.weight) +
           ", but must be 1 to " + std::to_string(TroopOptions::weightMax));
  }
  if (image.body().module().engineId() != parts_->engine.id()) {
    refuse(image.name() + ": was compiled by another host");
  }
  if (options.grants.size() > options.limits.capabilities) {
    refuse(who + " is granted more capabilities than its limit of " +
           std::to_string(options.limits.capabilities));
  }
  if (image.memoryBytes() > options.limits.memoryBytes) {
    refuse(image.name() + ": needs " + describeBytes(image.memoryBytes()) +
           " of memory, over the limit of " + who + ", " +
           describeBytes(options.limits.memoryBytes));
  }

  Ref<Troop> troop = parts_->process.troop({.name = options.name,
                                            .weight = options.weight,
                                            .memoryBytesMax = options.limits.memoryBytes,
                                            .memoryBytesReserved = options.limits.memoryReserved,
                                            .cpuMax = options.limits.cpu,
                                            .cpuLentPerCall = options.limits.cpuLentPerCall,
                                            .memoryLentPerCall = options.limits.memoryLentPerCall});
  Ref<wasm::Instance> instance;
  try {
    instance =
        makeRef<wasm::Instance>(std::move(troop), parts_->engine, image.ref(), std::move(options));
  } catch (const Error& error) {
    throw Error(error.kind(), who + " does not fit: " + error.reason(), error.detail(),
                Executed::no);
  }
  proxy::Capability mainObject(makeRef<wasm::GuestEndpoint>(instance, TROOP_ABI_MAIN_OBJECT, 0));
  instance->wake();
  return Guest(std::move(instance), std::move(mainObject));
}

}  // namespace troop::sandbox
