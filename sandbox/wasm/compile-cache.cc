#include "sandbox/wasm/compile-cache.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "runtime/error.h"

namespace troop::sandbox::wasm {

namespace {

namespace fs = std::filesystem;

// An entry is its content with an authenticator behind it:
//
//   | content | BLAKE2b-256 of (name of the entry, content), keyed |
constexpr std::size_t authenticatorBytes = 32;
using Authenticator = std::array<unsigned char, authenticatorBytes>;

// What the directory may hold; the entries that were not used for longest go first.
constexpr std::string_view incompleteExtension = ".incomplete";
constexpr std::uintmax_t directoryBytesMax = std::uintmax_t{1} << 30;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  explicit operator bool() const noexcept { return descriptor_ >= 0; }
  int get() const noexcept { return descriptor_; }
  // A name that leads to this very file, whatever happens to its directory entry.
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  bool writeAll(std::span<const unsigned char> bytes) const noexcept {
    while (!bytes.empty()) {
      const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
  }

 private:
  int descriptor_;
};

// A regular file of this user, that nobody else can write.
File openOwn(const fs::path& path) noexcept {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status{};
  if (descriptor >= 0 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
      status.st_uid == geteuid() && (status.st_mode & 022) == 0) {
    return File(descriptor);
  }
  if (descriptor >= 0) close(descriptor);
  return File(-1);
}

// The bytes of a file, mapped.
class Mapping {
 public:
  explicit Mapping(const File& file) noexcept {
    struct stat status{};
    if (!file || fstat(file.get(), &status) != 0 || status.st_size <= 0) return;
    void* place = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE,
                       file.get(), 0);
    if (place != MAP_FAILED)
      bytes_ = {static_cast<const unsigned char*>(place), static_cast<std::size_t>(status.st_size)};
  }
  ~Mapping() {
    if (!bytes_.empty()) munmap(const_cast<unsigned char*>(bytes_.data()), bytes_.size());
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::span<const unsigned char> bytes() const noexcept { return bytes_; }

 private:
  std::span<const unsigned char> bytes_;
};

Authenticator authenticate(std::span<const unsigned char> key, const Digest& name,
                           std::span<const unsigned char> content) noexcept {
  crypto_generichash_state state;
  Authenticator authenticator;
  crypto_generichash_init(&state, key.data(), key.size(), authenticator.size());
  crypto_generichash_update(&state, name.data(), name.size());
  crypto_generichash_update(&state, content.data(), content.size());
  crypto_generichash_final(&state, authenticator.data(), authenticator.size());
  return authenticator;
}

// The content of an entry, if it is what this user wrote.
std::span<const unsigned char> authentic(std::span<const unsigned char> key, const Digest& name,
                                         std::span<const unsigned char> entry) noexcept {
  if (entry.size() <= authenticatorBytes) return {};
  const auto content = entry.first(entry.size() - authenticatorBytes);
  const Authenticator expected = authenticate(key, name, content);
  const bool equal = sodium_memcmp(expected.data(), entry.last(authenticatorBytes).data(),
                                   authenticatorBytes) == 0;
  return equal ? content : std::span<const unsigned char>{};
}

// Writes a file of a name that nobody else has, to be given its own name in one step.
std::optional<fs::path> writeIncomplete(const fs::path& path,
                                        std::span<const unsigned char> content,
                                        std::span<const unsigned char> trailer) {
  std::array<unsigned char, 8> noise;
  randombytes_buf(noise.data(), noise.size());
  std::string suffix = ".";
  for (unsigned char byte : noise) suffix += static_cast<char>('a' + byte % 26);
  fs::path incomplete = path.string() + suffix + std::string(incompleteExtension);
  const File file(
      open(incomplete.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file && file.writeAll(content) && file.writeAll(trailer)) return incomplete;
  unlink(incomplete.c_str());
  return std::nullopt;
}

// Others see the file whole, or as it was before.
void writeAtomically(const fs::path& path, std::span<const unsigned char> content,
                     std::span<const unsigned char> trailer) {
  const std::optional<fs::path> incomplete = writeIncomplete(path, content, trailer);
  if (incomplete && rename(incomplete->c_str(), path.c_str()) != 0) unlink(incomplete->c_str());
}

void makePrivateDirectory(const fs::path& directory) {
  const auto refuse = [&](const std::string& reason) {
    throw Error(ErrorKind::failed, "compile cache " + directory.string() + ": " + reason);
  };
  std::error_code error;
  if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), error);
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) refuse(std::strerror(errno));
  struct stat status{};
  if (stat(directory.c_str(), &status) != 0) refuse(std::strerror(errno));
  if (!S_ISDIR(status.st_mode)) refuse("is not a directory");
  if (status.st_uid != geteuid()) refuse("belongs to another user");
  if ((status.st_mode & 077) != 0) refuse("is open to other users; its mode must be 0700");
}

// Keeps the directory under its bound, and sweeps what a process left behind that died while
// writing.
void trim(const fs::path& directory) {
  struct Entry {
    fs::path path;
    std::uintmax_t bytes;
    fs::file_time_type used;
  };
  std::vector<Entry> entries;
  std::uintmax_t total = 0;
  std::error_code error;
  const auto now = fs::file_time_type::clock::now();
  for (const fs::directory_entry& found : fs::directory_iterator(directory, error)) {
    if (found.path().filename() == "key") continue;
    std::error_code gone;
    Entry entry{found.path(), found.file_size(gone), found.last_write_time(gone)};
    if (gone) continue;
    if (entry.path.extension() == incompleteExtension && now - entry.used > std::chrono::hours(1)) {
      fs::remove(entry.path, gone);
      continue;
    }
    total += entry.bytes;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= directoryBytesMax) break;
    fs::remove(entry.path, error);
    total -= entry.bytes;
  }
}

std::span<const unsigned char> unsignedBytes(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()};
}

// Compiled code is filed under the code that it was made from and everything else that it depends
// on.
Digest nameOfCompiled(const Engine& engine, const Digest& digest) noexcept {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, digest.data(), digest.size());
  const std::string& fingerprint = engine.fingerprint();
  crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(fingerprint.data()),
                            fingerprint.size());
  Digest name;
  crypto_hash_sha256_final(&state, name.data());
  return name;
}

}  // namespace

CompileCache::CompileCache(fs::path directory) : directory_(std::move(directory)) {
  if (sodium_init() < 0) throw Error(ErrorKind::failed, "the system has no source of randomness");
  makePrivateDirectory(directory_);
  key_ = readOrMakeKey();
}

fs::path CompileCache::defaultDirectory() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/') {
    return fs::path(cache) / "troop" / "compiled";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
    return fs::path(home) / ".cache" / "troop" / "compiled";
  }
  return fs::path("/tmp") / ("troop-compiled-" + std::to_string(geteuid()));
}

CompileCache::Key CompileCache::readOrMakeKey() const {
  const fs::path path = directory_ / "key";
  Key key;
  // Two processes may start at once: the first key that is in its place is everybody's.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const File file = openOwn(path);
    const Mapping found(file);
    if (found.bytes().size() == key.size()) {
      std::copy(found.bytes().begin(), found.bytes().end(), key.begin());
      return key;
    }
    if (file) unlink(path.c_str());  // damaged: what it authenticated is lost with it
    randombytes_buf(key.data(), key.size());
    if (const std::optional<fs::path> incomplete = writeIncomplete(path, key, {})) {
      (void)link(incomplete->c_str(), path.c_str());  // fails where another process was first
      unlink(incomplete->c_str());
    }
  }
  throw Error(ErrorKind::failed,
              "compile cache " + directory_.string() + ": its key cannot be written");
}

fs::path CompileCache::entry(const Digest& name, const char* suffix) const {
  return directory_ / (hex(name) + suffix);
}

Module::Handle CompileCache::load(const Engine& engine, const Digest& digest) noexcept {
  const Digest name = nameOfCompiled(engine, digest);
  const File file = openOwn(entry(name, ".compiled"));
  const Mapping found(file);
  wasmtime_module_t* module = nullptr;
  if (!authentic(key_, name, found.bytes()).empty()) {
    wasmtime_error_t* error =
        wasmtime_module_deserialize_file(engine.get(), file.path().c_str(), &module);
    if (error != nullptr) wasmtime_error_delete(error);
  }
  if (module == nullptr) {
    misses_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  futimens(file.get(), nullptr);
  hits_.fetch_add(1, std::memory_order_relaxed);
  return Module::Handle(module);
}

void CompileCache::store(const Engine& engine, const Digest& digest,
                         std::span<const std::byte> compiled) noexcept {
  writeEntry(nameOfCompiled(engine, digest), ".compiled", compiled);
}

void CompileCache::writeEntry(const Digest& name, const char* suffix,
                              std::span<const std::byte> bytes) noexcept {
  try {
    const auto content = unsignedBytes(bytes);
    writeAtomically(entry(name, suffix), content, authenticate(key_, name, content));
    trim(directory_);
  } catch (const std::exception&) {
    // No room for a file name, or the directory went away: the next process makes it again.
  }
}

std::optional<std::vector<std::byte>> CompileCache::loadBytes(const Digest& key) noexcept {
  try {
    const File file = openOwn(entry(key, ".bytes"));
    const Mapping found(file);
    const auto content = authentic(key_, key, found.bytes());
    if (!content.empty()) {
      futimens(file.get(), nullptr);
      hits_.fetch_add(1, std::memory_order_relaxed);
      const auto* bytes = reinterpret_cast<const std::byte*>(content.data());
      return std::vector<std::byte>(bytes, bytes + content.size());
    }
  } catch (const std::exception&) {
    // No memory for a copy: as if it were not there.
  }
  misses_.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

void CompileCache::storeBytes(const Digest& key, std::span<const std::byte> bytes) noexcept {
  writeEntry(key, ".bytes", bytes);
}

}  // namespace troop::sandbox::wasm
