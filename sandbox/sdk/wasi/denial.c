// The C library reaches the outside through WASI's functions. Defining them here, under the names
// that it imports them by, leaves a module without WASI imports: it can ask its host for what the
// guest ABI offers, and nothing else. Clock and randomness are answered from the ABI, what is
// written to the standard streams goes to the guest's log, line by line; everything else fails as
// on a system that lacks it. Linked into every guest that stands on this C library; C and C++.
#include <stdint.h>

#include "sandbox/wasm/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

// Each under the name and with the signature of WASI preview 1, where pointers are 32 bits.
#define WASI(name) __imported_wasi_snapshot_preview1_##name

enum { success = 0, badDescriptor = 8, notSupported = 52 };

typedef int32_t word;
typedef int64_t wide;

static unsigned char* at(word address) {
  return (unsigned char*)(uintptr_t)(uint32_t)address;
}

// Standard streams.

enum { outputDescriptor = 1, errorDescriptor = 2, lineBytesMax = 1000 };

struct Line {
  char text[lineBytesMax];
  uint32_t bytes;
};

static struct Line lines[2];

static void flush(word descriptor) {
  struct Line* const line = &lines[descriptor - outputDescriptor];
  const uint32_t level = descriptor == errorDescriptor ? troop_log_warning : troop_log_info;
  troop_host_log(level, line->text, line->bytes);
  line->bytes = 0;
}

static void put(word descriptor, char c) {
  struct Line* const line = &lines[descriptor - outputDescriptor];
  if (c != '\n') line->text[line->bytes++] = c;
  if (c == '\n' || line->bytes == lineBytesMax) flush(descriptor);
}

word WASI(fd_write)(word descriptor, word vectors, word count, word written) {
  struct Vector {
    uint32_t address, bytes;
  };
  if (descriptor != outputDescriptor && descriptor != errorDescriptor) return badDescriptor;
  const struct Vector* const vector = (const struct Vector*)at(vectors);
  uint32_t total = 0;
  for (word i = 0; i < count; ++i) {
    const unsigned char* const text = at((word)vector[i].address);
    for (uint32_t j = 0; j < vector[i].bytes; ++j) put(descriptor, (char)text[j]);
    total += vector[i].bytes;
  }
  *(uint32_t*)at(written) = total;
  return success;
}

// What it says of the standard streams makes the C library write them line by line.
word WASI(fd_fdstat_get)(word descriptor, word status) {
  struct Status {
    uint8_t type;
    uint16_t flags;
    uint64_t rights, inheritedRights;
  };
  enum { characterDevice = 2, rightToWrite = 1 << 6 };
  if (descriptor != outputDescriptor && descriptor != errorDescriptor) return badDescriptor;
  const struct Status stream = {characterDevice, 0, rightToWrite, 0};
  *(struct Status*)at(status) = stream;
  return success;
}

// Clock, randomness, the end.

word WASI(clock_time_get)(word clock, wide precision, word time) {
  (void)precision;
  // WASI numbers the wall clock and the monotonic clock as the ABI does.
  if (clock != troop_clock_wall && clock != troop_clock_monotonic) return notSupported;
  *(wide*)at(time) = troop_host_clock((uint32_t)clock);
  return success;
}

word WASI(clock_res_get)(word clock, word resolution) {
  if (clock != troop_clock_wall && clock != troop_clock_monotonic) return notSupported;
  *(wide*)at(resolution) = 1;
  return success;
}

word WASI(random_get)(word buffer, word bytes) {
  unsigned char* const random = at(buffer);
  uint64_t entropy = 0;
  for (uint32_t i = 0; i < (uint32_t)bytes; ++i) {
    if (i % sizeof entropy == 0) entropy = (uint64_t)troop_host_entropy();
    random[i] = (unsigned char)entropy;
    entropy >>= 8;
  }
  return success;
}

__attribute__((noreturn)) void WASI(proc_exit)(word status) {
  (void)status;
  static const char text[] = "it called exit()";
  troop_host_abort(troop_abort_error, text, sizeof text - 1);
}

// No arguments, no environment.

static word nothing(word count, word bytes) {
  *(uint32_t*)at(count) = 0;
  *(uint32_t*)at(bytes) = 0;
  return success;
}

word WASI(args_sizes_get)(word count, word bytes) {
  return nothing(count, bytes);
}
word WASI(environ_sizes_get)(word count, word bytes) {
  return nothing(count, bytes);
}

// What there is none of.

// Their parameters say which function it is; none is looked at.
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define DENIED(error, name, ...) \
  word WASI(name)(__VA_ARGS__) { \
    return error;                \
  }

DENIED(success, args_get, word a, word b)
DENIED(success, environ_get, word a, word b)
DENIED(success, sched_yield, void)
DENIED(notSupported, poll_oneoff, word a, word b, word c, word d)
DENIED(badDescriptor, fd_advise, word a, wide b, wide c, word d)
DENIED(badDescriptor, fd_allocate, word a, wide b, wide c)
DENIED(badDescriptor, fd_close, word a)
DENIED(badDescriptor, fd_datasync, word a)
DENIED(badDescriptor, fd_fdstat_set_flags, word a, word b)
DENIED(badDescriptor, fd_fdstat_set_rights, word a, wide b, wide c)
DENIED(badDescriptor, fd_filestat_get, word a, word b)
DENIED(badDescriptor, fd_filestat_set_size, word a, wide b)
DENIED(badDescriptor, fd_filestat_set_times, word a, wide b, wide c, word d)
DENIED(badDescriptor, fd_pread, word a, word b, word c, wide d, word e)
DENIED(badDescriptor, fd_prestat_get, word a, word b)
DENIED(badDescriptor, fd_prestat_dir_name, word a, word b, word c)
DENIED(badDescriptor, fd_pwrite, word a, word b, word c, wide d, word e)
DENIED(badDescriptor, fd_read, word a, word b, word c, word d)
DENIED(badDescriptor, fd_readdir, word a, word b, word c, wide d, word e)
DENIED(badDescriptor, fd_renumber, word a, word b)
DENIED(badDescriptor, fd_seek, word a, wide b, word c, word d)
DENIED(badDescriptor, fd_sync, word a)
DENIED(badDescriptor, fd_tell, word a, word b)
DENIED(badDescriptor, path_create_directory, word a, word b, word c)
DENIED(badDescriptor, path_filestat_get, word a, word b, word c, word d, word e)
DENIED(badDescriptor, path_filestat_set_times, word a, word b, word c, word d, wide e, wide f,
       word g)
DENIED(badDescriptor, path_link, word a, word b, word c, word d, word e, word f, word g)
DENIED(badDescriptor, path_open, word a, word b, word c, word d, word e, wide f, wide g, word h,
       word i)
DENIED(badDescriptor, path_readlink, word a, word b, word c, word d, word e, word f)
DENIED(badDescriptor, path_remove_directory, word a, word b, word c)
DENIED(badDescriptor, path_rename, word a, word b, word c, word d, word e, word f)
DENIED(badDescriptor, path_symlink, word a, word b, word c, word d, word e)
DENIED(badDescriptor, path_unlink_file, word a, word b, word c)
DENIED(badDescriptor, sock_accept, word a, word b, word c)
DENIED(badDescriptor, sock_recv, word a, word b, word c, word d, word e, word f)
DENIED(badDescriptor, sock_send, word a, word b, word c, word d, word e)
DENIED(badDescriptor, sock_shutdown, word a, word b)

#ifdef __cplusplus
}
#endif
