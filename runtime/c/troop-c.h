// The runtime for programs in C and for the runtimes of other languages: Threads, waits, channels,
// code that blocks, and what a Thread keeps for itself.
//
// Concept: a TroopProcess owns the OS threads; a Troop in it is an isolation domain with limits,
// which pays for what is made for it; a TroopThread runs one function, and waits without an OS
// thread of its own. Every function is called by Threads and by any OS thread of the host alike:
// where a Thread waits, others run; an OS thread of the host blocks.
//
// Ownership: what a function gives in its last pointer belongs to the caller, who gives it back
// with the function that says so; all but a TroopProcess may be given back in any order, also after
// what they came from, by any thread. Threads: any; a sender, a receiver and a parker that waits by
// one at a time (troop_sender_copy, troop_receiver_copy). Limits: those of the Troop that pays; 0
// stands for none, or for what is usual. Fails: a code, and with an `error` that is not null a
// text. Nothing is thrown, and nothing may be thrown, or left by longjmp(), through these functions
// by what they call. Where a Troop was killed each wait of its Threads says TROOP_CANCELLED at
// once, and they are to return.
//
// Frames of C on a Thread: after a wait it may go on on another OS thread. Compilers keep addresses
// of thread-local data, errno among them, over calls; so who uses such data before and after a wait
// says TROOP_STAYS, or troop_pin() meanwhile. That OS thread runs others while such a Thread waits,
// and what these find in its thread-local data is what was left there. What must not be
// interleaved, such as the frames of an interpreter that it links from one thread-local place,
// waits outside of those frames (troop_spawn_steps), or on an OS thread of its own.
//
// CPython, by ctypes: OS threads that it started itself may call everything. What a Thread calls
// back may call everything that does not wait, for others that enter the interpreter on the same OS
// thread would use the same PyThreadState; it is a step that returns TROOP_PARKS, or TROOP_YIELDS,
// instead (a generator is), and such Threads may be many.
//
//   TroopProcess* process;
//   TroopError error;
//   if (troop_process_begin(NULL, &process, &error) != TROOP_OK) fail(error.text);
//   TroopThread* worker;
//   if (troop_spawn(troop, NULL, work, &input, &worker, &error) != TROOP_OK) fail(error.text);
//   troop_join(worker, TROOP_FOREVER, &error);
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TROOP_API __attribute__((visibility("default")))

// How long a wait may take, in nanoseconds: 0 does not wait, negative numbers are this.
#define TROOP_FOREVER ((int64_t)-1)

// NOLINTBEGIN(modernize-use-using,readability-identifier-naming): as C has it

typedef enum TroopCode {
  TROOP_OK = 0,
  TROOP_FAILED = 1,        // it cannot be done; the same call will fail again
  TROOP_OVERLOADED = 2,    // beyond a limit, or no memory: later, or less
  TROOP_DISCONNECTED = 3,  // nobody is left on the other side, or the Troop was killed
  TROOP_CANCELLED = 4,     // the calling Thread is to return
  TROOP_TIMED_OUT = 5,
  TROOP_DEADLOCK = 6,  // this wait would have closed a circle of waits
} TroopCode;

typedef struct TroopError {
  TroopCode code;
  char text[252];  // what and where, cut where it is longer; ends with 0
} TroopError;

typedef struct TroopProcess TroopProcess;
typedef struct Troop Troop;
typedef struct TroopThread TroopThread;
typedef struct TroopParker TroopParker;
typedef struct TroopSender TroopSender;
typedef struct TroopReceiver TroopReceiver;
typedef struct TroopPin TroopPin;
typedef struct TroopSlot TroopSlot;

// Options begin with their own size, so that later ones may have more.
typedef struct TroopProcessOptions {
  size_t size;
  uint32_t carriers;   // OS threads that run Threads; 0: one a CPU
  uint32_t sparesMax;  // OS threads beside them while those block; 0: 128
  uint64_t memoryBytesMax;
  uint64_t stackBytes;  // of each Thread, whole pages; 0: 64 KiB, which suits no interpreter
} TroopProcessOptions;

typedef struct TroopOptions {
  size_t size;
  const char* name;  // null: none, as for all names
  uint32_t weight;   // of CPU time between Troops, 1 to 10,000; 0: 100
  uint64_t memoryBytesMax;
  uint64_t threadsMax;
  uint64_t cpuNanosecondsMax;
} TroopOptions;

typedef enum TroopPlace {
  TROOP_MIGRATES = 0,  // goes on on any OS thread after a wait
  TROOP_STAYS = 1,     // on the one where it began
} TroopPlace;

typedef struct TroopThreadOptions {
  size_t size;
  const char* name;
  TroopPlace place;
} TroopThreadOptions;

// -- Processes and troops ------------------------------------------------------------------------

// Starts OS threads when they are needed. `options` may be null, as everywhere.
TROOP_API TroopCode troop_process_begin(const TroopProcessOptions* options, TroopProcess** process,
                                        TroopError* error);
// Kills what still runs in it, waits until that has returned, and gives it back. By an OS thread of
// the host.
TROOP_API void troop_process_end(TroopProcess* process);

TROOP_API TroopCode troop_begin(TroopProcess* process, const TroopOptions* options, Troop** troop,
                                TroopError* error);
// One inside `outer`, whose limits bound both.
TROOP_API TroopCode troop_begin_inside(Troop* outer, const TroopOptions* options, Troop** troop,
                                       TroopError* error);
// Its Threads are told at their next waits; `reason` is told to those who wait for them.
TROOP_API void troop_kill(Troop* troop, const char* reason);
// Bytes that it is charged for at this moment.
TROOP_API uint64_t troop_memory_used(const Troop* troop);
// It lives on while something runs in it.
TROOP_API void troop_release(Troop* troop);

// -- Threads -------------------------------------------------------------------------------------

typedef void (*TroopBody)(void* argument);

// Starts a Thread that calls body(argument), unless there is no memory for its stack then: so says
// troop_join(). `thread` may be null.
TROOP_API TroopCode troop_spawn(Troop* troop, const TroopThreadOptions* options, TroopBody body,
                                void* argument, TroopThread** thread, TroopError* error);

typedef enum TroopNext {
  TROOP_ENDS = 0,
  TROOP_YIELDS = 1,  // again, after others
  TROOP_PARKS = 2,   // again, once its parker was unparked
} TroopNext;

// `reason` is TROOP_OK, or what ends the Thread, mostly TROOP_CANCELLED: then it is the last call.
typedef TroopNext (*TroopStep)(void* argument, TroopCode reason);

// Starts a Thread that calls step(argument, ...) again and again, and waits between two calls, when
// nothing of the caller's is on its stack. `parker` belongs to the Thread from now on, also where
// this fails; a copy of it stays with who unparks (troop_parker_copy).
TROOP_API TroopCode troop_spawn_steps(Troop* troop, const TroopThreadOptions* options,
                                      TroopStep step, void* argument, TroopParker* parker,
                                      TroopThread** thread, TroopError* error);

// Waits for its end. Fails with TROOP_DEADLOCK for the calling Thread itself.
TROOP_API TroopCode troop_join(TroopThread* thread, int64_t nanoseconds, TroopError* error);
// It runs on.
TROOP_API void troop_thread_release(TroopThread* thread);

// -- Waits ---------------------------------------------------------------------------------------

// Lets others run that are ready.
TROOP_API TroopCode troop_yield(TroopError* error);
TROOP_API TroopCode troop_sleep(int64_t nanoseconds, TroopError* error);

// A parker holds a permit or none. troop_park() takes the permit, and waits for it where there is
// none; troop_unpark() leaves one, so that an unpark before the park is not lost, and several are
// one. `payer` pays for it.
TROOP_API TroopCode troop_parker_make(Troop* payer, TroopParker** parker, TroopError* error);
TROOP_API TroopCode troop_parker_copy(const TroopParker* parker, TroopParker** copy,
                                      TroopError* error);
TROOP_API TroopCode troop_park(TroopParker* parker, int64_t nanoseconds, TroopError* error);
// By any thread, whoever waits; never waits itself.
TROOP_API void troop_unpark(TroopParker* parker);
TROOP_API void troop_parker_release(TroopParker* parker);

// -- Channels ------------------------------------------------------------------------------------

// A queue of up to `capacity` pointers; `payer` pays for its room. Those that nobody receives are
// given to `drop`, on some thread, where it is not null.
TROOP_API TroopCode troop_channel_make(Troop* payer, size_t capacity, void (*drop)(void* value),
                                       TroopSender** sender, TroopReceiver** receiver,
                                       TroopError* error);
// Waits while it is full. `value` is given away by TROOP_OK only.
TROOP_API TroopCode troop_send(TroopSender* sender, void* value, int64_t nanoseconds,
                               TroopError* error);
// Waits while it is empty; TROOP_DISCONNECTED once it is and no sender is left.
TROOP_API TroopCode troop_receive(TroopReceiver* receiver, int64_t nanoseconds, void** value,
                                  TroopError* error);
TROOP_API TroopCode troop_sender_copy(const TroopSender* sender, TroopSender** copy,
                                      TroopError* error);
TROOP_API TroopCode troop_receiver_copy(const TroopReceiver* receiver, TroopReceiver** copy,
                                        TroopError* error);
// The last one given back tells the other side.
TROOP_API void troop_sender_release(TroopSender* sender);
TROOP_API void troop_receiver_release(TroopReceiver* receiver);

// -- OS threads ----------------------------------------------------------------------------------

// Calls function(argument), which may block its OS thread: others go on elsewhere meanwhile, and
// where they did, it gives way once more afterwards, as a wait does. Who says nothing and blocks
// for long is found out as well.
TROOP_API void troop_blocking(TroopBody function, void* argument);

// Until troop_unpin() the calling Thread goes on on its OS thread after each wait. Pins nest; each
// is given back by the Thread that made it. Nothing outside of Threads. Fails without memory.
TROOP_API TroopCode troop_pin(TroopPin** pin, TroopError* error);
TROOP_API void troop_unpin(TroopPin* pin);

// -- Slots ---------------------------------------------------------------------------------------

// A value for each Thread, and for each OS thread of the host. When that ends and its value is not
// null, destructor(value) is called there, where it is not null, after the value was set to null;
// again where destructors set values, up to four times. The Troop of the Thread pays.
TROOP_API TroopCode troop_slot_make(void (*destructor)(void* value), TroopSlot** slot,
                                    TroopError* error);
TROOP_API TroopCode troop_slot_set(TroopSlot* slot, void* value, TroopError* error);
// Null where nothing was set.
TROOP_API void* troop_slot_get(const TroopSlot* slot);
// Values that are there stay, and are destroyed as before.
TROOP_API void troop_slot_release(TroopSlot* slot);

// NOLINTEND(modernize-use-using,readability-identifier-naming)

#ifdef __cplusplus
}  // extern "C"
#endif
