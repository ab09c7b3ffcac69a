// What must not be left behind by a program that is interrupted.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <string>

namespace chalktape::engine {

/// While one lives, remove_unfinished_files() removes the file, or the empty folder, of this path. A program has room
/// for 64 at a time: what is beyond that is only removed by its owner. Threads may make them at once.
class Unfinished {
 public:
  explicit Unfinished(const std::filesystem::path& path);
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  Unfinished(Unfinished&&) = delete;
  Unfinished& operator=(Unfinished&&) = delete;

 private:
  std::string path_;
  std::atomic<const char*>* place_ = nullptr;  // in the table; null where that is full
};

/// Removes what is unfinished, the latest first. Async-signal-safe: for the handler of a signal that ends the program,
/// which the library does not install. Errors are ignored: there is nobody left to tell.
void remove_unfinished_files() noexcept;

}  // namespace chalktape::engine
