// Judges many claims with a mistake in each, on all cores: wrong_claims [COUNT [FIRST-SEED [PROCESSES]]].
// `wrong_claims --show SEED` prints one, `wrong_claims --unrepaired COUNT [FIRST-SEED]` those that got no repair.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/symbolic/wrong/examine.hpp"

namespace {

using namespace chalktape::wrong_claims;

struct Arguments {
  std::uint64_t count = 5000, first = 1, processes = 1;
  bool shows_unrepaired = false;
};

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

/// Seeds first + offset, first + offset + processes, … The first process judges the right lines as they stand besides.
[[noreturn]] void work(const Arguments& arguments, std::uint64_t offset, std::FILE* file) {
  int status = 0;
  try {
    Corpus corpus;
    const auto write = [&](const Outcome& outcome) {
      const std::string line = to_line(outcome);
      if (std::fputs(line.c_str(), file) < 0) throw std::runtime_error("cannot write");
    };
    for (std::size_t k = offset; k < corpus.lines().size(); k += arguments.processes) write(corpus.examine_line(k));
    for (std::uint64_t k = offset; k < arguments.count; k += arguments.processes) {
      write(corpus.examine(arguments.first + k));
      if (offset == 0 && k / arguments.processes % 100 == 99)
        fmt::print(stderr, "{} of {} claims\n", k, arguments.count);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "wrong_claims: error: {}\n", error.what());
    status = 2;
  }
  if (std::fflush(file) != 0) status = 2;
  std::_Exit(status);
}

std::vector<Outcome> outcomes_of(std::FILE* file) {
  std::vector<Outcome> outcomes;
  std::rewind(file);
  std::string line;
  for (int c = 0; (c = std::fgetc(file)) != EOF;) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    outcomes.push_back(from_line(line));
    line.clear();
  }
  return outcomes;
}

int run(const Arguments& arguments) {
  std::vector<File> files;
  for (std::uint64_t p = 0; p < arguments.processes; ++p) {
    files.emplace_back(std::tmpfile(), &std::fclose);
    if (!files.back()) throw std::runtime_error("cannot make a temporary file");
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot make a process");
    if (child == 0) work(arguments, p, files.back().get());
  }
  bool whole = true;
  for (int status = 0; wait(&status) > 0;) whole = whole && status == 0;
  std::vector<Outcome> outcomes;
  for (const File& file : files) {
    for (Outcome& outcome : outcomes_of(file.get())) outcomes.push_back(std::move(outcome));
  }
  std::stable_sort(outcomes.begin(), outcomes.end(), [](const auto& a, const auto& b) { return a.seed < b.seed; });
  std::fputs(report_of(outcomes).c_str(), stdout);
  bool clean = true;
  for (const Outcome& outcome : outcomes) {
    clean = clean && outcome.finding().empty();
    if (arguments.shows_unrepaired && outcome.is_wrong && outcome.verdict == "refuted" &&
        outcome.repair != Outcome::Repair::undoes)
      fmt::print("\nseed {}: not repaired\n{}", outcome.seed, outcome.text);
  }
  if (!whole) fmt::print(stderr, "wrong_claims: error: a process ended early\n");
  return whole ? (clean ? 0 : 1) : 2;
}

std::uint64_t number(const char* text) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text, &end, 10);
  if (end == text || *end != '\0') throw std::invalid_argument(fmt::format("'{}' is not a number", text));
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[1]) == "--show") {
      const Outcome outcome = Corpus().examine(number(argv[2]));
      fmt::print("{}# {:.2f} s\n", outcome.text, outcome.seconds);
      return 0;
    }
    Arguments arguments;
    arguments.processes = std::max(1U, std::thread::hardware_concurrency());
    if (argc > 1 && std::string(argv[1]) == "--unrepaired") {
      arguments.shows_unrepaired = true;
      --argc;
      ++argv;
    }
    if (argc > 4) throw std::invalid_argument("too many arguments");
    if (argc > 1) arguments.count = number(argv[1]);
    if (argc > 2) arguments.first = number(argv[2]);
    if (argc > 3) arguments.processes = std::max<std::uint64_t>(1, number(argv[3]));
    return run(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "wrong_claims: error: {}\nusage: wrong_claims [--unrepaired] [COUNT [FIRST-SEED [PROCESSES]]] | "
               "wrong_claims --show SEED\n",
               error.what());
    return 2;
  }
}
