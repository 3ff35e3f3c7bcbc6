#include "proxy/message.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "proxy/encoding/reading.h"

namespace troop::proxy {
namespace {

constexpr std::size_t wordBytes = 8;

// What it takes to keep a message and the call that it belongs to, besides bytes and capabilities:
// Message, Call, Answer, their places in queues and what is to be called back, rounded up.
constexpr std::size_t overheadBytes = 1024;

Error badMessage(std::string reason) {
  return Error(ErrorKind::failed, "malformed message: " + std::move(reason),
               ErrorDetail::badMessage, Executed::no);
}

std::uint32_t numberAt(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint32_t number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

// The framing, little endian:
//
//     u32 segments - 1 | u32 words of segment 0 | u32 words of segment 1 | ... | padding to 8 |
//     segments
std::optional<Error> faultOf(std::span<const std::byte> framed, const MessageLimits& limits) {
  if (framed.size() > limits.bytesMax) {
    return badMessage(
        fmt::format("{} bytes are over the limit of {} bytes", framed.size(), limits.bytesMax));
  }
  if (framed.size() < wordBytes || framed.size() % wordBytes != 0) {
    return badMessage(fmt::format("{} bytes are no whole number of words", framed.size()));
  }
  const std::uint64_t segments = std::uint64_t{numberAt(framed, 0)} + 1;
  if (segments > limits.segmentsMax) {
    return badMessage(
        fmt::format("{} segments are over the limit of {}", segments, limits.segmentsMax));
  }
  const std::uint64_t headerBytes = (segments / 2 + 1) * wordBytes;
  if (headerBytes > framed.size()) {
    return badMessage(fmt::format("the table of {} segments is cut off", segments));
  }
  std::uint64_t words = 0;
  for (std::uint64_t i = 0; i < segments; ++i) words += numberAt(framed, 4 + 4 * i);
  const std::uint64_t bytes = headerBytes + words * wordBytes;
  if (bytes != framed.size()) {
    return badMessage(
        fmt::format("its segments claim {} bytes, there are {}", bytes, framed.size()));
  }
  return std::nullopt;
}

}  // namespace

void Message::Free::operator()(std::byte* bytes) const noexcept {
  giveBulkBack(bytes, size);
}

Message::Bytes Message::allocate(std::size_t size, Contents contents) {
  void* bytes = takeBulk(size, contents);
  if (bytes == nullptr) throw std::bad_alloc();
  return Bytes(static_cast<std::byte*>(bytes), Free{size});
}

Message::Message(Bytes bytes, std::size_t size, std::size_t capacity,
                 std::vector<Capability> capabilities, const MessageLimits& limits)
    : bytes_(std::move(bytes)),
      size_(size),
      capacity_(capacity),
      capabilities_(std::move(capabilities)),
      limits_(limits) {}

Message Message::empty() {
  // One segment of one word: the root pointer, null.
  constexpr std::size_t size = 2 * wordBytes;
  Bytes bytes = allocate(size, Contents::zeroes);
  bytes.get()[4] = std::byte{1};
  return Message(std::move(bytes), size, size, {}, {});
}

Expected<Message> Message::copyOf(std::span<const std::byte> framed,
                                  std::vector<Capability> capabilities, const Ref<Budget>& payer,
                                  const MessageLimits& limits) {
  if (std::optional<Error> fault = faultOf(framed, limits)) return *std::move(fault);
  if (capabilities.size() > limits.capabilitiesMax) {
    return badMessage(fmt::format("{} capabilities are over the limit of {}", capabilities.size(),
                                  limits.capabilitiesMax));
  }
  // Paid for before it is allocated: a budget that cannot pay must not cost memory.
  Message message(Bytes(nullptr, Free{0}), framed.size(), framed.size(), std::move(capabilities),
                  limits);
  Expected<void> paid = message.chargeTo(payer);
  if (paid.failed()) return std::move(paid).error();
  message.bytes_ = allocate(framed.size(), Contents::whatever);
  std::memcpy(message.bytes_.get(), framed.data(), framed.size());
  return message;
}

std::size_t Message::bytesCharged() const noexcept {
  return capacity_ + capabilities_.size() * sizeof(Capability) + overheadBytes;
}

Expected<void> Message::chargeTo(const Ref<Budget>& payer) {
  if (!payer) {
    charge_.release();
    return {};
  }
  // The same one is not charged twice, even for a moment.
  if (charge_.budget() == payer.get() && charge_.bytes() == bytesCharged()) return {};
  Expected<Charge> charge = payer->charge(bytesCharged());
  if (charge.failed()) return std::move(charge).error();
  charge_ = std::move(charge).value();
  return {};
}

Message Message::withCapabilities(std::vector<Capability> capabilities) && {
  Message message = std::move(*this);
  message.capabilities_ = std::move(capabilities);
  return message;
}

StructReader Message::root() const {
  return Reading::root(*this);
}

Capability Message::capabilityAt(std::span<const std::uint16_t> path) const {
  if (path.empty()) {
    throw Error(ErrorKind::failed, "an empty path leads to no capability", ErrorDetail::badMessage);
  }
  StructReader structure = root();
  for (const std::uint16_t pointer : path.first(path.size() - 1)) {
    structure = structure.structure(pointer);
  }
  return structure.capability(path.back());
}

}  // namespace troop::proxy
