#include "runtime/reactor/file-queue.h"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/process.h"
#include "runtime/reactor/open-file.h"

namespace troop {
namespace {

class FileQueueTest : public testing::Test {
 protected:
  // As a Task of `troop` asks for it; null: as an OS thread does.
  Ref<FileRequest> askedBy(Troop* troop) {
    if (troop == nullptr) return FileRequest::sync(*file_.source).value();
    Ref<FileRequest> request;
    troop
        ->thread(
            {"asks"},
            [](Source* source, Ref<FileRequest>* made) {
              *made = FileRequest::sync(*source).value();
            },
            assumeSendable(file_.source.get()), assumeSendable(&request))
        ->join()
        .value();
    return request;
  }
  void add(FileQueue& queue, Troop* troop, int count) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(queue.add(askedBy(troop)));
  }

  Process process_{{.carriers = 1}};
  const Ref<Troop> a_ = process_.troop({.name = "a"});
  const Ref<Troop> b_ = process_.troop({.name = "b"});

 private:
  const tests::OpenFile file_{""};
};

TEST_F(FileQueueTest, givesEachTroopItsTurn) {
  FileQueue queue;
  add(queue, a_.get(), 3);
  add(queue, b_.get(), 2);
  add(queue, nullptr, 1);
  std::vector<const Troop*> turns;
  while (const Ref<FileRequest> next = queue.take()) {
    turns.push_back(next->payer());
    queue.done(*next);
  }
  const std::vector<const Troop*> fair{a_.get(), b_.get(), nullptr, a_.get(), b_.get(), a_.get()};
  EXPECT_EQ(turns, fair);
}

TEST_F(FileQueueTest, beginsOnlySoManyOfATroop) {
  FileQueue queue;
  add(queue, a_.get(), 10);
  EXPECT_EQ(queue.ready(), FileQueue::atOnceMax);
  std::vector<Ref<FileRequest>> begun;
  while (Ref<FileRequest> next = queue.take()) begun.push_back(std::move(next));
  EXPECT_EQ(begun.size(), FileQueue::atOnceMax);
  EXPECT_EQ(queue.ready(), 0U);
  EXPECT_EQ(queue.begun(), FileQueue::atOnceMax);
  add(queue, b_.get(), 1);
  EXPECT_EQ(queue.ready(), 1U);
  const Ref<FileRequest> others = queue.take();
  EXPECT_EQ(others->payer(), b_.get());
  EXPECT_EQ(queue.take(), nullptr);
  queue.done(*begun.back());
  EXPECT_EQ(queue.ready(), 1U);
  EXPECT_EQ(queue.take()->payer(), a_.get());
}

TEST_F(FileQueueTest, dropsWhatIsNeverBegun) {
  const Ref<FileRequest> kept = askedBy(a_.get());
  {
    FileQueue queue;
    ASSERT_TRUE(queue.add(kept));
    add(queue, b_.get(), 2);
  }
  EXPECT_EQ(kept->payer(), a_.get());
}

}  // namespace
}  // namespace troop
