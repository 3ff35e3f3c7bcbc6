/* The boundary between a Wasm guest and its host, version 1; for the host (C++) and for guests (C).
 *
 * A guest is event-driven: the host puts a *delivery* into the guest's memory and calls
 * troop_deliver; the guest returns when it has nothing more to do. Nothing that it imports waits.
 * Integers are little endian; pointers are offsets in the guest's one memory.
 *
 * Exports:  memory
 *           troop_abi_1   ()                  marks the version; never called
 *           _initialize   ()                  optional; called once, before everything else
 *           troop_alloc   (size) -> pointer   8-aligned, the guest's own from then on; 0: no memory
 *           troop_deliver (pointer, size)     a delivery, in a block that troop_alloc gave
 *
 * A pointer outside memory, an unaligned list of handles or an unknown enumerator ends the guest:
 * that is its bug, and nothing good follows from going on.
 */
#ifndef TROOP_SANDBOX_WASM_ABI_H_
#define TROOP_SANDBOX_WASM_ABI_H_

#include <stdint.h>

/* C, whose names know no namespaces. NOLINTBEGIN(readability-identifier-naming) */

#define TROOP_ABI_VERSION 1
#define TROOP_ABI_MODULE "troop"
#define TROOP_ABI_MARKER "troop_abi_1"
#define TROOP_ABI_MEMORY "memory"
#define TROOP_ABI_INITIALIZE "_initialize"
#define TROOP_ABI_ALLOC "troop_alloc"
#define TROOP_ABI_DELIVER "troop_deliver"

/* The object that a guest has from the start: what its host calls. The other ones are named by the
 * guest. */
#define TROOP_ABI_MAIN_OBJECT 0

/*   0        2        4        6        8
 *   +--------+--------+-----------------+
 *   | kind   | flags  | id              |  0
 *   +--------+--------+-----------------+
 *   | interface                         |  8
 *   +-----------------+-----------------+
 *   | method or kind  | object / detail | 16
 *   +-----------------+-----------------+
 *   | handleCount     | bodyBytes       | 24
 *   +-----------------+-----------------+
 *   | handles[handleCount], padded to 8 | 32
 *   | body[bodyBytes]                   |
 *   +-----------------------------------+
 */
struct troop_delivery {
  /* enum troop_delivery_kind */
  uint16_t kind;
  /* troop_error: enum troop_executed */
  uint16_t flags;
  /* troop_call, troop_cancelled: the call; troop_result, troop_error: the question */
  uint32_t id;
  /* troop_call */
  uint64_t interface_id;
  /* troop_call: the method; troop_error: enum troop_error_kind; troop_start: memory limit, KiB */
  uint32_t method;
  /* troop_call, troop_released: the object; troop_error: detail; troop_start: stack limit, KiB */
  uint32_t object;
  /* Capabilities that come along; the guest owns and releases them. */
  uint32_t handle_count;
  /* A framed Cap'n Proto message, or text. */
  uint32_t body_bytes;
};

enum troop_delivery_kind {
  /* First of all. Handles: what was granted; body: the names, in order, separated by '\n'. */
  troop_start = 1,
  /* Somebody calls `object`; to be answered once, by answer or fail. */
  troop_call = 2,
  /* The answer to a question. */
  troop_result = 3,
  /* The failure of a question; body: the reason, UTF-8. */
  troop_error = 4,
  /* Nobody holds a capability on `object` any more: one for each serve. */
  troop_released = 5,
  /* The caller gave the call up; it cannot be answered any more. */
  troop_cancelled = 6,
};

enum troop_error_kind {
  troop_failed = 0,
  troop_overloaded = 1,
  troop_disconnected = 2,
  troop_unimplemented = 3,
};

/* Whether a call that failed may have had an effect. */
enum troop_executed {
  troop_executed_no = 0,
  troop_executed_maybe = 1,
};

enum troop_abort_kind {
  troop_abort_error = 1,  /* an error that nobody caught; the text says which */
  troop_abort_memory = 2, /* no memory left to go on */
  troop_abort_stack = 3,  /* the stack limit was reached where it cannot be survived */
};

enum troop_clock_kind {
  troop_clock_wall = 0,      /* nanoseconds since 1970, UTC */
  troop_clock_monotonic = 1, /* nanoseconds since the guest was granted the clock */
};

enum troop_log_level {
  troop_log_debug = 0,
  troop_log_info = 1,
  troop_log_warning = 2,
  troop_log_error = 3,
};

/* What functions return instead of a handle or a question. */
enum troop_refusal {
  troop_refused_overloaded = -1, /* too many at once, or no memory for it; try later */
  troop_refused_unknown = -2,    /* no such question, call or path; or already answered */
  troop_refused_too_large = -3,  /* over the limit on the bytes of a message; nothing was sent */
};

#ifdef __wasm__

#define TROOP_IMPORT(name) __attribute__((import_module(TROOP_ABI_MODULE), import_name(name)))
#define TROOP_EXPORT(name) __attribute__((export_name(name)))

/* Calls a method; returns a question (>= 1) or troop_refused_overloaded. Everything else that can
 * go wrong arrives as a troop_error. Each question is given up once, with troop_finish. */
TROOP_IMPORT("call")
int32_t troop_host_call(uint32_t capability, uint64_t interface_id, uint32_t method,
                        const void* message, uint32_t message_bytes, const uint32_t* handles,
                        uint32_t handle_count);

/* A capability of the question's result, before it has arrived: `path` leads through pointers from
 * its root. */
TROOP_IMPORT("pipeline")
int32_t troop_host_pipeline(uint32_t question, const uint16_t* path, uint32_t path_length);

/* 0, or troop_refused_unknown, or troop_refused_too_large or troop_refused_overloaded (the call is
 * still open). */
TROOP_IMPORT("answer")
int32_t troop_host_answer(uint32_t call, const void* message, uint32_t message_bytes,
                          const uint32_t* handles, uint32_t handle_count);
TROOP_IMPORT("fail")
int32_t troop_host_fail(uint32_t call, uint32_t error_kind, const char* text, uint32_t text_bytes);

/* A handle on an object of the guest's own, to be passed in messages and released. */
TROOP_IMPORT("serve") int32_t troop_host_serve(uint32_t object);
TROOP_IMPORT("release") void troop_host_release(uint32_t capability);

/* The result is not wanted any more, or was used: cancels an unanswered call, ends what pipelining
 * needs. */
TROOP_IMPORT("finish") void troop_host_finish(uint32_t question);

TROOP_IMPORT("log") void troop_host_log(uint32_t level, const char* text, uint32_t text_bytes);
TROOP_IMPORT("clock")
int64_t troop_host_clock(uint32_t clock_kind); /* 0 where no clock was granted */
TROOP_IMPORT("entropy")
int64_t troop_host_entropy(void); /* a fixed sequence where none was granted */

__attribute__((noreturn)) TROOP_IMPORT("abort") void troop_host_abort(uint32_t abort_kind,
                                                                      const char* text,
                                                                      uint32_t text_bytes);

/* Module sources, while an image is made (-1 in a living guest): finds what `referrer` means by
 * `specifier`, returns the bytes that troop_host_source_copy will write: the module's name, a zero
 * byte, its source. */
TROOP_IMPORT("source")
int32_t troop_host_source(const char* specifier, uint32_t specifier_bytes, const char* referrer,
                          uint32_t referrer_bytes);
TROOP_IMPORT("sourceCopy") void troop_host_source_copy(void* destination);

#endif /* __wasm__ */

/* NOLINTEND(readability-identifier-naming) */

#endif /* TROOP_SANDBOX_WASM_ABI_H_ */
