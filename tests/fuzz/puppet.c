/* A guest that somebody else steers: a call to its main object brings a list of steps, each of
 * which is a host function with all its arguments, or something done to its own memory. What a
 * compromised guest could do it does, as often and in what order it is told to.
 *
 * Steps are done up to the next `rest`, then the guest returns; with every delivery it goes on.
 * Those behind `allocating` are done in troop_alloc, which then returns what it was told.
 */
#define ALLOCATES_BY_ITSELF
#include "tests/attack/attacker.h"

enum { stepsMax = 1024, arguments = 7, registers = 32, scratchBytes = 64 << 10, listMax = 64 };

enum operation {
  op_rest,
  op_call,
  op_pipeline,
  op_answer,
  op_fail,
  op_serve,
  op_release,
  op_finish,
  op_log,
  op_clock,
  op_entropy,
  op_abort,
  op_source,
  op_source_copy,
  op_poke, /* a[0]: where, wide: what */
  op_copy, /* a[0]: where to, a[1]: from, a[2]: how much */
  op_grow, /* a[0]: pages */
  op_spin, /* a[0]: how often */
  op_trap,
  op_allocating, /* what follows is for the next troop_alloc, which returns a[0], or a block if that
                    is 1 */
};

struct step {
  uint16_t operation;
  uint8_t
      from_register;    /* bit i: a[i] is the number of a register, or of what it has: see look() */
  uint8_t from_scratch; /* bit i: a[i] is an offset in the scratch memory */
  uint32_t save;        /* the register that gets the result */
  uint32_t a[arguments];
  uint32_t padding;
  uint64_t wide;
};

static struct step steps[stepsMax];
static uint32_t count, next;
static uint32_t values[registers];

/* What it has: what an honest guest would use. */
struct list {
  uint32_t count;
  uint32_t items[listMax];
};
static struct list capabilities, questions, calls;

static void add(struct list* list, uint32_t item) {
  if ((int32_t)item > 0 && list->count < listMax) list->items[list->count++] = item;
}

static void removeFrom(struct list* list, uint32_t item) {
  for (uint32_t i = 0; i < list->count; ++i) {
    if (list->items[i] == item) list->items[i--] = list->items[--list->count];
  }
}

/* 0 to 31: a register; from 64, 128 and 192 on: a capability, a question, a call, 0 if there is
 * none.
 */
static uint32_t look(uint32_t number) {
  struct list* const lists[] = {NULL, &capabilities, &questions, &calls};
  const struct list* list = lists[number / 64 % 4];
  if (list == NULL) return values[number % registers];
  return list->count == 0 ? 0 : list->items[number % 64 % list->count];
}
static uint32_t seen; /* of what was delivered, in registers from 16 on */
static _Alignas(8) unsigned char block[128 << 10];
/* Begins with messages that are well-formed. */
static _Alignas(8) union {
  uint64_t words[scratchBytes / 8];
  unsigned char bytes[scratchBytes];
} scratch = {.words = {
                 [0] = (uint64_t)1 << 32, /* 0: 16 bytes, empty */
                 [2] = (uint64_t)2 << 32,
                 (uint64_t)1 << 48,
                 3, /* 16: 24 bytes, a capability */
                 [5] = (uint64_t)3 << 32,
                 (uint64_t)1 << 48, /* 40: 32 bytes, a text */
                 (uint64_t)6 << 35 | (uint64_t)2 << 32 | 1,
                 0x216f6c6c6548,
             }};
static uint32_t allocated;
static uint32_t allocates; /* the step that the next troop_alloc begins with, plus 1 */

static int isMine(uint32_t begin, uint32_t bytes) {
  const uint32_t size = (uint32_t)__builtin_wasm_memory_size(0) * 65536;
  return begin >= 1024 && begin <= size && bytes <= size - begin;
}

static uint32_t function(const struct step* step, const uint32_t* a) {
  switch ((enum operation)step->operation) {
    case op_call:
      return (uint32_t)troop_host_call(a[0], step->wide, a[1], (const void*)a[2], a[3],
                                       (const uint32_t*)a[4], a[5]);
    case op_pipeline:
      return (uint32_t)troop_host_pipeline(a[0], (const uint16_t*)a[1], a[2]);
    case op_answer:
      return (uint32_t)troop_host_answer(a[0], (const void*)a[1], a[2], (const uint32_t*)a[3],
                                         a[4]);
    case op_fail:
      return (uint32_t)troop_host_fail(a[0], a[1], (const char*)a[2], a[3]);
    case op_serve:
      return (uint32_t)troop_host_serve(a[0]);
    case op_release:
      troop_host_release(a[0]);
      return 0;
    case op_finish:
      troop_host_finish(a[0]);
      return 0;
    case op_log:
      troop_host_log(a[0], (const char*)a[1], a[2]);
      return 0;
    case op_clock:
      return (uint32_t)troop_host_clock(a[0]);
    case op_entropy:
      return (uint32_t)troop_host_entropy();
    case op_abort:
      troop_host_abort(a[0], (const char*)a[1], a[2]);
    case op_source:
      return (uint32_t)troop_host_source((const char*)a[0], a[1], (const char*)a[2], a[3]);
    case op_source_copy:
      troop_host_source_copy((void*)a[0]);
      return 0;
    default:
      return 0;
  }
}

static void ownMemory(const struct step* step, const uint32_t* a) {
  switch ((enum operation)step->operation) {
    case op_poke:
      if (isMine(a[0], 8)) __builtin_memcpy((void*)a[0], &step->wide, 8);
      break;
    case op_copy:
      if (isMine(a[0], a[2]) && isMine(a[1], a[2]))
        __builtin_memmove((void*)a[0], (const void*)a[1], a[2]);
      break;
    case op_grow:
      __builtin_wasm_memory_grow(0, a[0]);
      break;
    case op_spin:
      for (volatile uint32_t i = 0; i < a[0] % 100000; ++i) continue;
      break;
    case op_trap:
      __builtin_trap();
    default:
      break;
  }
}

static void keepBooks(const struct step* step, const uint32_t* a, uint32_t result) {
  if (step->operation == op_call) add(&questions, result);
  if (step->operation == op_pipeline || step->operation == op_serve) add(&capabilities, result);
  if (step->operation == op_release) removeFrom(&capabilities, a[0]);
  if (step->operation == op_finish) removeFrom(&questions, a[0]);
  if (step->operation == op_answer && result == 0) removeFrom(&calls, a[0]);
  if (step->operation == op_fail && result == 0) removeFrom(&calls, a[0]);
}

static void run(void) {
  while (next < count) {
    const struct step* step = &steps[next++];
    if (step->operation == op_rest) return;
    if (step->operation == op_allocating) {
      allocated = step->a[0];
      allocates = next + 1;
      while (next < count && steps[next].operation != op_rest) ++next;
      continue;
    }
    uint32_t a[arguments];
    for (uint32_t i = 0; i < arguments; ++i) {
      a[i] = step->a[i];
      if (step->from_register >> i & 1) a[i] = look(a[i]);
      if (step->from_scratch >> i & 1) a[i] += (uint32_t)(uintptr_t)scratch.bytes;
    }
    /* There is no such question: an honest guest would not finish it. */
    if (step->operation == op_finish && step->from_register != 0 && a[0] == 0) continue;
    ownMemory(step, a);
    const uint32_t result = function(step, a);
    values[step->save % registers] = result;
    keepBooks(step, a, result);
  }
}

TROOP_EXPORT("troop_alloc") void* troop_alloc(uint32_t bytes) {
  void* const mine = bytes <= sizeof block ? block : NULL;
  if (allocates == 0) return mine;
  const uint32_t before = next;
  next = allocates - 1;
  allocates = 0;
  run();
  next = before;
  return allocated == 1 ? mine : (void*)allocated;
}

static void remember(uint32_t value) {
  values[registers / 2 + seen++ % (registers / 2)] = value;
}

void hear(const struct troop_delivery* delivery) {
  const uint32_t* handles = (const uint32_t*)(delivery + 1);
  for (uint32_t i = 0; i < delivery->handle_count && i < 4; ++i) {
    remember(handles[i]);
    add(&capabilities, handles[i]);
  }
  if (delivery->kind == troop_call) add(&calls, delivery->id);
  if (delivery->kind == troop_cancelled) removeFrom(&calls, delivery->id);
  if (delivery->kind == troop_start) values[0] = firstOf(delivery);
  if (delivery->kind == troop_start) values[1] = (uint32_t)troop_host_serve(1);
  if (delivery->kind != troop_start && delivery->kind != troop_released) remember(delivery->id);
  const uint32_t wordsBefore = 2; /* the framing, and a root that is null */
  if (delivery->kind == troop_call && delivery->object == TROOP_ABI_MAIN_OBJECT &&
      delivery->body_bytes >= wordsBefore * 8) {
    const unsigned char* body =
        (const unsigned char*)(handles + (delivery->handle_count + 1) / 2 * 2);
    count = (delivery->body_bytes - wordsBefore * 8) / sizeof *steps;
    if (count > stepsMax) count = stepsMax;
    __builtin_memcpy(steps, body + wordsBefore * 8, count * sizeof *steps);
    next = 0;
  }
  run();
}
