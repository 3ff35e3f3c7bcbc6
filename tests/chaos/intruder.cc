#include "tests/chaos/intruder.h"

#include <array>
#include <cstddef>
#include <utility>

#include "runtime/error.h"
#include "runtime/inspect/inspect.h"
#include "runtime/io/unix-stream.h"
#include "runtime/thread.h"
#include "runtime/trace/recording.h"
#include "tests/chaos/actor.h"

namespace troop::chaos {

void intrude(World& world, std::uint64_t seed) {
  Chance chance(seed);
  while (world.mayStart()) {
    const Counted waiting(world.waits);
    const Ref<Thread> remembered = world.remembered(chance);
    try {
      switch (chance.upTo(10)) {
        case 0:
          (void)world.hubSender(chance).send(Token(world), after(chance.shortly()));
          break;
        case 1:
          (void)world.hubReceiver(chance).receiveUntil(after(chance.shortly()));
          break;
        case 2:
          if (remembered) (void)remembered->join(after(chance.shortly()));
          break;
        case 3: {
          const Ref<Thread> thread = startActor(world, world.troop(chance), chance.number(), 1);
          // One that may wait for ever ends when its troop is killed, which may be much later.
          (void)thread->join(world.mayWaitForEver() ? after(chance.shortly()) : never);
          break;
        }
        case 4:
          if (world.mayKill(chance)) world.killOne(chance);
          break;
        case 5:
          world.shelf(chance).enter(assumeSendable([&](Shelf& inside, Entered& entered) {
            ++inside.visits;
            ++inside.goods;
            ++world.visits;
            entered.broadcast();
          }));
          break;
        case 6: {
          auto [here, there] = UnixStream::pair(world.process()).value();
          std::array<std::byte, 10> room;
          (void)there.write("some");
          (void)here.read(room, after(chance.shortly()));
          break;
        }
        case 7:
          if (world.mayResize()) world.resizeCarriers(chance);
          break;
        case 8: {
          const inspect::Inspection seen = inspect::inspect(world.process(), {.patience = 1ms});
          if (seen.troops.empty()) world.wrong("nothing is there to be seen");
          break;
        }
        case 9: {
          // Another one may be about to.
          const trace::Recording recording(world.process(), {.eventsOfEach = 64});
          (void)world.hubReceiver(chance).receiveUntil(after(chance.shortly()));
          if (recording.perfetto().empty()) world.wrong("nothing was recorded");
          break;
        }
        default:
          if (remembered) {
            (void)remembered->post(assumeSendable([&world, next = chance.number()] {
              runActor(world, next, actorDepthMax, nullptr);
            }));
          }
      }
    } catch (const Error&) {
      // A troop at its limit, or killed.
    }
  }
}

}  // namespace troop::chaos
