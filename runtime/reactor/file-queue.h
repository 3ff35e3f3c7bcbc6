// What files are asked for and nobody has begun, by the troop that asks: each troop's in turn, and
// of each only so many at a time, so that one whose files are slow holds up itself alone.
//
// Ownership: its FileWorkers; a reference to each request, from add() to take(). Threads: one at a
// time. Limits: atOnceMax of a troop, and of all who are in none; others wait here. Fails: add()
// says false where there is no memory, and has kept nothing.
//
//   if (!queue.add(request)) return doItHere();
//   Ref<FileRequest> next = queue.take();      // null: nothing may begin
//   ... queue.done(*next);
#pragma once

#include <cstddef>

#include "runtime/base/list.h"
#include "runtime/reactor/file-request.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class FileQueue {
 public:
  static constexpr unsigned atOnceMax = 4;

  FileQueue() = default;
  ~FileQueue();
  FileQueue(const FileQueue&) = delete;
  FileQueue& operator=(const FileQueue&) = delete;

  [[nodiscard]] bool add(const Ref<FileRequest>& request) noexcept;
  Ref<FileRequest> take() noexcept;
  // One that was taken.
  void done(const FileRequest& request) noexcept;

  // How many may begin; how many have begun and are not done.
  unsigned ready() const noexcept { return ready_; }
  unsigned begun() const noexcept { return begun_; }

 private:
  // What one troop asks for, while there is something or something is done.
  struct Line : ListHook<struct LineTag> {
    explicit Line(const Troop* whose) noexcept : troop(whose) {}
    unsigned ready() const noexcept;

    const Troop* const troop;
    List<FileRequest, FileRequestTag> requests;
    unsigned waiting = 0;
    unsigned begun = 0;
  };

  Line* of(const Troop* troop) noexcept;
  // Those that may begin are counted again around a change of `line`.
  template <typename Change>
  void change(Line& line, Change change) noexcept;

  List<Line, LineTag> lines_;  // the one whose turn it is first
  unsigned ready_ = 0;
  unsigned begun_ = 0;
};

}  // namespace troop
