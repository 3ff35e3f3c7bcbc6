// Where the host enters the plugin: what is delivered, and who hears it.
#include "sandbox/sdk/cpp/plugin.h"

#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/sdk/cpp/call.h"
#include "sandbox/sdk/cpp/encoding/reader.h"
#include "sandbox/sdk/cpp/imports.h"
#include "sandbox/sdk/cpp/log.h"
#include "sandbox/sdk/cpp/question.h"

namespace troop::inline guest {
namespace {

struct Grant {
  std::string name;
  Capability capability;
};

std::vector<Grant>& grants() {
  static std::vector<Grant> list;
  return list;
}

constinit MainObject::Make makeMain = nullptr;

// Of the memory limit, what the values of one message may take.
constexpr std::size_t memoryPerMessage = 4;

// A delivery that has been looked into.
struct Delivered {
  explicit Delivered(troop_delivery* delivery) : block(delivery), header(*delivery) {
    const auto* const handles = reinterpret_cast<const std::uint32_t*>(delivery + 1);
    for (std::uint32_t i = 0; i < header.handle_count; ++i) {
      capabilities.push_back(Capability::ofHandle(handles[i]));
    }
    const std::size_t padded = (std::size_t{header.handle_count} + 1) / 2 * 2;
    body = std::as_bytes(std::span(handles + padded, header.body_bytes / 4 + 1))
               .first(header.body_bytes);
  }

  std::string_view text() const {
    return {reinterpret_cast<const char*>(body.data()), body.size()};
  }
  Message message() && { return Message(std::move(block), body, std::move(capabilities)); }

  Block block;
  troop_delivery header;
  std::vector<Capability> capabilities;
  std::span<const std::byte> body;
};

void start(Delivered delivered) {
  Reading::limitValues(std::size_t{delivered.header.method} * 1024 / memoryPerMessage);
  std::string_view names = delivered.text();
  for (Capability& capability : delivered.capabilities) {
    const std::string_view name = names.substr(0, names.find('\n'));
    grants().push_back({std::string(name), std::move(capability)});
    names.remove_prefix(name.size() == names.size() ? name.size() : name.size() + 1);
  }
  if (makeMain != nullptr) Objects::setMain(makeMain());
}

void serveCall(Delivered delivered) {
  const troop_delivery header = delivered.header;
  const std::shared_ptr<Target> target = Objects::find(header.object);
  if (target == nullptr) {
    return failCall(header.id,
                    header.object == TROOP_ABI_MAIN_OBJECT
                        ? Error(ErrorKind::unimplemented, "the plugin has no main object")
                        : Error(ErrorKind::disconnected, "the object is gone"));
  }
  Call call(header.id, {header.interface_id, static_cast<std::uint16_t>(header.method)},
            std::move(delivered).message(), target);
  target->dispatch(call);
}

void receive(Delivered delivered) {
  const troop_delivery& header = delivered.header;
  switch (header.kind) {
    case troop_start:
      return start(std::move(delivered));
    case troop_call:
      return serveCall(std::move(delivered));
    case troop_result:
      // One that was finished with meanwhile is no longer known; what came is dropped.
      if (Question* question = Question::find(header.id)) {
        question->arrive(std::move(delivered).message());
      }
      return;
    case troop_error:
      if (Question* question = Question::find(header.id)) {
        question->refuse(Error(static_cast<ErrorKind>(header.method), std::string(delivered.text()),
                               static_cast<ErrorDetail>(header.object),
                               header.flags == troop_executed_no ? Executed::no : Executed::maybe));
      }
      return;
    case troop_released:
      return Objects::released(header.object);
    case troop_cancelled:
      return PendingAnswer::cancelled(header.id);
    default:
      return;  // of a later version of the ABI
  }
}

}  // namespace

Capability findGrant(std::string_view name) {
  for (const Grant& grant : grants()) {
    if (grant.name == name) return grant.capability;
  }
  return {};
}

Capability granted(std::string_view name) {
  Capability capability = findGrant(name);
  if (!capability) endPlugin("nothing was granted as '" + std::string(name) + "'");
  return capability;
}

MainObject::MainObject(Make make) {
  if (makeMain != nullptr) endPlugin("the plugin has two main objects");
  makeMain = make;
}

}  // namespace troop::inline guest

extern "C" {

TROOP_EXPORT(TROOP_ABI_MARKER) void troop_abi_1() {}

TROOP_EXPORT(TROOP_ABI_ALLOC) void* troop_alloc(std::uint32_t bytes) {
  return std::malloc(bytes != 0 ? bytes : 1);
}

TROOP_EXPORT(TROOP_ABI_DELIVER) void troop_deliver(troop_delivery* delivery, std::uint32_t) {
  troop::receive(troop::Delivered(delivery));
  troop::runReady();
}
}
