// Examines many random layers, on all cores: soak [--each] [COUNT [FIRST-SEED [PROCESSES]]]. `--each` prints what
// became of each seed, so that two runs can be compared. `soak --show SEED` prints one, `soak --slow SEED` shrinks one
// that takes long.
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/symbolic/random/examine.hpp"
#include "tests/symbolic/random/generator.hpp"
#include "tests/symbolic/random/layer_text.hpp"
#include "tests/symbolic/random/shrink.hpp"

namespace {

using namespace chalktape;
using random_layers::Outcome;
using Clock = std::chrono::steady_clock;

/// Of processor time: a hang. Far more than any layer takes, so that a slow machine counts what a fast one does.
constexpr int seconds_a_layer = 300;
constexpr double slow_seconds = 3;
constexpr int most_tries = 150;

struct Arguments {
  std::uint64_t count = 20000, first = 1, processes = 1;
  bool prints_each = false;
};

/// What one process hands to the one that counts, in one write of less than PIPE_BUF bytes, so that lines stay whole.
std::string line_of(std::uint64_t seed, const Outcome& outcome) {
  return fmt::format("{}\t{}\t{}\t{}\t{:.3f}\t{}\t{}\n", seed, static_cast<int>(outcome.kind), outcome.gradients,
                     outcome.shorter, outcome.seconds, outcome.digest, outcome.reason);
}

void report(std::uint64_t seed, const Outcome& outcome) {
  const auto layer = random_layers::random_layer(seed);
  const auto styles = random_layers::styles_of(seed);
  const auto fails = [&](const language::Layer& candidate) {
    const Outcome again = random_layers::examine_isolated(candidate, seconds_a_layer, styles);
    return again.kind == outcome.kind && again.reason == outcome.reason;
  };
  const bool takes_long = outcome.reason == "timeout";  // so would shrinking it
  const auto minimal = takes_long ? layer : random_layers::shrunk(layer, fails, most_tries);
  const Outcome again = takes_long ? outcome : random_layers::examine_isolated(minimal, seconds_a_layer, styles);
  const std::string text =
      fmt::format("seed {}: {}\n{}\n{}\n", seed, outcome.reason, again.detail, random_layers::to_chalk(minimal));
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

[[noreturn]] void work(const Arguments& arguments, std::uint64_t offset, int pipe) {
  for (std::uint64_t k = offset; k < arguments.count; k += arguments.processes) {
    const std::uint64_t seed = arguments.first + k;
    const Outcome outcome = random_layers::examine_isolated(random_layers::random_layer(seed), seconds_a_layer,
                                                            random_layers::styles_of(seed));
    const std::string line = line_of(seed, outcome);
    if (write(pipe, line.data(), line.size()) < 0) std::_Exit(2);
    if (outcome.kind == Outcome::Kind::finding) report(seed, outcome);
  }
  std::_Exit(0);
}

struct Tally {
  std::uint64_t done = 0, agreed = 0, gradients = 0, shorter = 0;
  std::map<std::string, std::uint64_t> refusals, findings;
  std::vector<std::pair<std::uint64_t, std::string>> slow;
  std::uint64_t digest = 0;

  void add(const std::string& line) {
    std::vector<std::string> fields;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = line.find('\t', begin);
      fields.push_back(line.substr(begin, end == std::string::npos ? end : end - begin));
    }
    ++done;
    const auto kind = static_cast<Outcome::Kind>(std::stoi(fields.at(1)));
    if (kind == Outcome::Kind::agreed) ++agreed;
    if (kind == Outcome::Kind::refused) ++refusals[fields.at(6)];
    if (kind == Outcome::Kind::finding) ++findings[fields.at(6)];
    gradients += std::stoull(fields.at(2));
    shorter += std::stoull(fields.at(3));
    if (std::stod(fields.at(4)) > slow_seconds) slow.emplace_back(std::stoull(fields.at(0)), fields.at(4));
    // A sum, so that the order in which processes end does not matter.
    if (!fields.at(5).empty()) digest += std::stoull(fields.at(5), nullptr, 16) * (2 * std::stoull(fields.at(0)) + 1);
  }
};

std::uint64_t number(const char* text) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text, &end, 10);
  if (end == text || *end != '\0') throw std::invalid_argument(fmt::format("'{}' is not a number", text));
  return value;
}

int soak(const Arguments& arguments) {
  const auto start = Clock::now();
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("cannot make a pipe");
  for (std::uint64_t p = 0; p < arguments.processes; ++p) {
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot make a process");
    if (child == 0) work(arguments, p, ends[1]);
  }
  close(ends[1]);
  Tally tally;
  std::string pending;
  std::array<char, 4096> bytes{};
  auto last = start;
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  for (ssize_t count = 0; (count = read(ends[0], bytes.data(), bytes.size())) > 0;) {
    pending.append(bytes.data(), static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = pending.find('\n')) != std::string::npos; pending.erase(0, end + 1)) {
      tally.add(pending.substr(0, end));
      if (arguments.prints_each) fmt::print("{}\n", pending.substr(0, end));
    }
    if (Clock::now() - last < std::chrono::seconds(10)) continue;
    last = Clock::now();
    std::uint64_t found = 0;
    for (const auto& [reason, times] : tally.findings) found += times;
    fmt::print(stderr, "{} of {} layers, {} agreed, {} findings, {:.0f} s\n", tally.done, arguments.count, tally.agreed,
               found, seconds());
  }
  bool whole = true;
  for (int status = 0; wait(&status) > 0;) whole = whole && status == 0;

  fmt::print("{} layers from seed {} in {:.0f} s, {} processes\n", tally.done, arguments.first, seconds(),
             arguments.processes);
  fmt::print("  {} agreed\n", tally.agreed);
  for (const auto& [reason, times] : tally.refusals) fmt::print("  {} refused: {}\n", times, reason);
  for (const auto& [reason, times] : tally.findings) fmt::print("  {} FINDINGS: {}\n", times, reason);
  fmt::print("  {} of {} gradients need fewer sums than their chain rule\n", tally.shorter, tally.gradients);
  fmt::print("  {} layers took more than {} s\n", tally.slow.size(), slow_seconds);
  for (const auto& [seed, time] : tally.slow) fmt::print("    seed {}: {} s\n", seed, time);
  fmt::print("  digest {:016x}\n", tally.digest);
  return tally.findings.empty() && whole && tally.done == arguments.count ? 0 : 1;
}

int show(std::uint64_t seed) {
  const auto layer = random_layers::random_layer(seed);
  const Outcome outcome = random_layers::examine_isolated(layer, seconds_a_layer);
  fmt::print(
      "{}# {} {}: {} ({} of {} gradients shorter; derived in {:.0f} ms, checked in {:.0f} ms, {:.2f} s in all, "
      "digest {})\n",
      random_layers::to_chalk(layer), static_cast<int>(outcome.kind), outcome.reason, outcome.detail, outcome.shorter,
      outcome.gradients, outcome.derive_milliseconds, outcome.check_milliseconds, outcome.seconds, outcome.digest);
  return 0;
}

/// The smallest layer that is still slow.
int show_slow(std::uint64_t seed) {
  constexpr int seconds = 4;
  constexpr int tries = 150;
  const auto is_slow = [](const language::Layer& layer) {
    return random_layers::examine_isolated(layer, seconds).reason == "timeout";
  };
  const auto layer = random_layers::shrunk(random_layers::random_layer(seed), is_slow, tries);
  fmt::print("# More than {} s: seed {}\n{}", seconds, seed, random_layers::to_chalk(layer));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[1]) == "--show") return show(number(argv[2]));
    if (argc == 3 && std::string(argv[1]) == "--slow") return show_slow(number(argv[2]));
    Arguments arguments;
    if (argc > 1 && std::string(argv[1]) == "--each") {
      arguments.prints_each = true;
      --argc;
      ++argv;
    }
    if (argc > 4) throw std::invalid_argument("too many arguments");
    arguments.processes = std::max(1U, std::thread::hardware_concurrency());
    if (argc > 1) arguments.count = number(argv[1]);
    if (argc > 2) arguments.first = number(argv[2]);
    if (argc > 3) arguments.processes = std::max<std::uint64_t>(1, number(argv[3]));
    return soak(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "soak: error: {}\nusage: soak [--each] [COUNT [FIRST-SEED [PROCESSES]]] | soak --show SEED | soak "
               "--slow SEED\n",
               error.what());
    return 2;
  }
}
