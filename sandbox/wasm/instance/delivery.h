// A Delivery is what a guest is about to hear, before it lies in the guest's memory: the fields of
// the block that sandbox/wasm/abi.h draws, the capabilities that come along, and the body, wherever
// it is kept.
//
//   Delivery delivery = Delivery::ofError(question, error);
//   write(delivery, handles, store.memory().subspan(pointer, delivery.blockBytes()));
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "proxy/answer.h"
#include "proxy/message.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "sandbox/wasm/abi.h"
#include "sandbox/wasm/instance/mailbox.h"

namespace troop::sandbox::wasm {

struct Delivery {
  static constexpr std::size_t errorTextBytesMax = 4 << 10;

  static Delivery ofCall(Mailbox::Arrival arrival) {
    Delivery delivery(troop_call, arrival.call);
    delivery.header.interface_id = arrival.method.interfaceId;
    delivery.header.method = arrival.method.method;
    delivery.header.object = arrival.object;
    delivery.content = std::move(arrival.params);
    return delivery;
  }
  // The answer must have succeeded.
  static Delivery ofResult(std::uint32_t question, Ref<proxy::Answer> answer) {
    Delivery delivery(troop_result, question);
    delivery.content = std::move(answer);
    return delivery;
  }
  static Delivery ofError(std::uint32_t question, const Error& error) {
    Delivery delivery(troop_error, question);
    delivery.header.method = static_cast<std::uint32_t>(error.kind());
    delivery.header.object = static_cast<std::uint32_t>(error.detail());
    delivery.header.flags =
        error.executed() == Executed::maybe ? troop_executed_maybe : troop_executed_no;
    delivery.content = error.reason().substr(0, errorTextBytesMax);
    return delivery;
  }
  static Delivery ofRelease(std::uint32_t object) {
    Delivery delivery(troop_released, 0);
    delivery.header.object = object;
    return delivery;
  }
  static Delivery ofWithdrawal(std::uint32_t call) { return Delivery(troop_cancelled, call); }
  static Delivery ofStart(std::string names, std::vector<proxy::Capability> granted,
                          std::uint32_t memoryKiB, std::uint32_t stackKiB) {
    Delivery delivery(troop_start, 0);
    delivery.header.method = memoryKiB;
    delivery.header.object = stackKiB;
    delivery.content = std::move(names);
    delivery.granted = std::move(granted);
    return delivery;
  }

  std::span<const std::byte> body() const {
    if (const auto* text = std::get_if<std::string>(&content))
      return std::as_bytes(std::span(*text));
    return message().bytes();
  }
  const std::vector<proxy::Capability>& capabilities() const {
    return std::holds_alternative<std::string>(content) ? granted : message().capabilities();
  }
  std::size_t blockBytes() const {
    return sizeof(troop_delivery) + handlesBytes(capabilities().size()) + body().size();
  }

  static constexpr std::size_t handlesBytes(std::size_t count) {
    return (count * sizeof(std::uint32_t) + 7) / 8 * 8;
  }

  troop_delivery header{};
  std::vector<proxy::Capability> granted;
  std::variant<std::string, proxy::Message, Ref<proxy::Answer>> content;

 private:
  Delivery(troop_delivery_kind kind, std::uint32_t id) {
    header.kind = static_cast<std::uint16_t>(kind);
    header.id = id;
  }

  const proxy::Message& message() const {
    if (const auto* own = std::get_if<proxy::Message>(&content)) return *own;
    return std::get<Ref<proxy::Answer>>(content)->result().value();
  }
};

// Fills a block of exactly blockBytes(); one handle for each capability.
inline void write(const Delivery& delivery, std::span<const std::uint32_t> handles,
                  std::span<std::byte> block) {
  const std::span<const std::byte> body = delivery.body();
  troop_delivery header = delivery.header;
  header.handle_count = static_cast<std::uint32_t>(handles.size());
  header.body_bytes = static_cast<std::uint32_t>(body.size());
  std::memcpy(block.data(), &header, sizeof(header));
  std::byte* place = block.data() + sizeof(header);
  if (!handles.empty()) {
    std::memset(place, 0, Delivery::handlesBytes(handles.size()));
    std::memcpy(place, handles.data(), handles.size_bytes());
  }
  if (!body.empty())
    std::memcpy(place + Delivery::handlesBytes(handles.size()), body.data(), body.size());
}

static_assert(sizeof(troop_delivery) == 32);

}  // namespace troop::sandbox::wasm
