// What must not be left behind by a program that is interrupted.
#pragma once

#include <csignal>
#include <filesystem>

#include <sys/types.h>

namespace chalktape::engine {

namespace detail {
struct UnfinishedEntry;
}

/// While one lives, remove_unfinished() removes the file, or the empty folder, of this path, or ends the processes of
/// this group. A program has room for 64 at a time, and for paths of PATH_MAX: what is beyond that is only removed by
/// its owner. Threads may make them at once. A forked child's remove_unfinished() leaves its parent's alone.
class Unfinished {
 public:
  explicit Unfinished(const std::filesystem::path& path);
  /// Of a group that a child of this process leads; to end before that child is waited for.
  explicit Unfinished(pid_t process_group);
  /// Waits for a remove_unfinished() that is at it in another thread.
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  Unfinished(Unfinished&&) = delete;
  Unfinished& operator=(Unfinished&&) = delete;

 private:
  detail::UnfinishedEntry* entry_ = nullptr;  // null where there was no room
};

/// While one lives, this thread gets no signals, and remove_unfinished() in another waits, for a second at most.
/// Between making something and its Unfinished no interruption comes, nor between renaming it and its end: what others
/// make under the same name stays.
class Undisturbed {
 public:
  Undisturbed();
  ~Undisturbed();
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;
  Undisturbed(Undisturbed&&) = delete;
  Undisturbed& operator=(Undisturbed&&) = delete;

 private:
  sigset_t before_{};
};

/// Ends the processes of a group that a child of this process leads: by SIGTERM, so that they may tidy up, and by
/// SIGKILL once the leader has ended, or half a second later. Leaves the leader to be waited for. Async-signal-safe.
void end_process_group(pid_t leader) noexcept;

/// Ends what is unfinished: first processes, so that they write no more, then files, then folders. Async-signal-safe:
/// for the handler of a signal that ends the program, which the library does not install. It reads no memory that is
/// ever freed. Errors are ignored: there is nobody left to tell.
void remove_unfinished() noexcept;

}  // namespace chalktape::engine
