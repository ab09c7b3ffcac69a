#include "tests/symbolic/random/isolated.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <exception>
#include <system_error>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace chalktape::random_layers {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void limit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit limits{soft, hard};
  if (setrlimit(static_cast<__rlimit_resource>(resource), &limits) != 0) std::_Exit(3);
}

[[noreturn]] void run_child(const std::function<std::string()>& work, int seconds, int pipe) {
  // A crash is the parent's to report, not a test framework's in here.
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGTERM, SIGINT}) std::signal(signal, SIG_DFL);
  limit(RLIMIT_CPU, static_cast<rlim_t>(seconds), static_cast<rlim_t>(seconds) + 1);
  limit(RLIMIT_CORE, 0, 0);
#ifndef CHALKTAPE_SANITIZED
  constexpr rlim_t memory = rlim_t{4} << 30U;
  limit(RLIMIT_AS, memory, memory);
#endif
  try {
    const std::string output = work();
    std::size_t done = 0;
    while (done < output.size()) {
      const ssize_t written = write(pipe, output.data() + done, output.size() - done);
      if (written < 0) std::_Exit(4);
      done += static_cast<std::size_t>(written);
    }
  } catch (const std::exception&) {
    std::_Exit(5);
  }
  std::_Exit(0);  // nothing of the parent's (buffers, a test's report) is written twice
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t count = read(pipe, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

Ended isolated(const std::function<std::string()>& work, int seconds) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");  // a compiler that outlives the work does not keep it open
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    close(ends[0]);
    run_child(work, seconds, ends[1]);
  }
  close(ends[1]);
  Ended ended;
  ended.output = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0)
    if (errno != EINTR) fail("wait4");
  ended.seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  if (WIFSIGNALED(status)) {
    ended.output.clear();
    ended.signal = WTERMSIG(status);
    ended.timed_out = ended.signal == SIGXCPU || ended.signal == SIGKILL;
  } else if (WEXITSTATUS(status) != 0) {
    ended.output.clear();
    ended.signal = SIGABRT;  // a sanitizer's report, or work that threw
  }
  return ended;
}

}  // namespace chalktape::random_layers
