#include "tests/cli/process.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <pty.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace chalktape::cli::testing {
namespace {

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

/// The child's redirections; a resource of posix_spawn's.
class FileActions {
 public:
  FileActions() { check(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  FileActions(FileActions&&) = delete;
  FileActions& operator=(FileActions&&) = delete;

  void open(int stream, const std::string& path, int flags) {
    check(posix_spawn_file_actions_addopen(&actions_, stream, path.c_str(), flags, 0600), "addopen");
  }
  void close(int stream) { check(posix_spawn_file_actions_addclose(&actions_, stream), "addclose"); }
  void duplicate(int from, int to) { check(posix_spawn_file_actions_adddup2(&actions_, from, to), "adddup2"); }
  void change_folder(const char* path) { check(posix_spawn_file_actions_addchdir_np(&actions_, path), "addchdir"); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

pid_t spawn(const std::vector<std::string>& arguments, std::vector<std::string> environment, const FileActions& actions,
            const std::string& in_shell = {}) {
  std::vector<std::string> words{CHALKTAPE_COMMAND};
  if (!in_shell.empty()) words = {"/bin/sh", "-c", in_shell + R"(; exec "$0" "$@")", CHALKTAPE_COMMAND};
  words.insert(words.end(), arguments.begin(), arguments.end());
  for (const std::string name : {"PATH", "ASAN_OPTIONS", "LSAN_OPTIONS"}) {  // what a compiler, and sanitizers, need
    if (const char* const value = std::getenv(name.c_str())) environment.push_back(name + "=" + value);
  }
  pid_t child = 0;
  check(posix_spawn(&child, words.front().c_str(), actions.get(), nullptr, pointers(words).data(),
                    pointers(environment).data()),
        "posix_spawn");
  return child;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

/// Its exit status, and what it took.
Finished wait_for(pid_t child) {
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) == -1) {
    if (errno != EINTR) check(errno, "wait4");
  }
  Finished finished;
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.processor_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  finished.most_memory = static_cast<std::size_t>(usage.ru_maxrss) << 10;
  return finished;
}

/// The write end of a pipe whose read end is closed.
int broken_pipe() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) == -1) check(errno, "pipe");
  close(ends[0]);
  return ends[1];
}

/// Sends the signal once the child has opened the pipe for reading.
void signal_at_input(pid_t child, const std::filesystem::path& pipe, int signal) {
  int end = -1;
  while ((end = open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) == -1) {
    if (errno != ENXIO) check(errno, "open");  // else nobody reads yet
    siginfo_t ended{};
    if (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) == -1) check(errno, "waitid");
    if (ended.si_pid == child) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  kill(child, signal);
  // It waits for a first byte: closing this end before its own would be the end of its input.
  siginfo_t ended{};
  if (waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == -1) check(errno, "waitid");
  close(end);
}

}  // namespace

Finished run_chalktape(const std::vector<std::string>& arguments, const Setup& setup) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out";
  const std::string err = folder.path() / "err";
  FileActions actions;
  actions.change_folder(CHALKTAPE_TOP);
  actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  actions.open(STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC);
  int broken = -1;
  if (setup.close_standard_output) {
    actions.close(STDOUT_FILENO);
  } else if (setup.broken_pipe) {
    broken = broken_pipe();
    actions.duplicate(broken, STDOUT_FILENO);
    actions.close(broken);
  } else if (setup.standard_output) {
    actions.open(STDOUT_FILENO, *setup.standard_output, O_WRONLY);
  } else {
    actions.open(STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC);
  }
  const pid_t child = spawn(arguments, setup.environment, actions, setup.in_shell);
  if (broken != -1) close(broken);
  if (setup.signal_at_input) signal_at_input(child, setup.signal_at_input->first, setup.signal_at_input->second);
  Finished finished = wait_for(child);
  if (std::filesystem::exists(out)) finished.out = read_file(out);
  finished.err = read_file(err);
  return finished;
}

bool has_pseudo_terminals() {
  int ours = -1;
  int theirs = -1;
  if (openpty(&ours, &theirs, nullptr, nullptr, nullptr) == -1) {
    if (errno == ENODEV || errno == ENOENT) return false;
    check(errno, "openpty");
  }
  close(ours);
  close(theirs);
  return true;
}

Finished run_chalktape_on_terminal(const std::vector<std::string>& arguments,
                                   const std::vector<std::string>& environment) {
  int ours = -1;
  int theirs = -1;
  if (openpty(&ours, &theirs, nullptr, nullptr, nullptr) == -1) check(errno, "openpty");
  FileActions actions;
  actions.change_folder(CHALKTAPE_TOP);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) actions.duplicate(theirs, stream);
  actions.close(ours);
  actions.close(theirs);
  std::vector<std::string> variables{"TERM=xterm", "LANG=C.UTF-8"};
  variables.insert(variables.end(), environment.begin(), environment.end());
  const pid_t child = spawn(arguments, variables, actions);
  close(theirs);
  std::string seen;
  std::array<char, 4096> buffer{};
  // Reading fails with EIO once the child, the last to hold the other end, is gone.
  for (ssize_t count = 0; (count = read(ours, buffer.data(), buffer.size())) > 0;) {
    seen.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(ours);
  Finished finished = wait_for(child);
  finished.out = std::move(seen);
  return finished;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "chalktape-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) check(errno, "mkdtemp");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // what stays behind in a temporary folder is no reason to end a test
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& bytes) const {
  const std::filesystem::path path = path_ / name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

}  // namespace chalktape::cli::testing
