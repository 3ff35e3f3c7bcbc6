#include "sandbox/sdk/cpp/testing/fake-host.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sandbox/sdk/cpp/encoding/builder.h"
#include "sandbox/sdk/cpp/message.h"

extern "C" void* troop_alloc(std::uint32_t bytes);
extern "C" void troop_deliver(troop_delivery* delivery, std::uint32_t bytes);

namespace troop::inline guest::testing {
namespace {

FakeHost* current = nullptr;

// The message that a Said would be, with the capabilities numbered as they come.
std::string textMessage(std::string_view text, std::size_t capabilities) {
  MessageBuilder builder = builderFor<Said>(text.size());
  builder.root().setText(0, text);
  Expected<Outgoing> message = builder.finish();
  Building& building = *message->building;
  const std::size_t pointers = 2;  // behind the framing and the root pointer
  if (capabilities > 0) building.words[pointers + 1] = 3;
  if (capabilities > 1) {
    ListBuilder peers = building.initList(pointers + 2, ElementSize::pointer, capabilities - 1);
    const std::size_t first = building.words.size() - peers.size();
    for (std::size_t i = 0; i < peers.size(); ++i) {
      building.words[first + i] = 3 | std::uint64_t{i + 1} << 32;
    }
    building.words[0] = std::uint64_t{building.words.size() - 1} << 32;
  }
  const std::span<const std::byte> bytes = message->bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string describe(const void* message, std::uint32_t bytes, const std::uint32_t* handles,
                     std::uint32_t count) {
  const std::vector<Capability> capabilities(count);
  Reading reading({static_cast<const std::byte*>(message), bytes}, capabilities);
  std::string text = reading.root().text(0);
  if (reading.fault() != nullptr) text = std::string("malformed: ") + reading.fault();
  for (std::uint32_t i = 0; i < count; ++i) {
    text += (i == 0 ? " [" : " ") + std::to_string(handles[i]) + (i + 1 == count ? "]" : "");
  }
  return text;
}

void note(std::string event) {
  if (current != nullptr) current->events.push_back(std::move(event));
}

}  // namespace

FakeHost::FakeHost() {
  if (current != nullptr) std::abort();
  current = this;
}

FakeHost::~FakeHost() {
  current = nullptr;
}

void FakeHost::deliver(troop_delivery header, const Handles& handles, std::string_view body) {
  header.handle_count = static_cast<std::uint32_t>(handles.size());
  header.body_bytes = static_cast<std::uint32_t>(body.size());
  const std::size_t padded = (handles.size() + 1) / 2 * 2;
  const std::size_t bytes = sizeof header + padded * sizeof(std::uint32_t) + body.size();
  auto* const block = static_cast<char*>(troop_alloc(static_cast<std::uint32_t>(bytes)));
  std::memcpy(block, &header, sizeof header);
  if (!handles.empty()) {
    std::memcpy(block + sizeof header, handles.data(), handles.size() * sizeof(std::uint32_t));
  }
  std::copy(body.begin(), body.end(), block + bytes - body.size());
  troop_deliver(reinterpret_cast<troop_delivery*>(block), static_cast<std::uint32_t>(bytes));
}

void FakeHost::start(const std::vector<std::pair<std::string, std::uint32_t>>& grants) {
  std::string names;
  Handles handles;
  for (const auto& [name, handle] : grants) {
    if (!handles.empty()) names += '\n';
    names += name;
    handles.push_back(handle);
  }
  deliver({.kind = troop_start, .method = 32 << 10, .object = 192}, handles, names);
}

void FakeHost::call(std::uint32_t id, std::string_view text, const Handles& peers,
                    std::uint32_t object, std::uint16_t method) {
  deliver({.kind = troop_call,
           .id = id,
           .interface_id = Text::interfaceId,
           .method = method,
           .object = object},
          peers, textMessage(text, peers.size()));
}

void FakeHost::malformedCall(std::uint32_t id) {
  deliver({.kind = troop_call, .id = id, .interface_id = Text::interfaceId}, {}, "nonsense");
}

void FakeHost::result(std::uint32_t question, std::string_view text, const Handles& peers) {
  deliver({.kind = troop_result, .id = question}, peers, textMessage(text, peers.size()));
}

void FakeHost::malformedResult(std::uint32_t question, const Handles& handles) {
  deliver({.kind = troop_result, .id = question}, handles, "nonsense");
}

void FakeHost::error(std::uint32_t question, std::uint32_t kind, std::string_view reason) {
  deliver({.kind = troop_error, .flags = troop_executed_maybe, .id = question, .method = kind}, {},
          reason);
}

void FakeHost::released(std::uint32_t object) {
  deliver({.kind = troop_released, .object = object}, {}, {});
}

void FakeHost::cancelled(std::uint32_t call) {
  deliver({.kind = troop_cancelled, .id = call}, {}, {});
}

}  // namespace troop::inline guest::testing

using namespace troop::guest::testing;

extern "C" {

std::int32_t troop_host_call(std::uint32_t capability, std::uint64_t, std::uint32_t,
                             const void* message, std::uint32_t bytes, const std::uint32_t* handles,
                             std::uint32_t count) {
  note("call " + std::to_string(capability) + ": " + describe(message, bytes, handles, count));
  return current->callRefusal != 0 ? current->callRefusal : current->nextQuestion++;
}

std::int32_t troop_host_pipeline(std::uint32_t question, const std::uint16_t* path,
                                 std::uint32_t length) {
  if (current->handleRefusal != 0) return current->handleRefusal;
  std::string event = "pipeline " + std::to_string(question) + " at";
  for (std::uint32_t i = 0; i < length; ++i) event += " " + std::to_string(path[i]);
  note(event + " = " + std::to_string(current->nextHandle));
  return current->nextHandle++;
}

std::int32_t troop_host_answer(std::uint32_t call, const void* message, std::uint32_t bytes,
                               const std::uint32_t* handles, std::uint32_t count) {
  note("answer " + std::to_string(call) + ": " + describe(message, bytes, handles, count));
  return current->answerRefusal;
}

std::int32_t troop_host_fail(std::uint32_t call, std::uint32_t kind, const char* text,
                             std::uint32_t bytes) {
  note("fail " + std::to_string(call) + " kind " + std::to_string(kind) + ": " +
       std::string(text, bytes));
  return 0;
}

std::int32_t troop_host_serve(std::uint32_t object) {
  if (current->handleRefusal != 0) return current->handleRefusal;
  note("serve " + std::to_string(object) + " = " + std::to_string(current->nextHandle));
  return current->nextHandle++;
}

void troop_host_release(std::uint32_t capability) {
  note("release " + std::to_string(capability));
}
void troop_host_finish(std::uint32_t question) {
  note("finish " + std::to_string(question));
}
void troop_host_log(std::uint32_t level, const char* text, std::uint32_t bytes) {
  note("log " + std::to_string(level) + ": " + std::string(text, bytes));
}
std::int64_t troop_host_clock(std::uint32_t kind) {
  return kind == troop_clock_wall ? 7 : 8;
}
std::int64_t troop_host_entropy() {
  return 9;
}

void troop_host_abort(std::uint32_t kind, const char* text, std::uint32_t bytes) {
  std::fprintf(stderr, "abort %u: %.*s\n", kind, static_cast<int>(bytes), text);
  std::abort();
}
}
