#include "sandbox/js/testing/script-guest.h"

#include <cstring>
#include <stdexcept>

namespace troop::sandbox::js::testing {

const std::string_view textInterface = R"(
import { Capability, Target, pipelined } from "troop";
const message = {
  dataWords: 0,
  pointers: 3,
  read: (s) => ({ text: s.text(0), peer: s.capability(1, Text), peers: s.capabilityList(2, Text) }),
  write: (s, value) => {
    s.setText(0, value.text);
    s.setCapability(1, value.peer);
    s.setCapabilityList(2, value.peers);
  },
};
export class Text extends Capability {
  say(params) {
    const call = this.$call(0x7e47n, 0, message, params, message);
    return pipelined(call, { peer: () => new Text(call.$pipeline([1])) });
  }
}
Text.Target = class extends Target {
  static $methods = [
    { interfaceId: 0x7e47n, method: 0, name: "say", params: message, results: message },
  ];
};
)";

namespace {

constexpr std::size_t wordBytes = 8;
constexpr std::uint32_t listKind = 1;
constexpr std::uint32_t capabilityKind = 3;
constexpr std::uint32_t byteElements = 2;
constexpr std::uint32_t pointerElements = 6;
// One segment: its table, the root pointer, the root's three pointers.
constexpr std::size_t rootPointerAt = wordBytes;
constexpr std::uint32_t rootPointers = 3;
constexpr std::size_t textPointerAt = 2 * wordBytes;
constexpr std::size_t peerPointerAt = 3 * wordBytes;
constexpr std::size_t listPointerAt = 4 * wordBytes;
constexpr std::size_t textAt = 5 * wordBytes;

void put32(std::vector<std::byte>& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

void putListPointer(std::vector<std::byte>& bytes, std::size_t at, std::size_t target,
                    std::uint32_t elements, std::size_t count) {
  const std::size_t words = (target - at - wordBytes) / wordBytes;
  put32(bytes, at, static_cast<std::uint32_t>(words << 2) | listKind);
  put32(bytes, at + 4, static_cast<std::uint32_t>(count << 3) | elements);
}

void putCapability(std::vector<std::byte>& bytes, std::size_t at, std::size_t index) {
  put32(bytes, at, capabilityKind);
  put32(bytes, at + 4, static_cast<std::uint32_t>(index));
}

// The text of a message that the guest's codec built: it writes the text right after the root.
std::string textOf(std::span<const std::byte> message) {
  if (message.size() < textAt) return "";
  std::uint32_t pointer[2];
  std::memcpy(pointer, message.data() + textPointerAt, sizeof pointer);
  const std::size_t count = pointer[1] >> 3;
  if (count == 0) return "";
  const std::size_t begin = textPointerAt + wordBytes + (pointer[0] >> 2) * wordBytes;
  return {reinterpret_cast<const char*>(message.data()) + begin, count - 1};
}

std::string listOf(std::span<const std::uint32_t> handles) {
  if (handles.empty()) return "";
  std::string text;
  for (std::uint32_t handle : handles) text += (text.empty() ? " [" : " ") + std::to_string(handle);
  return text + "]";
}

}  // namespace

std::vector<std::byte> textMessage(std::string_view text, std::size_t capabilities) {
  const std::size_t listed = capabilities > 1 ? capabilities - 1 : 0;
  const std::size_t listAt = textAt + (text.size() + 1 + wordBytes - 1) / wordBytes * wordBytes;
  std::vector<std::byte> bytes(listAt + listed * wordBytes);
  put32(bytes, 4, static_cast<std::uint32_t>(bytes.size() / wordBytes - 1));
  put32(bytes, rootPointerAt + 4, rootPointers << 16);
  putListPointer(bytes, textPointerAt, textAt, byteElements, text.size() + 1);
  std::memcpy(bytes.data() + textAt, text.data(), text.size());
  if (capabilities > 0) putCapability(bytes, peerPointerAt, 0);
  if (listed > 0) putListPointer(bytes, listPointerAt, listAt, pointerElements, listed);
  for (std::size_t i = 0; i < listed; ++i) putCapability(bytes, listAt + i * wordBytes, i + 1);
  return bytes;
}

ScriptGuest::ScriptGuest(wasm::Engine& engine, Ref<const wasm::Image> image, Options options)
    : image_(std::move(image)), options_(options), store_(engine, *this) {
  store_.limitMemory(std::size_t{options_.memoryKiB} << 10);
  store_.beginInstance(image_->prepared());
  store_.finish().value();
  image_->restore(store_).value();
}

void ScriptGuest::deliver(troop_delivery header, const std::vector<std::uint32_t>& handles,
                          std::span<const std::byte> body) {
  if (store_.dead()) return;
  header.handle_count = static_cast<std::uint32_t>(handles.size());
  header.body_bytes = static_cast<std::uint32_t>(body.size());
  const std::size_t bodyAt = sizeof header + (handles.size() + 1) / 2 * wordBytes;
  const auto size = static_cast<std::int32_t>(bodyAt + body.size());
  const Time deadline = now() + options_.timeMax;
  store_.begin(store_.function(TROOP_ABI_ALLOC).value(), {size});
  const Expected<std::int32_t> block = store_.finish(deadline);
  if (block.failed()) return;
  if (block.value() == 0) {
    events_.emplace_back("no room for a delivery");
    return;
  }
  std::byte* const at = store_.memory().data() + block.value();
  std::memcpy(at, &header, sizeof header);
  if (!handles.empty())
    std::memcpy(at + sizeof header, handles.data(), handles.size() * sizeof handles[0]);
  if (!body.empty()) std::memcpy(at + bodyAt, body.data(), body.size());
  store_.begin(store_.function(TROOP_ABI_DELIVER).value(), {block.value(), size});
  [[maybe_unused]] const Expected<std::int32_t> end = store_.finish(deadline);
}

void ScriptGuest::start(const std::vector<std::pair<std::string, std::uint32_t>>& grants) {
  std::string names;
  std::vector<std::uint32_t> handles;
  for (const auto& [name, handle] : grants) {
    names += (handles.empty() ? "" : "\n") + name;
    handles.push_back(handle);
  }
  const std::uint32_t limitKiB = options_.limitKiB != 0 ? options_.limitKiB : options_.memoryKiB;
  deliver({.kind = troop_start, .method = limitKiB, .object = options_.stackKiB}, handles,
          std::as_bytes(std::span(names)));
}

void ScriptGuest::call(std::uint32_t id, std::string_view text,
                       const std::vector<std::uint32_t>& peers, std::uint32_t object) {
  deliver({.kind = troop_call, .id = id, .interface_id = textInterfaceId, .object = object}, peers,
          textMessage(text, peers.size()));
}

void ScriptGuest::callMethod(std::uint32_t id, std::uint64_t interfaceId, std::uint16_t method,
                             std::span<const std::byte> message) {
  deliver({.kind = troop_call, .id = id, .interface_id = interfaceId, .method = method}, {},
          message);
}

void ScriptGuest::result(std::uint32_t question, std::string_view text,
                         const std::vector<std::uint32_t>& peers) {
  deliver({.kind = troop_result, .id = question}, peers, textMessage(text, peers.size()));
}

void ScriptGuest::malformedResult(std::uint32_t question,
                                  const std::vector<std::uint32_t>& handles) {
  const std::vector<std::byte> nonsense(40, std::byte{0x77});
  deliver({.kind = troop_result, .id = question}, handles, nonsense);
}

void ScriptGuest::error(std::uint32_t question, ErrorKind kind, ErrorDetail detail,
                        std::string_view reason) {
  deliver({.kind = troop_error,
           .flags = troop_executed_maybe,
           .id = question,
           .method = static_cast<std::uint32_t>(kind),
           .object = static_cast<std::uint32_t>(detail)},
          {}, std::as_bytes(std::span(reason)));
}

void ScriptGuest::released(std::uint32_t object) {
  deliver({.kind = troop_released, .object = object}, {}, {});
}

void ScriptGuest::cancelled(std::uint32_t call) {
  deliver({.kind = troop_cancelled, .id = call}, {}, {});
}

Events ScriptGuest::takeEvents(std::string_view prefix) {
  Events taken;
  for (std::string& event : takeEvents()) {
    if (event.starts_with(prefix)) taken.push_back(std::move(event));
  }
  return taken;
}

std::string ScriptGuest::fate() const {
  return store_.dead() ? store_.cause().reason() : "alive";
}

ScriptGuest::Reply ScriptGuest::call(std::uint32_t capability, std::uint64_t interfaceId,
                                     std::uint16_t method, Bytes message,
                                     Handles handles) noexcept {
  std::string event = "call " + std::to_string(capability);
  if (interfaceId != textInterfaceId || method != 0)
    event += " unknown method " + std::to_string(method);
  events_.push_back(event + ": " + textOf(message) + listOf(handles));
  return callRefusal_ < 0 ? callRefusal_ : nextQuestion_++;
}

ScriptGuest::Reply ScriptGuest::newHandle(const std::string& event) {
  if (handleRefusal_ < 0) return handleRefusal_;
  events_.push_back(event + " = " + std::to_string(nextHandle_));
  return nextHandle_++;
}

ScriptGuest::Reply ScriptGuest::pipeline(std::uint32_t question, Path path) noexcept {
  std::string event = "pipeline " + std::to_string(question) + " at";
  for (std::uint16_t pointer : path) event += " " + std::to_string(pointer);
  return newHandle(event);
}

ScriptGuest::Reply ScriptGuest::answer(std::uint32_t call, Bytes message,
                                       Handles handles) noexcept {
  if (answerRefusal_ < 0) return answerRefusal_;
  events_.push_back("answer " + std::to_string(call) + ": " + textOf(message) + listOf(handles));
  return 0;
}

ScriptGuest::Reply ScriptGuest::fail(std::uint32_t call, ErrorKind kind,
                                     std::string_view reason) noexcept {
  events_.push_back("fail " + std::to_string(call) + " " + std::string(name(kind)) + ": " +
                    std::string(reason));
  return 0;
}

ScriptGuest::Reply ScriptGuest::serve(std::uint32_t object) noexcept {
  return newHandle("serve " + std::to_string(object));
}

Expected<void> ScriptGuest::release(std::uint32_t capability) noexcept {
  events_.push_back("release " + std::to_string(capability));
  return {};
}

Expected<void> ScriptGuest::finish(std::uint32_t question) noexcept {
  events_.push_back("finish " + std::to_string(question));
  return {};
}

void ScriptGuest::log(troop_log_level level, std::string_view text) noexcept {
  events_.push_back("log " + std::to_string(level) + ": " + std::string(text));
}

std::int64_t ScriptGuest::clock(troop_clock_kind kind) noexcept {
  if (!options_.hasClock) return 0;
  return kind == troop_clock_wall ? 1'700'000'000'123'000'000 : 42'000'000;
}

std::int64_t ScriptGuest::entropy() noexcept {
  return static_cast<std::int64_t>(options_.entropySeed);
}

Error ScriptGuest::abort(troop_abort_kind kind, std::string_view text) noexcept {
  aborted_ = kind;
  return Error(ErrorKind::failed, std::string(text));
}

}  // namespace troop::sandbox::js::testing
