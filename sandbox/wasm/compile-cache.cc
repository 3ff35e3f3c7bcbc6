#include "sandbox/wasm/compile-cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>

#include "runtime/error.h"
#include "sandbox/printable.h"

namespace troop::sandbox::wasm {

namespace {

namespace fs = std::filesystem;

// An entry is its content with an authenticator behind it:
//
//   | content | BLAKE2b-256 of (name of the entry, content), keyed |
constexpr std::size_t authenticatorBytes = 32;
using Authenticator = std::array<unsigned char, authenticatorBytes>;

// What the directory may hold; the entries that were not used for longest go first.
constexpr std::uintmax_t directoryBytesMax = std::uintmax_t{1} << 30;

constexpr std::size_t fileNameBytesMax = 255;
constexpr const char* keyName = "key";
constexpr std::string_view compiledExtension = ".compiled";
constexpr std::string_view bytesExtension = ".bytes";

// A file that is being written: its name, ".", noise, the extension.
constexpr std::string_view incompleteExtension = ".incomplete";
constexpr std::size_t noiseLetters = 8;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  explicit operator bool() const noexcept { return descriptor_ >= 0; }
  int get() const noexcept { return descriptor_; }
  int release() noexcept { return std::exchange(descriptor_, -1); }
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

bool isOwn(const struct stat& status) noexcept {
  return S_ISREG(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 022) == 0;
}

// A regular file of this user, that nobody else can write.
File openOwn(int directory, const std::string& name) noexcept {
  const int descriptor =
      openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat status{};
  if (descriptor >= 0 && fstat(descriptor, &status) == 0 && isOwn(status)) return File(descriptor);
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
std::optional<std::string> writeIncomplete(int directory, const std::string& name,
                                           std::span<const unsigned char> content,
                                           std::span<const unsigned char> trailer) {
  std::array<unsigned char, noiseLetters> noise;
  randombytes_buf(noise.data(), noise.size());
  std::string incomplete = name + ".";
  for (unsigned char byte : noise) incomplete += static_cast<char>('a' + byte % 26);
  incomplete += incompleteExtension;
  const File file(openat(directory, incomplete.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return std::nullopt;
  if (file.writeAll(content) && file.writeAll(trailer)) return incomplete;
  unlinkat(directory, incomplete.c_str(), 0);
  return std::nullopt;
}

// Others see the file whole, or as it was before.
void writeAtomically(int directory, const std::string& name, std::span<const unsigned char> content,
                     std::span<const unsigned char> trailer) {
  const std::optional<std::string> incomplete = writeIncomplete(directory, name, content, trailer);
  if (incomplete && renameat(directory, incomplete->c_str(), directory, name.c_str()) != 0) {
    unlinkat(directory, incomplete->c_str(), 0);
  }
}

[[noreturn]] void refuse(const fs::path& path, const std::string& reason) {
  throw Error(ErrorKind::failed, "compile cache " + path.string() + ": " + reason,
              ErrorDetail::none, Executed::no);
}

// Everything is done by way of the directory that was looked at here, whatever its name leads to
// later.
int openPrivateDirectory(const fs::path& path) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) refuse(path, std::strerror(errno));
  File directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) {
    const int failure = errno;
    struct stat status{};
    if (lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) {
      refuse(path, "is a symbolic link, which is not followed; it must be a directory itself");
    }
    refuse(path, failure == ENOTDIR ? "is not a directory" : std::strerror(failure));
  }
  struct stat status{};
  if (fstat(directory.get(), &status) != 0) refuse(path, std::strerror(errno));
  if (status.st_uid != geteuid()) refuse(path, "belongs to another user");
  if ((status.st_mode & 077) != 0) refuse(path, "is open to other users; its mode must be 0700");
  return directory.release();
}

bool removeEnding(std::string_view& name, std::string_view ending) noexcept {
  if (!name.ends_with(ending)) return false;
  name.remove_suffix(ending.size());
  return true;
}

// Whether a file of this name is the cache's, but for the key.
bool isCaches(std::string_view name) noexcept {
  const bool isIncomplete = removeEnding(name, incompleteExtension);
  if (isIncomplete) {
    if (name.size() <= noiseLetters || name[name.size() - noiseLetters - 1] != '.') return false;
    name.remove_suffix(noiseLetters + 1);
    if (name == keyName) return true;
  }
  const bool isEntry = removeEnding(name, compiledExtension) || removeEnding(name, bytesExtension);
  return isEntry && name.size() == 2 * Digest{}.size() &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string> namesIn(int directory) {
  std::vector<std::string> names;
  const int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* listing = copy < 0 ? nullptr : fdopendir(copy);
  if (listing == nullptr) {
    if (copy >= 0) close(copy);
    return names;
  }
  while (const dirent* found = readdir(listing)) names.emplace_back(found->d_name);
  closedir(listing);
  return names;
}

// Keeps the directory under its bound, and sweeps what a process left behind that died while
// writing. What is not the cache's is neither counted nor touched.
void trim(int directory) {
  struct Entry {
    std::string name;
    std::uintmax_t bytes;
    std::time_t used;
  };
  constexpr std::time_t writingSecondsMax = 3600;
  std::vector<Entry> entries;
  std::uintmax_t total = 0;
  const std::time_t now = std::time(nullptr);
  for (std::string& name : namesIn(directory)) {
    struct stat status{};
    if (!isCaches(name) || fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !isOwn(status)) {
      continue;
    }
    const std::time_t used = status.st_mtim.tv_sec;
    if (name.ends_with(incompleteExtension) && now - used > writingSecondsMax) {
      unlinkat(directory, name.c_str(), 0);
      continue;
    }
    total += static_cast<std::uintmax_t>(status.st_size);
    entries.push_back({std::move(name), static_cast<std::uintmax_t>(status.st_size), used});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (total <= directoryBytesMax) break;
    unlinkat(directory, entry.name.c_str(), 0);
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

CompileCache::CompileCache(const fs::path& directory)
    : directory_(openPrivateDirectory(directory)) {
  try {
    if (sodium_init() < 0) {
      throw Error(ErrorKind::failed, "the system has no source of randomness");
    }
    key_ = readOrMakeKey(directory);
  } catch (...) {
    close(directory_);
    throw;
  }
}

CompileCache::~CompileCache() {
  close(directory_);
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

CompileCache::Key CompileCache::readOrMakeKey(const fs::path& path) const {
  Key key;
  // Two processes may start at once: the first key that is in its place is everybody's.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Mapping found(openOwn(directory_, keyName));
    if (found.bytes().size() == key.size()) {
      std::copy(found.bytes().begin(), found.bytes().end(), key.begin());
      return key;
    }
    struct stat status{};
    if (fstatat(directory_, keyName, &status, AT_SYMLINK_NOFOLLOW) == 0) {
      refuse(path / keyName,
             "is no key of a cache: that is a file of 32 bytes that nobody else can write; remove "
             "it, or choose another directory");
    }
    for (const std::string& name : namesIn(directory_)) {
      if (name == "." || name == ".." || name == keyName || isCaches(name)) continue;
      refuse(path, "holds other files, like " + printable(name, fileNameBytesMax) +
                       ", and no key of a cache; choose an empty directory");
    }
    randombytes_buf(key.data(), key.size());
    if (const auto incomplete = writeIncomplete(directory_, keyName, key, {})) {
      // Fails where another process was first.
      (void)linkat(directory_, incomplete->c_str(), directory_, keyName, 0);
      unlinkat(directory_, incomplete->c_str(), 0);
    }
  }
  refuse(path, "its key cannot be written");
}

Module::Handle CompileCache::load(const Engine& engine, const Digest& digest) noexcept {
  const Digest name = nameOfCompiled(engine, digest);
  const File file = openOwn(directory_, hex(name) + std::string(compiledExtension));
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
  writeEntry(nameOfCompiled(engine, digest), compiledExtension, compiled);
}

void CompileCache::writeEntry(const Digest& name, std::string_view extension,
                              std::span<const std::byte> bytes) noexcept {
  try {
    const auto content = unsignedBytes(bytes);
    writeAtomically(directory_, hex(name) + std::string(extension), content,
                    authenticate(key_, name, content));
    trim(directory_);
  } catch (const std::exception&) {
    // No room for a file name, or the directory went away: the next process makes it again.
  }
}

std::optional<std::vector<std::byte>> CompileCache::loadBytes(const Digest& key) noexcept {
  try {
    const File file = openOwn(directory_, hex(key) + std::string(bytesExtension));
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
  writeEntry(key, bytesExtension, bytes);
}

}  // namespace troop::sandbox::wasm
