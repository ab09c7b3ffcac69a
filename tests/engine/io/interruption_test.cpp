// What an interruption in the middle of writing leaves behind, and what others may see meanwhile.
#include <atomic>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <list>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/error.hpp"
#include "engine/io/atomic_file.hpp"
#include "engine/io/child.hpp"
#include "engine/io/file_bytes.hpp"
#include "engine/io/unfinished.hpp"
#include "tests/catch.hpp"

namespace chalktape::engine {
namespace {

namespace fs = std::filesystem;

constexpr int interrupted_status = 99;

/// What fsync was called for, and what was there then.
struct Synchronised {
  bool is_folder;
  std::intmax_t size;
  fs::path path;
};
std::vector<Synchronised> synchronised;

extern "C" void end(int /*signal*/) {
  remove_unfinished();
  _exit(interrupted_status);
}

std::ptrdiff_t count(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

/// A folder that is removed at the end.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "chalktape-interruption-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Folder(Folder&&) = delete;
  Folder& operator=(Folder&&) = delete;
  fs::path path;
};

/// The name of a process's k-th temporary file.
std::string temporary(pid_t process, int k) {
  return ".chalktape-" + std::to_string(process) + "-" + std::to_string(k) + ".tmp";
}

/// The exit status of a process that writes the file, after a number of temporary files that are not its own, and gets
/// SIGINT as soon as there is one more.
int write_interrupted(const fs::path& path, const std::string& bytes, int others = 0) {
  const std::ptrdiff_t before = count(path.parent_path());
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (std::signal(SIGINT, end) == SIG_ERR) _exit(1);
    for (int k = 0; k < others; ++k) std::ofstream(path.parent_path() / temporary(getpid(), k)) << "another's";
    try {
      write_file_atomically(path, bytes);
    } catch (const std::exception&) {
      _exit(2);
    }
    _exit(0);
  }
  int status = 0;
  while (count(path.parent_path()) < before + others + 1) {
    if (waitpid(child, &status, WNOHANG) == child) return WEXITSTATUS(status);  // it was faster
  }
  kill(child, SIGINT);
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST_CASE("a file whose writing is interrupted is as it was, and nothing else is left") {
  const Folder folder;
  const fs::path path = folder.path / "out";
  const std::string bytes(std::size_t{16} << 20U, 'x');
  int interruptions = 0;
  for (int attempt = 0; attempt < 50 && interruptions < 3; ++attempt) {
    write_file_atomically(path, "before");
    const int status = write_interrupted(path, bytes);
    if (status == interrupted_status) ++interruptions;
    CHECK((status == 0 || status == interrupted_status));
    CHECK(count(folder.path) == 1);
    const std::string after = read_file(path);
    const bool is_whole = after == "before" || (after.size() == bytes.size() && after == bytes);
    CHECK(is_whole);
  }
  CHECK(interruptions > 0);
}

TEST_CASE("temporary files of another process stay, also at an interruption") {
  constexpr int others = 20;
  const std::string bytes(std::size_t{16} << 20U, 'x');
  int interruptions = 0;
  for (int attempt = 0; attempt < 50 && interruptions < 2; ++attempt) {
    const Folder folder;
    write_file_atomically(folder.path / "out", "before");
    const int status = write_interrupted(folder.path / "out", bytes, others);
    if (status == interrupted_status) ++interruptions;
    CHECK((status == 0 || status == interrupted_status));
    CHECK(count(folder.path) == others + 1);
    for (const auto& entry : fs::directory_iterator(folder.path))
      if (entry.path().filename() != "out") CHECK(read_file(entry.path()) == "another's");
  }
  CHECK(interruptions > 0);
}

TEST_CASE("what replaces a file is never readable by more than the file was") {
  const Folder folder;
  const fs::path path = folder.path / "out";
  const std::string bytes(std::size_t{16} << 20U, 'x');
  const mode_t mask = ::umask(0);
  for (const auto wanted : {fs::perms(0600), fs::perms(0640), fs::perms(0444)}) {
    std::ofstream(path) << "before";
    fs::permissions(path, wanted);
    std::thread writer([&] {
      try {
        write_file_atomically(path, bytes);
      } catch (const Error&) {  // who is not root may not replace 0444
      }
    });
    std::size_t seen = 0;
    const auto look = [&] {
      for (const auto& entry : fs::directory_iterator(folder.path)) {
        struct stat found {};
        if (::lstat(entry.path().c_str(), &found) != 0) continue;
        CHECK((fs::perms(found.st_mode & 07777U) & ~wanted) == fs::perms::none);
        if (entry.path() != path) ++seen;
      }
    };
    while (::access(path.c_str(), R_OK) == 0 && fs::file_size(path) < bytes.size() && seen < 100) look();
    writer.join();
    CHECK(fs::status(path).permissions() == wanted);
    CHECK((seen > 0 || wanted == fs::perms(0444)));
    fs::remove(path);
  }
  ::umask(0077);
  write_file_atomically(path, "x");
  CHECK(fs::status(path).permissions() == fs::perms(0600));
  fs::permissions(path, fs::perms(0664));
  write_file_atomically(path, "y");
  CHECK(fs::status(path).permissions() == fs::perms(0664));
  ::umask(mask);
}

TEST_CASE("owner and group of a file that is replaced stay") {
  if (::geteuid() != 0) return;  // nobody else may give files away
  const Folder folder;
  const fs::path path = folder.path / "out";
  std::ofstream(path) << "before";
  REQUIRE(::chown(path.c_str(), 1234, 2345) == 0);
  fs::permissions(path, fs::perms(0640));
  write_file_atomically(path, "after");
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK(found.st_uid == 1234);
  CHECK(found.st_gid == 2345);
  CHECK((found.st_mode & 07777U) == 0640);

  // Another's file in a folder where everybody may replace it: its group is not ours, and must not become so.
  fs::permissions(folder.path, fs::perms(0777));
  fs::permissions(path, fs::perms(0666));
  REQUIRE(::chmod(path.c_str(), 02662) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::setgid(3456) != 0 || ::setuid(4567) != 0) _exit(1);
    write_file_atomically(path, "another's");
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK(found.st_uid == 4567);
  CHECK((found.st_mode & 07777U) == 0622);
}

TEST_CASE("a file is on the disk before it has its name, and its name is before the call returns") {
  const Folder folder;
  const fs::path path = folder.path / "out";
  for (const std::string bytes : {"one", "two"}) {
    synchronised.clear();
    write_file_atomically(path, bytes);
    REQUIRE(synchronised.size() == 2);
    CHECK(synchronised[0].is_folder == false);
    CHECK(synchronised[0].size == 3);
    CHECK(synchronised[0].path.filename() != "out");
    CHECK(synchronised[1].is_folder);
    CHECK(fs::equivalent(synchronised[1].path, folder.path));
  }
}

TEST_CASE("unfinished files and folders are removed, finished ones stay") {
  const Folder folder;
  const fs::path kept = folder.path / "kept", inner = folder.path / "inner", file = inner / "file";
  write_file_atomically(kept, "x");
  fs::create_directory(inner);
  {
    std::optional<Unfinished> earlier(std::in_place, folder.path / "never");
    const Unfinished unfinished_folder(inner);
    earlier.reset();
    const Unfinished unfinished_file(file);  // before its folder in the table
    write_file_atomically(file, "y");
    remove_unfinished();
    CHECK_FALSE(fs::exists(inner));
    remove_unfinished();  // what is gone is no error
  }
  const Unfinished finished_later(folder.path / "never");
  remove_unfinished();
  CHECK(read_file(kept) == "x");
}

TEST_CASE("a forked child leaves its parent's unfinished files alone") {
  const Folder folder;
  const fs::path path = folder.path / "unfinished";
  std::ofstream(path) << "x";
  const Unfinished unfinished(path);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    remove_unfinished();
    _exit(0);
  }
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(fs::exists(path));
}

TEST_CASE("an interruption waits until what another thread has made is entered") {
  const Folder folder;
  const fs::path path = folder.path / "unfinished";
  std::atomic<bool> is_made = false, is_removed = false;
  std::thread maker([&] {
    std::optional<Unfinished> unfinished;
    {
      const Undisturbed held;
      std::ofstream(path) << "x";
      is_made = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      unfinished.emplace(path);
    }
    while (!is_removed) std::this_thread::yield();
  });
  while (!is_made) std::this_thread::yield();
  remove_unfinished();
  CHECK_FALSE(fs::exists(path));
  is_removed = true;
  maker.join();
}

TEST_CASE("an interruption reads no path that another thread is done with, nor half of one") {
  const Folder folder;
  // Each thread enters names of two lengths in turn, none of which is a file. What is one is a mix of two.
  const std::string a(100, 'a'), b(50, 'b');
  for (std::size_t k = 1; k < 50; ++k) std::ofstream(folder.path / (b.substr(0, k) + a.substr(k))) << "x";
  const std::ptrdiff_t before = count(folder.path);
  std::atomic<bool> is_over = false;
  std::vector<std::thread> threads;
  for (int k = 0; k < 2; ++k) {
    threads.emplace_back([&] {
      while (!is_over) {
        const Unfinished first(folder.path / a);
        const Unfinished second(folder.path / b);
      }
    });
  }
  for (int k = 0; k < 20000; ++k) remove_unfinished();
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(count(folder.path) == before);
}

TEST_CASE("more than there is room for, and what is too long for a path, are left to their owners") {
  const Folder folder;
  std::list<Unfinished> unfinished;
  for (int k = 0; k < 100; ++k) {
    const fs::path path = folder.path / std::to_string(k);
    std::ofstream(path) << "x";
    unfinished.emplace_back(path);
  }
  const Unfinished longest(folder.path / std::string(PATH_MAX, 'x'));
  remove_unfinished();
  CHECK(count(folder.path) == 100 - 64);
  unfinished.clear();
  remove_unfinished();
  CHECK(count(folder.path) == 100 - 64);
}

TEST_CASE("an interruption ends the programs that were started, and those that they started") {
  const Folder folder;
  const fs::path ready = folder.path / "ready";
  const std::string script = "trap '' TERM; (trap '' TERM; sleep 300) & touch " + ready.string() + "; sleep 300";
  Child child({"/bin/sh", "-c", script}, {});
  while (!fs::exists(ready)) std::this_thread::yield();
  CHECK_FALSE(child.has_ended());
  remove_unfinished();
  CHECK(child.wait().status == 128 + SIGKILL);
  for (int k = 0; k < 1000 && ::kill(-child.number(), 0) == 0; ++k)  // init waits for the inner one
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a program that nobody waits for is ended") {
  pid_t number = 0;
  {
    const Child child({"sleep", "300"}, {});
    number = child.number();
    CHECK(::getpgid(number) == number);
  }
  CHECK(::kill(number, 0) == -1);
  CHECK_THROWS_AS(Child({"chalktape-has-no-such-program"}, {}), std::system_error);
}

}  // namespace
}  // namespace chalktape::engine

// The library's calls come here. NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
extern "C" int fsync(int descriptor) {
  struct stat found {};
  if (::fstat(descriptor, &found) == 0) {
    const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor));
    chalktape::engine::synchronised.push_back({S_ISDIR(found.st_mode), found.st_size, path});
  }
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}
