#include "runtime/reactor/file-workers.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "runtime/reactor/open-file.h"
#include "runtime/testing/os-threads.h"

namespace troop {
namespace {

TEST(FileWorkers, doAllThatIsAskedForOnAFewOsThreads) {
  const tests::OpenFile file("hello");
  const std::size_t before = tests::osThreads();
  {
    FileWorkers workers;
    EXPECT_EQ(tests::osThreads(), before);
    std::vector<Ref<FileRequest>> requests;
    for (int i = 0; i < 100; ++i) {
      requests.push_back(FileRequest::read(*file.source, 0, 64).value());
      workers.add(requests.back());
    }
    for (const Ref<FileRequest>& request : requests) {
      EXPECT_EQ(request->await(never), WaitResult::signalled);
      EXPECT_EQ(request->result(), 5);
    }
    EXPECT_LE(tests::osThreads(), before + FileQueue::atOnceMax);
  }
  tests::awaitOsThreads(before);
}

TEST(FileWorkers, doWhatWasAskedForBeforeTheyEnd) {
  const tests::OpenFile file("hello");
  FileWorkers workers;
  std::vector<Ref<FileRequest>> requests;
  for (int i = 0; i < 100; ++i) {
    requests.push_back(FileRequest::read(*file.source, 0, 64).value());
    workers.add(requests.back());
  }
  workers.end();
  for (const Ref<FileRequest>& request : requests) EXPECT_EQ(request->result(), 5);
  const Ref<FileRequest> late = FileRequest::read(*file.source, 0, 64).value();
  workers.add(late);
  EXPECT_EQ(late->await(never), WaitResult::signalled);
  EXPECT_EQ(late->result(), -ESHUTDOWN);
}

}  // namespace
}  // namespace troop
