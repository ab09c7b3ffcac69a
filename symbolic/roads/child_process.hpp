// Programs of the machine, run without a shell; folders that are ours alone.
#pragma once

#include <filesystem>
#include <list>
#include <string>
#include <vector>

#include "engine/io/unfinished.hpp"

namespace chalktape::roads {

struct Finished {
  int status = -1;  ///< the exit status, or 128 + the signal that ended it
  bool in_time = true;
  std::string output;  ///< what it wrote to either stream: at most the first 64 KiB
};

/// Runs a program, which is looked for in PATH unless its name has a slash, with an empty standard input, and waits for
/// its end (see engine/io/child.hpp), whoever closes its streams or keeps them open. Ended after `seconds`. Throws
/// std::system_error where it cannot be started.
[[nodiscard]] Finished run_program(const std::vector<std::string>& command, double seconds);

/// A new folder that only this user can enter, removed at the end with all that is in it; on an interruption (see
/// engine/io/unfinished.hpp) with the files that it was asked for. Throws std::system_error.
class PrivateFolder {
 public:
  PrivateFolder();
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  PrivateFolder(PrivateFolder&&) = delete;
  PrivateFolder& operator=(PrivateFolder&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The path of a file in the folder, which may not exist yet.
  [[nodiscard]] std::filesystem::path file(const std::string& name);

 private:
  std::filesystem::path path_;
  std::list<engine::Unfinished> unfinished_;  // the folder, and the files in it
};

}  // namespace chalktape::roads
