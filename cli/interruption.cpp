#include "cli/interruption.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <fmt/format.h>

#include "cli/failure.hpp"
#include "engine/io/unfinished.hpp"

namespace chalktape::cli {
namespace {

extern "C" void end_by(int signal) {
  engine::remove_unfinished();
  raise(signal);  // SA_RESETHAND has put the default back: it comes once this returns
}

void set_action(int signal, const struct sigaction& action) {
  if (sigaction(signal, &action, nullptr) == 0) return;
  throw Failure(fmt::format("cannot handle signal {}: {}", signal, std::generic_category().message(errno)));
}

bool is_ignored(int signal) {
  struct sigaction present {};
  return sigaction(signal, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

}  // namespace

void handle_interruptions() {
  struct sigaction ending {};
  ending.sa_handler = end_by;
  ending.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    if (!is_ignored(signal)) set_action(signal, ending);
  struct sigaction ignoring {};
  ignoring.sa_handler = SIG_IGN;
  for (const int signal : {SIGPIPE, SIGXFSZ}) set_action(signal, ignoring);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  set_action(SIGCHLD, usual);  // where the caller ignores it, no child of ours leaves a status behind
}

}  // namespace chalktape::cli
