#include "tests/peers/troop/files/sample-file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "tests/peers/troop/measurement.h"

namespace troop::peers {

namespace {

constexpr std::size_t atOnceBytes = std::size_t{1} << 20;

void require(bool succeeded, const char* what) {
  if (!succeeded) throw std::system_error(errno, std::generic_category(), what);
}

int openWithoutName() {
  const char* const folder = std::getenv("TMPDIR");
  std::string path = fmt::format("{}/troop-files-XXXXXX", folder == nullptr ? "/var/tmp" : folder);
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  require(descriptor >= 0, path.c_str());
  unlink(path.c_str());
  return descriptor;
}

}  // namespace

SampleFile::SampleFile()
    : bytes_(size("FILES_MIB", 256) << 20),
      descriptor_(openWithoutName()),
      path_(fmt::format("/proc/{}/fd/{}", getpid(), descriptor_)) {
  try {
    fill();
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

SampleFile::~SampleFile() {
  close(descriptor_);
}

void SampleFile::prepare(const Reads& reads) const {
  if (reads.fromDisk) {
    forget();
  } else {
    readAll();
  }
}

void SampleFile::fill() const {
  const std::vector<char> block(atOnceBytes, 'x');
  for (std::size_t at = 0; at < bytes_; at += block.size()) {
    const ssize_t written = pwrite(descriptor_, block.data(), block.size(), static_cast<off_t>(at));
    require(written == static_cast<ssize_t>(block.size()), "writing a file to read");
  }
  // What is not on the disk yet cannot be forgotten.
  require(fsync(descriptor_) == 0, "syncing a file to read");
}

void SampleFile::readAll() const {
  std::vector<char> block(atOnceBytes);
  for (std::size_t at = 0; at < bytes_; at += block.size()) {
    require(pread(descriptor_, block.data(), block.size(), static_cast<off_t>(at)) > 0,
            "reading a file");
  }
}

void SampleFile::forget() const {
  const int error = posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED);
  if (error != 0) throw std::system_error(error, std::generic_category(), "posix_fadvise");
  const std::size_t pages = bytes_ / static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (pagesInMemory() * 100 > pages) {
    throw std::runtime_error("what is below TMPDIR stays in memory: it must be on a disk");
  }
}

std::size_t SampleFile::pagesInMemory() const {
  void* const mapping = mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, descriptor_, 0);
  require(mapping != MAP_FAILED, "mmap");
  std::vector<unsigned char> pages(bytes_ / static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  const int failed = mincore(mapping, bytes_, pages.data());
  munmap(mapping, bytes_);
  require(failed == 0, "mincore");
  return static_cast<std::size_t>(
      std::ranges::count_if(pages, [](unsigned char page) { return (page & 1) != 0; }));
}

}  // namespace troop::peers
