// Something that a file or a directory is asked for and that may take as long as a disk does:
// others do it, while who asked waits.
//
// What is read and written stands in a buffer of the request, so that nobody's memory is written to
// after he has given up: the request lives until the system is done with it.
//
// Ownership: Refs, of who asks and who does it. Threads: any; finish() by who does it, once.
// Limits: its buffer, at most bytesMax, is charged to the troop of the caller. Fails: making one
// with overloaded/memory; result() is below 0, -errno, where the system refused. Misuse: result()
// before a wait was signalled.
//
//   Ref<FileRequest> request = FileRequest::read(source, offset, bytes).value();
//   if (request->resultBy(deadline).value() > 0) copy(request->buffer(), ...);
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/reactor/source.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"
#include "runtime/troop.h"
#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {

class FileRequest final : public RefCounted,
                          public ListHook<struct FileRequestTag>  // of who is to do it
{
 public:
  static constexpr std::size_t bytesMax = std::size_t{1} << 20;

  enum class Kind : unsigned char {
    open,
    read,
    write,
    sync,
    syncContents,
    resize,
    // Of a directory.
    make,
    rename,
    remove,
    list,
  };

  // `flags` as open(2) has them. Who never takes what was opened has it closed by `reactor`.
  static Expected<Ref<FileRequest>> open(Reactor& reactor, std::string path, int flags);
  // Of up to bytesMax.
  static Expected<Ref<FileRequest>> read(Source& source, std::uint64_t offset, std::size_t bytes);
  static Expected<Ref<FileRequest>> write(Source& source, std::uint64_t offset,
                                          std::span<const std::byte> bytes);
  static Expected<Ref<FileRequest>> sync(Source& source);
  static Expected<Ref<FileRequest>> syncContents(Source& source);
  static Expected<Ref<FileRequest>> resize(Source& source, std::uint64_t bytes);
  // A directory of that name in `directory`.
  static Expected<Ref<FileRequest>> make(Source& directory, std::string name);
  // It has the name `to` in the directory `into`, of the same system; what had that is gone.
  static Expected<Ref<FileRequest>> rename(Source& directory, std::string from, Source& into,
                                           std::string to);
  // A file, or a directory in which nothing is.
  static Expected<Ref<FileRequest>> remove(Source& directory, std::string name);
  // Some of what is in it, after those that a call gave which told `place`; 0 to begin with. The
  // result is how much of the buffer is filled, as getdents64(2) has it; 0: there are no more.
  static Expected<Ref<FileRequest>> list(Source& directory, std::uint64_t place);
  ~FileRequest() override;

  // What it asks for, to who does it.
  Kind kind() const noexcept { return kind_; }
  Source* source() const noexcept { return source_.get(); }     // null for open
  const Troop* payer() const noexcept { return payer_.get(); }  // null: an OS thread asks
  const std::string& path() const noexcept { return path_; }    // or the name in a directory
  Source* newDirectory() const noexcept { return newDirectory_.get(); }
  const std::string& newName() const noexcept { return newName_; }
  int flags() const noexcept { return flags_; }
  std::uint64_t offset() const noexcept { return offset_; }  // or how long it is to be, or `place`
  std::span<std::byte> buffer() const noexcept { return {buffer_.get(), bytes_}; }

  // Does it by calls that may block the calling OS thread, unless nobody waits any more; the result
  // is not told yet.
  long perform() noexcept;
  // What open(), read() and so on returned, or -errno: who waits goes on.
  void finish(long result) noexcept;

  // Has it done, and waits: what open(), read() and so on returned, or -errno. Fails where the wait
  // ended otherwise.
  Expected<long> resultBy(Time deadline);

  bool isFinished() noexcept;
  // Of who asked: until it is done. Where that ends otherwise, nobody wants it any more.
  WaitResult await(Time deadline);
  // The two halves of a wait of a coroutine. False: it need not wait.
  bool suspend(std::coroutine_handle<> leaf, Time deadline);
  WaitResult resumed() noexcept;
  // What conclude() made of a wait's end, or threw.
  void abandon() noexcept { abandoned_.store(true, std::memory_order_relaxed); }

  // Around what the kernel does with it: what was written before is seen after.
  void passToKernel() noexcept { passed_.store(true, std::memory_order_release); }
  void takeFromKernel() const noexcept { (void)passed_.load(std::memory_order_acquire); }

  long result() const noexcept { return result_; }
  // Of one that has opened something: who takes it closes it.
  int takeDescriptor() noexcept;

 private:
  FileRequest(Kind kind, Ref<Reactor> reactor, Ref<Source> source, std::uint64_t offset) noexcept
      : kind_(kind), reactor_(std::move(reactor)), source_(std::move(source)), offset_(offset) {}

  static Expected<Ref<FileRequest>> make(Kind kind, Reactor& reactor, Source* source,
                                         std::uint64_t offset, std::size_t bytes);
  static Expected<Ref<FileRequest>> ofName(Kind kind, Source& directory, std::string name);
  // What perform() does with the descriptor of its Source.
  long performOn(int descriptor) noexcept;
  long listFrom(int descriptor) noexcept;

  const Kind kind_;
  const Ref<Reactor> reactor_;
  const Ref<Source> source_;
  const std::uint64_t offset_;
  std::string path_;
  Ref<Source> newDirectory_;
  std::string newName_;
  int flags_ = 0;
  std::size_t bytes_ = 0;
  std::unique_ptr<std::byte[]> buffer_;
  Ref<Troop> payer_;
  Charge charge_;

  std::atomic<bool> abandoned_{false};
  std::atomic<bool> passed_{false};
  ShortLock mutex_;
  bool finished_ = false;  // these three protected by mutex_
  long result_ = 0;
  WaitList waiting_;
};

}  // namespace troop
