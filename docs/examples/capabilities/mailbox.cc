// One object, and capabilities on it that can do less than it can, for a while, and under watch.
#include <cstdio>
#include <memory>

#include "docs/examples/capabilities/mailbox.troop.h"
#include "proxy/attenuation.h"
#include "proxy/audit.h"
#include "proxy/membrane.h"
#include "runtime/run.h"

using examples::Mailbox;
using namespace troop;

class Letters final : public Mailbox::Target {
 public:
  DeliverResults deliver(DeliverParams params) override {
    letters_.push_back(std::move(params.letter));
    return {};
  }
  ReadResults read(ReadParams) override { return {.letters = letters_}; }

 private:
  std::vector<std::string> letters_;
};

void tell(const char* what, const auto& outcome) {
  std::printf("%s: %s\n", what, outcome.succeeded() ? "done" : outcome.error().what());
}

int main() {
  return run([] {
    const Ref<Troop> alice = Process::current()->troop({.name = "alice"});
    const Ref<Thread> thread = alice->serviceThread("mail");
    const Mailbox mailbox{proxy::serve(thread, std::make_shared<Letters>())};

    // Bob may deliver two letters, and nothing else; that is written down, and can be ended.
    const auto log = makeRef<proxy::AuditLog>(proxy::AuditLog::Options{.entriesMax = 100});
    const auto friendship = makeRef<proxy::Membrane>("friendship");
    const proxy::Capability deliverOnly = proxy::attenuate(
        mailbox.capability(),
        {.name = "deliver only", .methods = {{{Mailbox::interfaceId, 0}}}, .callsMax = 2});
    const Mailbox bobs{friendship->wrap(proxy::audited(deliverOnly, "alice's mailbox", log))};

    tell("bob delivers", bobs.deliver("hello").get());
    tell("bob reads", bobs.read().get());
    tell("bob delivers", bobs.deliver("are you there?").get());
    tell("bob delivers", bobs.deliver("ALICE!").get());
    friendship->revoke("too loud");
    tell("bob delivers", bobs.deliver("sorry").get());

    const auto read = mailbox.read().get();
    std::printf("alice has %zu letters\n", read->letters.size());
    for (const proxy::AuditEntry& entry : log->entries()) {
      std::printf("method %u by %s: %s\n", static_cast<unsigned>(entry.method.method),
                  entry.caller.name.c_str(), entry.error ? "refused" : "answered");
    }
    return 0;
  });
}
