#include "runtime/reactor/file-queue.h"

#include <algorithm>
#include <new>

namespace troop {

FileQueue::~FileQueue() {
  while (Line* line = lines_.popFront()) {
    while (FileRequest* request = line->requests.popFront()) request->dropRef();
    delete line;
  }
}

unsigned FileQueue::Line::ready() const noexcept {
  return std::min(waiting, atOnceMax - begun);
}

FileQueue::Line* FileQueue::of(const Troop* troop) noexcept {
  Line* line = lines_.front();
  while (line != nullptr && line->troop != troop) line = lines_.after(*line);
  return line;
}

template <typename Change>
void FileQueue::change(Line& line, Change change) noexcept {
  ready_ -= line.ready();
  change();
  ready_ += line.ready();
}

bool FileQueue::add(const Ref<FileRequest>& request) noexcept {
  Line* line = of(request->payer());
  if (line == nullptr) {
    line = new (std::nothrow) Line(request->payer());
    if (line == nullptr) return false;
    lines_.pushBack(*line);
  }
  request->addRef();
  line->requests.pushBack(*request);
  change(*line, [&] { ++line->waiting; });
  return true;
}

Ref<FileRequest> FileQueue::take() noexcept {
  Line* line = lines_.front();
  while (line != nullptr && line->ready() == 0) line = lines_.after(*line);
  if (line == nullptr) return nullptr;
  lines_.remove(*line);
  lines_.pushBack(*line);
  change(*line, [&] {
    --line->waiting;
    ++line->begun;
  });
  ++begun_;
  return Ref<FileRequest>::adopt(line->requests.popFront());
}

void FileQueue::done(const FileRequest& request) noexcept {
  Line* line = of(request.payer());
  change(*line, [&] { --line->begun; });
  --begun_;
  if (line->waiting + line->begun > 0) return;
  lines_.remove(*line);
  delete line;
}

}  // namespace troop
