// Objects that refer to each other in a circle go when nobody else refers to them; what they have
// to give back is given back by a Thread of its own.
#include <cstdio>
#include <utility>
#include <vector>

#include "runtime/local/finalizer.h"
#include "runtime/local/local.h"
#include "runtime/run.h"
#include "runtime/troop.h"

// A core: it owns all that it reaches, so another Thread may destroy it.
struct Seat {
  explicit Seat(int number) : number(number) {}
  Seat(Seat&& other) noexcept : number(std::exchange(other.number, 0)) {}
  Seat& operator=(Seat&&) = delete;
  ~Seat() {
    if (number != 0) std::printf("seat %d is free\n", number);
  }
  int number;
};
template <>
struct troop::IsIsolatable<Seat> : std::true_type {};

namespace {

struct Room;

struct Guest {
  troop::Local<Room> room;
  troop::Finalized<Seat> seat;
  void trace(troop::LocalTracer& tracer) const { tracer(room); }
};

struct Room {
  std::vector<troop::Local<Guest>> guests;
  void trace(troop::LocalTracer& tracer) const { tracer(guests); }
};

}  // namespace

int main() {
  return troop::run([] {
    const auto finalizer = troop::Finalizer::start(*troop::Troop::current());
    {
      const auto room = troop::Local<Room>::make();
      for (int number = 1; number <= 2; ++number) {
        room->guests.push_back(
            troop::Local<Guest>::make(room, troop::Finalized<Seat>(finalizer, Seat(number))));
      }
      std::printf("%zu guests\n", room->guests.size());
    }  // they refer to the room, and the room to them
    troop::collectCycles();  // or whenever enough has come together
    return 0;
  });
}
