// Programs that do not end as they should, and what they find around them.
#include "symbolic/roads/child_process.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"

namespace chalktape::roads {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double longest = 100;  // s: only who hangs comes near it

Finished shell(const std::string& script, double seconds = longest) {
  return run_program({"/bin/sh", "-c", script}, seconds);
}

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

bool is_running(pid_t process) { return kill(process, 0) == 0; }

/// Whether the process whose number is in the file is gone; one that has ended may be init's to wait for.
bool is_gone(const std::filesystem::path& number) {
  pid_t process = 0;
  std::ifstream(number) >> process;
  REQUIRE(process > 0);
  for (int k = 0; k < 1000; ++k) {
    if (!is_running(process)) return true;
    std::ifstream status("/proc/" + std::to_string(process) + "/stat");
    std::string word;
    status >> word >> word >> word;
    if (word == "Z") return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

/// That this process has no child, running or not.
void check_no_child() {
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

/// What the kernel says of the program's signals, a bit for each but those behind the usual ones, which are the C
/// library's.
unsigned long long signals(const std::string& field) {
  const Finished found = run_program({"grep", field, "/proc/self/status"}, longest);
  REQUIRE(found.status == 0);
  return std::stoull(found.output.substr(found.output.find(':') + 1), nullptr, 16) & 0x7fffffffU;
}

}  // namespace

TEST_CASE("a program's status and output") {
  const Finished finished = shell("echo out; echo err >&2; exit 3");
  CHECK(finished.status == 3);
  CHECK(finished.in_time);
  CHECK(finished.output == "out\nerr\n");
  CHECK(shell("kill -USR1 $$").status == 128 + SIGUSR1);
  CHECK(shell("cat").output.empty());
  CHECK_THROWS_AS(run_program({"chalktape-has-no-such-program"}, longest), std::system_error);
  CHECK(shell("yes | head -c 1000000").output.size() == std::size_t{64} << 10);
  check_no_child();
}

TEST_CASE("a program beyond its time is ended with those that it started") {
  PrivateFolder folder;
  const auto own = folder.file("own"), inner = folder.file("inner");
  const auto begin = Clock::now();
  const std::string script = "echo $$ >" + own.string() + "; (trap '' TERM; echo $$; sleep 300) & echo $! >" +
                             inner.string() + "; trap '' TERM; while :; do sleep 300; done";
  const Finished finished = shell(script, 1);
  CHECK_FALSE(finished.in_time);
  CHECK(finished.status > 128);
  CHECK(seconds_since(begin) < longest / 2);
  CHECK(is_gone(own));
  CHECK(is_gone(inner));
  check_no_child();
}

TEST_CASE("a program may tidy up when its time is over") {
  PrivateFolder folder;
  const auto kept = folder.file("kept");
  const std::string script =
      "touch " + kept.string() + "; trap 'rm " + kept.string() + "; exit 1' TERM; sleep 300 & wait";
  CHECK_FALSE(shell(script, 1).in_time);
  CHECK_FALSE(std::filesystem::exists(kept));
}

TEST_CASE("a program that closes its streams and goes on is waited for no longer than its time") {
  const auto begin = Clock::now();
  const Finished finished = shell("echo before; exec >/dev/null 2>&1; sleep 300", 1);
  CHECK_FALSE(finished.in_time);
  CHECK(finished.output == "before\n");
  CHECK(shell("exec >/dev/null 2>&1; sleep 0.2; exit 4").status == 4);
  CHECK(seconds_since(begin) < longest / 2);
  check_no_child();
}

TEST_CASE("a program that has ended is not waited for because another keeps its streams open") {
  PrivateFolder folder;
  const auto in_group = folder.file("in_group"), elsewhere = folder.file("elsewhere");
  const auto begin = Clock::now();
  const Finished finished = shell("sleep 300 & echo $! >" + in_group.string() + "; echo done; exit 5");
  CHECK(finished.status == 5);
  CHECK(finished.output == "done\n");
  CHECK(is_gone(in_group));
  // One that has gone to a session of its own is nobody's any more.
  CHECK(shell("setsid sleep 10 & echo done").output == "done\n");
  CHECK(seconds_since(begin) < longest / 2);
  check_no_child();
}

TEST_CASE("a program inherits no ignored and no blocked signals") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked{}, mask{};
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGCHLD);
  REQUIRE(pthread_sigmask(SIG_BLOCK, &blocked, &mask) == 0);
  CHECK(signals("SigIgn") == 0);
  CHECK(signals("SigBlk") == 0);
  sigset_t after{};
  pthread_sigmask(SIG_SETMASK, &mask, &after);
  CHECK(sigismember(&after, SIGTERM) == 1);  // ours are as they were
  CHECK(sigismember(&after, SIGINT) == 0);
  REQUIRE(std::signal(SIGPIPE, before) == SIG_IGN);
}

TEST_CASE("where the system forgets how programs end, that is an error, and nothing hangs") {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  CHECK_THROWS_AS(shell("exit 0"), std::system_error);
  REQUIRE(std::signal(SIGCHLD, before) == SIG_IGN);
  check_no_child();
}

}  // namespace chalktape::roads
