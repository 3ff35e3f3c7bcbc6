// A CompileCache keeps compiled modules in a directory, so that a module is compiled once for all
// processes of a user on this machine.
//
// Loading an entry is running its bytes as native code. So the directory belongs to this user alone
// (0700), and each entry is authenticated with a key that lies beside it (0600): an entry that was
// altered, cut off, or made by another engine is ignored and rewritten. Who can read the key can
// run code as this user anyway. Files that are not the cache's are never touched.
//
// Ownership: the Host. Threads: any; several processes may share a directory. Errors: the
// constructor throws Error (failed) when the directory cannot be made, is a link, belongs to
// others, or has other files and no key; or when its key is none. After that the cache never fails,
// it only misses.
//
//   CompileCache cache(CompileCache::defaultDirectory());
//   cache.hits();
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sandbox/wasm/module.h"

namespace troop::sandbox::wasm {

class CompileCache {
 public:
  explicit CompileCache(const std::filesystem::path& directory);
  ~CompileCache();
  CompileCache(const CompileCache&) = delete;
  CompileCache& operator=(const CompileCache&) = delete;

  // $XDG_CACHE_HOME/troop/compiled, or ~/.cache/troop/compiled, or a directory of this user in
  // /tmp.
  static std::filesystem::path defaultDirectory();

  // The compiled form of the module with this digest, if there is an authentic one.
  Module::Handle load(const Engine& engine, const Digest& digest) noexcept;
  // `compiled` is what a compiler of this host made for engines like this one, and nothing else
  // ever.
  void store(const Engine& engine, const Digest& digest,
             std::span<const std::byte> compiled) noexcept;

  // Something else that is derived from a module at some cost, under a key of the caller's, with
  // the same guarantees: what load() returns is what this user stored, byte for byte, or nothing.
  std::optional<std::vector<std::byte>> loadBytes(const Digest& key) noexcept;
  void storeBytes(const Digest& key, std::span<const std::byte> bytes) noexcept;

  std::uint64_t hits() const noexcept { return hits_.load(std::memory_order_relaxed); }
  std::uint64_t misses() const noexcept { return misses_.load(std::memory_order_relaxed); }

 private:
  using Key = std::array<unsigned char, 32>;

  Key readOrMakeKey(const std::filesystem::path& path) const;
  void writeEntry(const Digest& name, std::string_view extension,
                  std::span<const std::byte> bytes) noexcept;

  int directory_;  // open
  Key key_;
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
};

}  // namespace troop::sandbox::wasm
