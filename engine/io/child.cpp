#include "engine/io/child.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace chalktape::engine {

namespace {

void require_success(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

/// A group of its own, and signals as a program expects them: what this one ignores or blocks is its own affair.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    require_success(posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t all{}, none{};
    sigfillset(&all);
    sigemptyset(&none);
    // With valid arguments, as these are, none of them fails.
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  SpawnAttributes(SpawnAttributes&&) = delete;
  SpawnAttributes& operator=(SpawnAttributes&&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

ChildStreams::ChildStreams() {
  require_success(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
}

ChildStreams::~ChildStreams() { posix_spawn_file_actions_destroy(&actions_); }

void ChildStreams::open(int stream, const std::string& path, int flags) {
  require_success(posix_spawn_file_actions_addopen(&actions_, stream, path.c_str(), flags, 0600), "addopen");
}

void ChildStreams::close(int stream) {
  require_success(posix_spawn_file_actions_addclose(&actions_, stream), "addclose");
}

void ChildStreams::duplicate(int from, int to) {
  require_success(posix_spawn_file_actions_adddup2(&actions_, from, to), "adddup2");
}

void ChildStreams::change_folder(const std::string& path) {
  require_success(posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()), "addchdir");
}

Child::Child(const std::vector<std::string>& command, const ChildStreams& streams,
             const std::optional<std::vector<std::string>>& environment) {
  std::vector<std::string> words = command, variables = environment.value_or(std::vector<std::string>());
  const SpawnAttributes attributes;
  const Undisturbed held;
  require_success(posix_spawnp(&number_, command.front().c_str(), streams.get(), attributes.get(),
                               pointers(words).data(), environment ? pointers(variables).data() : environ),
                  command.front());
  unfinished_.emplace(number_);
}

Child::~Child() {
  if (!unfinished_) return;
  end_process_group(number_);
  try {
    (void)wait();
  } catch (const std::system_error&) {  // the system has waited for it
  }
}

bool Child::has_ended() const {
  siginfo_t ended{};
  // One that cannot be asked for is gone.
  return ::waitid(P_PID, static_cast<id_t>(number_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         ended.si_pid == number_;
}

ChildEnd Child::wait() {
  siginfo_t ended{};
  int failed = 0;
  do {
    failed = ::waitid(P_PID, static_cast<id_t>(number_), &ended, WEXITED | WNOWAIT);
  } while (failed != 0 && errno == EINTR);
  // As long as nobody has waited for the leader, no other group has its number.
  if (failed == 0) ::kill(-number_, SIGKILL);
  unfinished_.reset();
  int status = 0;
  rusage usage{};
  while (::wait4(number_, &status, 0, &usage) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "wait4");
  }
  ChildEnd end;
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  end.processor_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  end.most_memory = static_cast<std::size_t>(usage.ru_maxrss) << 10U;
  return end;
}

}  // namespace chalktape::engine
