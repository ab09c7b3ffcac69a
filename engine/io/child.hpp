// Programs of the machine, started without a shell.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/types.h>

#include "engine/io/unfinished.hpp"

namespace chalktape::engine {

/// What a child does with its streams, and its folder, before it runs: in the order of the calls. All throw
/// std::system_error.
class ChildStreams {
 public:
  ChildStreams();
  ~ChildStreams();
  ChildStreams(const ChildStreams&) = delete;
  ChildStreams& operator=(const ChildStreams&) = delete;
  ChildStreams(ChildStreams&&) = delete;
  ChildStreams& operator=(ChildStreams&&) = delete;

  /// `flags` are those of open(); a new file is its owner's alone.
  void open(int stream, const std::string& path, int flags);
  void close(int stream);
  void duplicate(int from, int to);
  void change_folder(const std::string& path);
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// What came of a child.
struct ChildEnd {
  int status = -1;  ///< the exit status, or 128 + the signal that ended it
  double processor_seconds = 0;
  std::size_t most_memory = 0;  ///< in bytes, at any one time
};

/// A running program: the leader of a process group of its own, in which no signal is ignored or blocked. On every path
/// it is waited for and its group is ended: here, at an end of this program by an exception, and at one by a signal
/// whose handler calls remove_unfinished(). A terminal's signals do not reach it: it is for programs that nobody talks
/// to.
class Child {
 public:
  /// Looks the program up in PATH unless its name has a slash. The environment is this program's unless one is given,
  /// as `NAME=value`. Throws std::system_error where it cannot be started.
  Child(const std::vector<std::string>& command, const ChildStreams& streams,
        const std::optional<std::vector<std::string>>& environment = std::nullopt);
  /// Ends it where nobody has waited for it.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;

  /// Its process's, and its group's.
  [[nodiscard]] pid_t number() const { return number_; }
  /// Whether it has ended by now; it is still to be waited for.
  [[nodiscard]] bool has_ended() const;
  /// Waits for its end, once, and ends what it has left running in its group. Throws std::system_error where the system
  /// does not tell, as where this program ignores SIGCHLD.
  [[nodiscard]] ChildEnd wait();

 private:
  pid_t number_ = 0;
  std::optional<Unfinished> unfinished_;  // until it is waited for
};

}  // namespace chalktape::engine
