// What an interruption in the middle of writing leaves behind.
#include <csignal>
#include <filesystem>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "engine/io/atomic_file.hpp"
#include "engine/io/file_bytes.hpp"
#include "engine/io/unfinished.hpp"
#include "tests/catch.hpp"

namespace chalktape::engine {
namespace {

namespace fs = std::filesystem;

constexpr int interrupted_status = 99;

extern "C" void end(int /*signal*/) {
  remove_unfinished_files();
  _exit(interrupted_status);
}

std::ptrdiff_t count(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

/// The exit status of a process that writes the file and gets SIGINT as soon as it has begun.
int write_interrupted(const fs::path& path, const std::string& bytes) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (std::signal(SIGINT, end) == SIG_ERR) _exit(1);
    write_file_atomically(path, bytes);
    _exit(0);
  }
  int status = 0;
  while (count(path.parent_path()) < 2) {
    if (waitpid(child, &status, WNOHANG) == child) return WEXITSTATUS(status);  // it was faster
  }
  kill(child, SIGINT);
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST_CASE("a file whose writing is interrupted is as it was, and nothing else is left") {
  std::string name = (fs::temp_directory_path() / "chalktape-interruption-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const fs::path folder = name, path = folder / "out";
  const std::string bytes(std::size_t{64} << 20, 'x');
  int interruptions = 0;
  for (int attempt = 0; attempt < 50 && interruptions < 3; ++attempt) {
    write_file_atomically(path, "before");
    const int status = write_interrupted(path, bytes);
    if (status == interrupted_status) ++interruptions;
    CHECK((status == 0 || status == interrupted_status));
    CHECK(count(folder) == 1);
    const std::string after = read_file(path);
    const bool is_whole = after == "before" || (after.size() == bytes.size() && after == bytes);
    CHECK(is_whole);
  }
  CHECK(interruptions > 0);
  fs::remove_all(folder);
}

TEST_CASE("unfinished files and folders are removed, finished ones stay") {
  std::string name = (fs::temp_directory_path() / "chalktape-interruption-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const fs::path folder = name, kept = folder / "kept", inner = folder / "inner", file = inner / "file";
  write_file_atomically(kept, "x");
  fs::create_directory(inner);
  {
    const Unfinished unfinished_folder(inner), unfinished_file(file);
    write_file_atomically(file, "y");
    remove_unfinished_files();
    CHECK_FALSE(fs::exists(inner));
    remove_unfinished_files();  // what is gone is no error
  }
  const Unfinished finished_later(folder / "never");
  remove_unfinished_files();
  CHECK(read_file(kept) == "x");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace chalktape::engine
