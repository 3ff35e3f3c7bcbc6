// A Question is a call of the plugin's own that is under way: the host numbered it, its answer
// comes as a delivery.
//
// Ownership: of the Promises that wait for the answer. When they go, the question is finished with:
// a call that is not answered is cancelled, unless calls are pipelined on it.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sandbox/sdk/cpp/message.h"
#include "sandbox/sdk/cpp/pending.h"

namespace troop::inline guest {

// What became of sending a call: the question, or why there is none.
struct Sent {
  Expected<std::uint32_t> question;
};

class Question {
 public:
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  // The one that is under way by this number, or null.
  static Question* find(std::uint32_t number);

  virtual void arrive(Message message) = 0;
  virtual void refuse(Error error) = 0;

 protected:
  // `number` 0: none was sent.
  explicit Question(std::uint32_t number);
  ~Question() { finish(); }

  void finish();
  Expected<Capability> pipelined(const std::vector<std::uint16_t>& path) const;
  bool isUnderWay() const { return number_ != 0; }

 private:
  std::uint32_t number_;
};

// A question whose answer is read as a T.
template <typename T>
class Asked final : public PendingValue<T>, private Question {
 public:
  explicit Asked(Sent sent) : Question(sent.question.failed() ? 0 : *sent.question) {
    if (sent.question.failed()) this->fail(sent.question.error());
  }

  Capability pipeline(const std::vector<std::uint16_t>& path) override {
    if (isUnderWay()) {
      Expected<Capability> capability = pipelined(path);
      return capability.succeeded() ? *std::move(capability)
                                    : Capability::broken(capability.error());
    }
    return message_ ? message_->capabilityAt(path) : Pending::pipeline(path);
  }

 private:
  void arrive(Message message) override {
    finish();
    Expected<T> results = message.read<T>("result");
    if (results.failed()) return this->fail(results.error());
    if (!message.capabilities().empty()) message_.emplace(std::move(message));
    this->succeed(*std::move(results));
  }
  void refuse(Error error) override {
    finish();
    this->fail(std::move(error));
  }

  std::optional<Message> message_;  // where it has capabilities that may be asked for later
};

}  // namespace troop::inline guest
