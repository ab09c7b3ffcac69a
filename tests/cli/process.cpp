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
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include "engine/io/child.hpp"

namespace chalktape::cli::testing {
namespace {

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// The command, which is ended at the end where nobody has waited for it.
engine::Child start(const std::vector<std::string>& arguments, std::vector<std::string> environment,
                    const engine::ChildStreams& streams, const std::string& in_shell = {}) {
  std::vector<std::string> words{CHALKTAPE_COMMAND};
  if (!in_shell.empty()) words = {"/bin/sh", "-c", in_shell + R"(; exec "$0" "$@")", CHALKTAPE_COMMAND};
  words.insert(words.end(), arguments.begin(), arguments.end());
  for (const std::string name : {"PATH", "ASAN_OPTIONS", "LSAN_OPTIONS"}) {  // what a compiler, and sanitizers, need
    if (const char* const value = std::getenv(name.c_str())) environment.push_back(name + "=" + value);
  }
  return {words, streams, environment};
}

/// Its exit status, and what it took.
Finished wait_for(engine::Child& child) {
  const engine::ChildEnd end = child.wait();
  Finished finished;
  finished.status = end.status;
  finished.processor_seconds = end.processor_seconds;
  finished.most_memory = end.most_memory;
  return finished;
}

/// The write end of a pipe whose read end is closed.
int broken_pipe() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) == -1) check(errno, "pipe");
  close(ends[0]);
  return ends[1];
}

/// Sends the signal once somebody has opened the pipe for reading, and says whether anybody still has it open once the
/// command has ended: a program that it has left running.
bool signal_at_input(const engine::Child& child, const std::filesystem::path& pipe, int signal) {
  const auto nap = [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };
  int end = -1;
  while ((end = open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) == -1) {
    if (errno != ENXIO) check(errno, "open");  // else nobody reads yet
    if (child.has_ended()) return false;
    nap();
  }
  kill(child.number(), signal);
  // It waits for a first byte: closing this end before its own would be the end of its input.
  while (!child.has_ended()) nap();
  pollfd waiting{end, POLLOUT, 0};
  if (poll(&waiting, 1, 0) < 0) check(errno, "poll");
  close(end);
  return (waiting.revents & POLLERR) == 0;
}

}  // namespace

Finished run_chalktape(const std::vector<std::string>& arguments, const Setup& setup) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out";
  const std::string err = folder.path() / "err";
  engine::ChildStreams streams;
  streams.change_folder(CHALKTAPE_TOP);
  streams.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  streams.open(STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC);
  int broken = -1;
  if (setup.close_standard_output) {
    streams.close(STDOUT_FILENO);
  } else if (setup.broken_pipe) {
    broken = broken_pipe();
    streams.duplicate(broken, STDOUT_FILENO);
    streams.close(broken);
  } else if (setup.standard_output) {
    streams.open(STDOUT_FILENO, *setup.standard_output, O_WRONLY);
  } else {
    streams.open(STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC);
  }
  engine::Child child = start(arguments, setup.environment, streams, setup.in_shell);
  if (broken != -1) close(broken);
  bool leaves_reader = false;
  if (setup.signal_at_input)
    leaves_reader = signal_at_input(child, setup.signal_at_input->first, setup.signal_at_input->second);
  Finished finished = wait_for(child);
  finished.leaves_reader = leaves_reader;
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
  engine::ChildStreams streams;
  streams.change_folder(CHALKTAPE_TOP);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) streams.duplicate(theirs, stream);
  streams.close(ours);
  streams.close(theirs);
  std::vector<std::string> variables{"TERM=xterm", "LANG=C.UTF-8"};
  variables.insert(variables.end(), environment.begin(), environment.end());
  engine::Child child = start(arguments, variables, streams);
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
