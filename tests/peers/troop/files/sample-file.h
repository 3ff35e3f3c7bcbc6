// The file that is read: FILES_MIB of it, on the disk below TMPDIR (otherwise /var/tmp), with no
// name, so that nothing is left of it whatever happens.
//
// Ownership: its end gives the space back. Threads: one. Fails: throws std::system_error; where
// that folder is on no disk, std::runtime_error.
//
//   const SampleFile file;
//   file.prepare(reads);
//   open(file.path().c_str(), O_RDONLY);
#pragma once

#include <cstddef>
#include <string>

#include "tests/peers/troop/files/reads.h"

namespace troop::peers {

class SampleFile {
 public:
  SampleFile();
  ~SampleFile();
  SampleFile(const SampleFile&) = delete;
  SampleFile& operator=(const SampleFile&) = delete;

  std::size_t bytes() const noexcept { return bytes_; }
  // For any OS process, as long as this object is there.
  const std::string& path() const noexcept { return path_; }

  // Has all of it in memory, or nothing, as `reads` begins with.
  void prepare(const Reads& reads) const;

 private:
  void fill() const;
  void readAll() const;
  void forget() const;
  std::size_t pagesInMemory() const;

  const std::size_t bytes_;
  const int descriptor_;
  const std::string path_;
};

}  // namespace troop::peers
