// The C library reaches the outside through WASI's functions. Defining them here, under the names
// that it imports them by, leaves the module without WASI imports: it can ask its host for what the
// guest ABI offers, and nothing else. The clock is answered from the ABI; everything else fails as
// on a system that lacks it.
#include <stdint.h>

#include "sandbox/wasm/abi.h"

#define WASI(name) __imported_wasi_snapshot_preview1_##name

enum { success = 0, badDescriptor = 8, notSupported = 52 };

int32_t WASI(clock_time_get)(int32_t clock, int64_t precision, int32_t time) {
  (void)precision;
  // WASI numbers the wall clock and the monotonic clock as the ABI does.
  if (clock != troop_clock_wall && clock != troop_clock_monotonic) return notSupported;
  *(int64_t*)(uintptr_t)time = troop_host_clock((uint32_t)clock);
  return success;
}

int32_t WASI(fd_close)(int32_t descriptor) {
  (void)descriptor;
  return badDescriptor;
}

int32_t WASI(fd_fdstat_get)(int32_t descriptor, int32_t status) {
  (void)descriptor, (void)status;
  return badDescriptor;
}

int32_t WASI(fd_seek)(int32_t descriptor, int64_t offset, int32_t whence, int32_t position) {
  (void)descriptor, (void)offset, (void)whence, (void)position;
  return badDescriptor;
}

int32_t WASI(fd_write)(int32_t descriptor, int32_t vectors, int32_t count, int32_t written) {
  (void)descriptor, (void)vectors, (void)count, (void)written;
  return badDescriptor;
}

_Noreturn void WASI(proc_exit)(int32_t status) {
  (void)status;
  static const char text[] = "the JavaScript engine gave up";
  troop_host_abort(troop_abort_error, text, sizeof text - 1);
  __builtin_unreachable();
}
