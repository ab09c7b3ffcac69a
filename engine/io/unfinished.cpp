#include "engine/io/unfinished.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <string>
#include <thread>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace chalktape::engine {

namespace detail {

/// Its memory is there as long as the program; whoever changed `state` from what it was may read and write the rest.
struct UnfinishedEntry {
  enum class State { free, taken, entered };
  std::atomic<State> state = State::free;
  pid_t owner = 0;                    // the process that entered it
  pid_t group = 0;                    // of processes; 0: it is a path
  std::array<char, PATH_MAX> path{};  // ends with a 0
};

}  // namespace detail

namespace {

using Entry = detail::UnfinishedEntry;
using State = Entry::State;
static_assert(std::atomic<State>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler reads them");

std::array<Entry, 64> unfinished_entries{};
std::atomic<int> undisturbed_threads{0};

constexpr int longest_wait = 1000;  // ms, for what is being made
constexpr int longest_grace = 500;  // ms, between the two signals

bool take(Entry& entry, State from) { return entry.state.compare_exchange_strong(from, State::taken); }

Entry* taken_entry() {
  for (Entry& entry : unfinished_entries)
    if (take(entry, State::free)) return &entry;
  return nullptr;
}

// `act` on each entry that is this process's. One that another thread has just taken is being made or given up.
template <class Act>
void for_each_own(const Act& act) {
  for (Entry& entry : unfinished_entries) {
    if (!take(entry, State::entered)) continue;
    if (entry.owner == ::getpid()) act(entry);
    entry.state.store(State::entered);
  }
}

void nap() { ::poll(nullptr, 0, 1); }  // nanosleep is in no list of what is async-signal-safe

// Whether the leader of the group has ended; one that cannot be asked has.
bool has_ended(pid_t leader) {
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(leader), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == leader;
}

}  // namespace

Unfinished::Unfinished(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text.size() >= PATH_MAX) return;  // nor can a file have it
  const Undisturbed held;
  entry_ = taken_entry();
  if (entry_ == nullptr) return;
  entry_->owner = ::getpid();
  entry_->group = 0;
  std::copy_n(text.c_str(), text.size() + 1, entry_->path.data());
  entry_->state.store(State::entered);
}

Unfinished::Unfinished(pid_t process_group) {
  const Undisturbed held;
  entry_ = taken_entry();
  if (entry_ == nullptr) return;
  entry_->owner = ::getpid();
  entry_->group = process_group;
  entry_->state.store(State::entered);
}

Unfinished::~Unfinished() {
  if (entry_ == nullptr) return;
  const Undisturbed held;
  while (!take(*entry_, State::entered)) std::this_thread::yield();
  entry_->state.store(State::free);
}

Undisturbed::Undisturbed() {
  sigset_t all{};
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  ++undisturbed_threads;
}

Undisturbed::~Undisturbed() {
  --undisturbed_threads;
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void end_process_group(pid_t leader) noexcept {
  ::kill(-leader, SIGTERM);
  for (int waited = 0; waited < longest_grace && !has_ended(leader); ++waited) nap();
  ::kill(-leader, SIGKILL);
}

void remove_unfinished() noexcept {
  const int reason = errno;
  for (int waited = 0; undisturbed_threads > 0 && waited < longest_wait; ++waited) nap();
  for_each_own([](const Entry& entry) {
    if (entry.group != 0) end_process_group(entry.group);
  });
  for_each_own([](const Entry& entry) {
    if (entry.group == 0) ::unlink(entry.path.data());
  });
  // One in another is removed first, whatever their order in the table.
  for (bool removed = true; removed;) {
    removed = false;
    for_each_own([&removed](const Entry& entry) {
      if (entry.group == 0 && ::rmdir(entry.path.data()) == 0) removed = true;
    });
  }
  errno = reason;
}

}  // namespace chalktape::engine
