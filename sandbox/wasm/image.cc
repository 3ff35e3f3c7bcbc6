#include "sandbox/wasm/image.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "runtime/units.h"

namespace troop::sandbox::wasm {

namespace {

// What the kernel copies when an instance first writes to shared memory; anything smaller would
// gain nothing.
constexpr std::size_t machinePageBytes = 4096;

// What is restored at once: with the kernel's work for fresh pages less than a millisecond.
constexpr std::size_t pieceBytes = std::size_t{512} << 10;

bool isZero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte value) { return value == std::byte{0}; });
}

// Bytes for hashing: lengths first, so that no two states give the same sequence.
class Sequence {
 public:
  void number(std::uint64_t value) { append(std::as_bytes(std::span(&value, 1))); }
  void bytes(std::span<const std::byte> bytes) {
    number(bytes.size());
    append(bytes);
  }
  Digest digest() const { return digestOf(all_); }

 private:
  void append(std::span<const std::byte> bytes) {
    all_.insert(all_.end(), bytes.begin(), bytes.end());
  }

  std::vector<std::byte> all_;
};

// Of a narrow number the other bytes of the union mean nothing.
std::span<const std::byte> bitsOf(const wasmtime_val_t& value) {
  const bool narrow = value.kind == WASMTIME_I32 || value.kind == WASMTIME_F32;
  const std::size_t width = narrow ? 4 : value.kind == WASMTIME_V128 ? 16 : 8;
  return std::as_bytes(std::span(&value.of, 1)).first(width);
}

}  // namespace

Image::Image(Ref<const Module> module, const Imports& imports)
    : name_(module->name()),
      module_(std::move(module)),
      prepared_(imports.prepare(*module_)),
      memoryBytes_(module_->memoryBytesMin()),
      digest_(computeDigest()) {}

Ref<const Image> Image::capture(std::string name, Ref<const Module> module, const Imports& imports,
                                Store& live, Store& fresh) {
  assert(!live.running() && !live.dead() && !fresh.running());
  auto image = makeRef<Image>(std::move(module), imports);
  image->name_ = std::move(name);
  image->captured_ = true;
  image->captureMemory(live.memory(), fresh.memory());
  image->captureGlobals(live);
  image->digest_ = image->computeDigest();
  return image;
}

void Image::captureMemory(std::span<const std::byte> live, std::span<const std::byte> fresh) {
  memoryBytes_ = live.size();
  for (std::size_t offset = 0; offset < live.size(); offset += machinePageBytes) {
    const auto page = live.subspan(offset, machinePageBytes);
    const bool same = offset < fresh.size()
                          ? std::memcmp(page.data(), fresh.data() + offset, page.size()) == 0
                          : isZero(page);
    if (same) continue;
    if (!runs_.empty() && runs_.back().offset + runs_.back().bytes == offset) {
      runs_.back().bytes += page.size();
    } else {
      runs_.push_back({offset, page.size()});
    }
    content_.insert(content_.end(), page.begin(), page.end());
  }
  content_.shrink_to_fit();
}

void Image::captureGlobals(Store& live) {
  for (const std::string& name : module_->mutableGlobals()) {
    const auto global = live.global(name);
    assert(global);
    wasmtime_val_t value;
    wasmtime_global_get(live.context(), &*global, &value);
    if (value.kind > WASMTIME_V128) {
      throw Error(ErrorKind::failed,
                  name_ + ": the global " + name + " is no number and cannot be captured",
                  ErrorDetail::none, Executed::no);
    }
    globals_.push_back({name, value});
  }
}

Expected<void> Image::restore(Store& store) const {
  Position position;
  for (;;) {
    const Expected<bool> whole = restorePiece(store, position);
    if (whole.failed()) return whole.error();
    if (whole.value()) return {};
  }
}

Expected<bool> Image::restorePiece(Store& store, Position& position) const {
  if (!store.growMemory(memoryBytes_)) {
    return Error(ErrorKind::overloaded,
                 name_ + " needs " + describeBytes(memoryBytes_) + " of memory",
                 ErrorDetail::memory, Executed::no);
  }
  std::size_t left = pieceBytes;
  while (left != 0 && position.run != runs_.size()) {
    left -= copyPiece(store.memory(), position, left);
  }
  if (position.run != runs_.size()) return false;
  if (Expected<void> restored = restoreGlobals(store); restored.failed()) {
    return std::move(restored).error();
  }
  return true;
}

std::size_t Image::copyPiece(std::span<std::byte> memory, Position& position,
                             std::size_t most) const noexcept {
  const Run& run = runs_[position.run];
  const std::size_t bytes = std::min(most, run.bytes - position.inRun);
  std::memcpy(memory.data() + run.offset + position.inRun, content_.data() + position.copied,
              bytes);
  position.copied += bytes;
  position.inRun += bytes;
  if (position.inRun == run.bytes) {
    ++position.run;
    position.inRun = 0;
  }
  return bytes;
}

Expected<void> Image::restoreGlobals(Store& store) const {
  for (const Global& global : globals_) {
    const auto handle = store.global(global.name);
    assert(handle);
    wasmtime_error_t* error = wasmtime_global_set(store.context(), &*handle, &global.value);
    if (error != nullptr) return Error(ErrorKind::failed, name_ + ": " + takeCause(error));
  }
  return {};
}

Digest Image::computeDigest() const {
  Sequence sequence;
  sequence.bytes(std::as_bytes(std::span(module_->digest())));
  sequence.number(captured_ ? 1 : 0);
  sequence.number(memoryBytes_);
  sequence.number(runs_.size());
  for (const Run& run : runs_) {
    sequence.number(run.offset);
    sequence.number(run.bytes);
  }
  const Digest content = digestOf(content_);
  sequence.bytes(std::as_bytes(std::span(content)));
  for (const Global& global : globals_) {
    sequence.bytes(std::as_bytes(std::span(global.name)));
    sequence.number(global.value.kind);
    sequence.bytes(bitsOf(global.value));
  }
  return sequence.digest();
}

}  // namespace troop::sandbox::wasm
