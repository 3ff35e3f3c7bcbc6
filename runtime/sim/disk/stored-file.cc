#include "runtime/sim/disk/stored-file.h"

#include <algorithm>
#include <utility>

namespace troop::sim {

void StoredFile::put(std::string& into, std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  if (into.size() < offset + bytes.size()) into.resize(offset + bytes.size());
  into.replace(offset, bytes.size(), bytes);
}

void StoredFile::store(const Change& change) {
  if (change.resizes) {
    stored_.resize(change.offset);
  } else {
    put(stored_, change.offset, change.bytes);
  }
}

std::size_t StoredFile::sectors(std::uint64_t offset, std::size_t bytes) const noexcept {
  if (bytes == 0) return 0;
  return static_cast<std::size_t>((offset + bytes - 1) / sectorBytes_ - offset / sectorBytes_ + 1);
}

void StoredFile::storePart(const Change& change, Outage::Part part) {
  const std::size_t from = part.first * sectorBytes_;
  const std::size_t end = std::min(part.end * sectorBytes_, change.bytes.size());
  if (from >= end) return;
  put(stored_, change.offset + from, std::string_view(change.bytes).substr(from, end - from));
}

void StoredFile::write(std::uint64_t number, std::uint64_t offset, std::string_view bytes) {
  put(bytes_, offset, bytes);
  const std::uint64_t begin = offset / sectorBytes_ * sectorBytes_;
  const std::uint64_t end =
      (offset + bytes.size() + sectorBytes_ - 1) / sectorBytes_ * sectorBytes_;
  changes_.add(number, {.offset = begin, .bytes = bytes_.substr(begin, end - begin)},
               [this](const Change& change) { store(change); });
}

void StoredFile::resize(std::uint64_t number, std::uint64_t bytes) {
  if (bytes == bytes_.size()) return;
  bytes_.resize(bytes);
  changes_.add(number, {.resizes = true, .offset = bytes, .bytes = {}},
               [this](const Change& change) { store(change); });
}

void StoredFile::sync(std::uint64_t last) {
  changes_.sync(last, [this](const Change& change) { store(change); });
}

void StoredFile::spoil(std::uint64_t number, std::uint64_t offset) {
  const auto spoilt = static_cast<char>(bytes_[offset] ^ 0x55);
  put(bytes_, offset, {&spoilt, 1});
  changes_.add(
      number, {.offset = offset, .bytes = std::string(1, spoilt)},
      [this](const Change& change) { store(change); }, Unsynced<Change>::State::synced);
}

void StoredFile::settle(Outage& outage) {
  bool resizeLost = false;
  changes_.settle([&](std::uint64_t number, const Change& change, bool isSynced) {
    if (isSynced) return store(change);
    if (resizeLost) return;
    if (!change.resizes) {
      return storePart(change, outage.keptOf(number, sectors(change.offset, change.bytes.size())));
    }
    if (outage.keeps(number)) return store(change);
    resizeLost = true;
  });
  bytes_ = stored_;
}

}  // namespace troop::sim
