// What a name server is asked: which addresses of one family a name has; and what its messages say
// to that.
//
// Ownership: a value. Threads: one. Limits: answers of addressesMax addresses; others are left out.
// Fails: make() with failed where the name is none that can be asked for, and names it. Misuse: a
// message is to come from the server that was asked; who else sent it says the address it has.
//
//   Question question = Question::make("example.com", AF_INET, number).value();
//   if (question.read(message) == Question::Heard::addresses) use(question.addresses());
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.h"
#include "runtime/io/address.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace names {

// Whether `name` can be that of a host: labels of letters, digits, - and _, 1 to 63 bytes each, 253
// at most with the dots between; the last one is no number, or it would be an address.
bool canBeHost(std::string_view name) noexcept;

class Question {
 public:
  static constexpr std::size_t addressesMax = 32;

  enum class Heard : unsigned char {
    nothing,     // no answer to this question: somebody else's, an old one, or garbage
    addresses,   // or none, where the name has none of this family
    noSuchName,  // of any family
    truncated,   // there is more than a datagram holds
    refusal,     // it cannot or does not want to say
    unreadable,  // an answer that is broken
  };

  // `number` is what tells its answers from others: nobody should guess it.
  static Expected<Question> make(std::string_view name, int family, std::uint16_t number);

  // What is sent.
  std::span<const std::byte> message() const noexcept { return message_; }

  // Once it has heard addresses or noSuchName it is answered, and hears no more.
  Heard read(std::span<const std::byte> message);
  bool isAnswered() const noexcept { return isAnswered_; }
  bool isOfNoName() const noexcept { return isOfNoName_; }
  // Without ports.
  const std::vector<Address>& addresses() const noexcept { return addresses_; }

 private:
  explicit Question(int family) noexcept : family_(family) {}

  bool isAnsweredBy(std::span<const std::byte> message) const noexcept;
  Heard readAddresses(std::span<const std::byte> message);

  int family_;
  std::vector<std::byte> message_;
  std::vector<Address> addresses_;
  bool isAnswered_ = false;
  bool isOfNoName_ = false;
};

}  // namespace names
}  // namespace troop
