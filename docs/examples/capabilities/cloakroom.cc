// Sealed pairs: a ticket that only who issued it can open.
#include <cstdio>
#include <memory>

#include "docs/examples/capabilities/mailbox.troop.h"
#include "proxy/sealing.h"
#include "runtime/run.h"

using examples::Mailbox;
using namespace troop;

// What is checked in: something that only its owner should use.
class Diary final : public Mailbox::Target {
 public:
  DeliverResults deliver(DeliverParams) override { return {}; }
  ReadResults read(ReadParams) override { return {.letters = {"dear diary"}}; }
};

int main() {
  return run([] {
    const Ref<Thread> thread = Process::current()->root().serviceThread("diary");
    const Mailbox diary{proxy::serve(thread, std::make_shared<Diary>())};

    // The cloakroom keeps both halves; a guest gets a ticket, which is a capability like any other.
    const auto [sealer, unsealer] = proxy::makeSealedPair("cloakroom");
    const proxy::Capability ticket = sealer.seal(diary.capability());

    // Whoever finds the ticket sees nothing of the diary.
    const auto peeked = Mailbox(ticket).read().get();
    std::printf("the finder: %s\n", peeked.error().what());

    // Who hands it in at the cloakroom gets it back; what another one has sealed is none of these.
    const Mailbox returned{unsealer.unseal(ticket).value()};
    std::printf("the cloakroom: %s\n", returned.read().get()->letters.at(0).c_str());
    const auto forged = proxy::makeSealedPair("cloakroom").sealer.seal(diary.capability());
    std::printf("a forger: %s\n", unsealer.unseal(forged).error().what());
    return 0;
  });
}
