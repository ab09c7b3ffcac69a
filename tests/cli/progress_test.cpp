// The progress bar, seen on a pseudo-terminal in the place of standard error.
#include "cli/progress.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/cli/process.hpp"

namespace {

using chalktape::cli::Progress;

/// Puts a pseudo-terminal in the place of standard error, until it is destroyed.
class TerminalAsStandardError {
 public:
  TerminalAsStandardError() : saved_(dup(STDERR_FILENO)) {
    setenv("TERM", "xterm", 1);
    int theirs = -1;
    if (saved_ == -1 || openpty(&ours_, &theirs, nullptr, nullptr, nullptr) == -1) fail();
    if (dup2(theirs, STDERR_FILENO) == -1 || fcntl(ours_, F_SETFL, O_NONBLOCK) == -1) fail();
    close(theirs);
  }
  ~TerminalAsStandardError() {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    close(ours_);
  }
  TerminalAsStandardError(const TerminalAsStandardError&) = delete;
  TerminalAsStandardError& operator=(const TerminalAsStandardError&) = delete;
  TerminalAsStandardError(TerminalAsStandardError&&) = delete;
  TerminalAsStandardError& operator=(TerminalAsStandardError&&) = delete;

  /// What has been drawn since the last look.
  [[nodiscard]] std::string look() const {
    std::array<char, 4096> buffer{};
    const ssize_t count = read(ours_, buffer.data(), buffer.size());
    return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
  }

 private:
  [[noreturn]] static void fail() { throw std::system_error(errno, std::generic_category()); }

  int saved_;
  int ours_ = -1;
};

/// Says so where there is nothing to draw on.
bool can_test() {
  if (chalktape::cli::testing::has_pseudo_terminals()) return true;
  WARN("not tested: this system has no pseudo-terminals");
  return false;
}

}  // namespace

TEST_CASE("the bar is drawn on a terminal, and erased") {
  if (!can_test()) return;
  const TerminalAsStandardError terminal;
  {
    Progress progress("checking", std::chrono::milliseconds(0));
    progress.update(0.5);
    CHECK(terminal.look() == "\rchecking [###############...............]  50 %");
    progress.update(0.6);
    CHECK(terminal.look().empty());  // too soon after the last drawing
  }
  CHECK(terminal.look() == "\r\x1b[K");
}

TEST_CASE("what is quick draws nothing") {
  if (!can_test()) return;
  const TerminalAsStandardError terminal;
  {
    Progress progress("checking");
    progress.update(0.5);
  }
  CHECK(terminal.look().empty());
}

TEST_CASE("a dumb terminal is left alone") {
  if (!can_test()) return;
  const TerminalAsStandardError terminal;
  setenv("TERM", "dumb", 1);
  {
    Progress progress("checking", std::chrono::milliseconds(0));
    progress.update(0.5);
  }
  CHECK(terminal.look().empty());
}
