#include "cli/limits.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <system_error>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/failure.hpp"
#include "cli/subcommand.hpp"
#include "engine/io/unfinished.hpp"

namespace chalktape::cli {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

constexpr double longest_seconds = 1e9;  // thirty years: a timer's fields hold no more everywhere
constexpr double most_gibibytes = 1 << 20;

// What a signal handler may print has to be there before.
std::array<char, 128> out_of_time{};
std::size_t out_of_time_length = 0;

extern "C" void give_up(int /*signal*/) {
  engine::remove_unfinished();
  // Where standard error cannot be written either, the status has to do.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, out_of_time.data(), out_of_time_length);
  _exit(static_cast<int>(ExitStatus::bad));
}

[[noreturn]] void fail_to_set(const char* what) {
  throw Failure(fmt::format("cannot limit {}: {}", what, std::generic_category().message(errno)));
}

void limit_time(double seconds) {
  const auto end =
      fmt::format_to_n(out_of_time.data(), out_of_time.size(),
                       "chalktape: error: given up after {} s of processor time (see --max-time)\n", seconds);
  out_of_time_length = std::min(end.size, out_of_time.size());
  struct sigaction action {};
  action.sa_handler = give_up;
  if (sigaction(SIGPROF, &action, nullptr) != 0) fail_to_set("the time");
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(seconds);
  timer.it_value.tv_usec = std::max(static_cast<suseconds_t>(std::fmod(seconds, 1.0) * 1e6), suseconds_t{1});
  if (setitimer(ITIMER_PROF, &timer, nullptr) != 0) fail_to_set("the time");
}

/// Allocations beyond it fail: std::bad_alloc, which the command's outermost frame puts into words.
void limit_memory(double gibibytes) {
  rlimit limit{};
  if (getrlimit(RLIMIT_DATA, &limit) != 0) fail_to_set("memory");
  limit.rlim_cur = std::min(static_cast<rlim_t>(std::ldexp(gibibytes, 30)), limit.rlim_max);
  if (setrlimit(RLIMIT_DATA, &limit) != 0) fail_to_set("memory");
}

/// Above 0, and at most `most`; CLI11's own check takes NaN for a positive number.
CLI::Option* add_amount(CLI::App& app, const std::string& option, double& amount, double most,
                        const std::string& help) {
  const auto check = [option, most](const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc{} && end == text.data() + text.size() && value > 0 && value <= most;
    return good ? std::string() : fmt::format("'{}' is not a number above 0 and up to {}", text, most);
  };
  return app.add_option(option, amount, help)->check(check)->capture_default_str();
}

}  // namespace

void add_limits(CLI::App& app, Limits& limits) {
  add_amount(app, "--max-time", limits.seconds, longest_seconds,
             "give up, with exit status 2, after so much processor time")
      ->type_name("SECONDS");
  add_amount(app, "--max-memory", limits.gibibytes, most_gibibytes,
             "give up, with exit status 2, beyond so much memory")
      ->type_name("GIBIBYTES");
}

void set_limits(const Limits& limits) {
  limit_time(limits.seconds);
  if (!sanitized) limit_memory(limits.gibibytes);
}

void add_timeout(CLI::App& app, double& seconds) {
  add_amount(app, "--timeout", seconds, longest_seconds,
             "after so long a derivation's search is content with the best formula so far")
      ->type_name("SECONDS");
}

}  // namespace chalktape::cli
