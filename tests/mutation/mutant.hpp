// What the conditions of a mutated source are written with: mutate.py.
#pragma once

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace chalktape::mutation {

constexpr int most_conditions = 10'000;

/// What the environment asks for. CHALKTAPE_MUTANT="17 negated": condition 17 says the opposite; "17 true", "17 false":
/// always that. CHALKTAPE_CONDITIONS_SEEN=FILE: a line "17 true" is appended when condition 17 first is true, and so
/// on.
class Wish {
 public:
  static const Wish& instance() {
    static const Wish wish;
    return wish;
  }
  [[nodiscard]] bool outcome(int condition, bool value) const {
    if (log_ >= 0) note(condition, value);
    return condition == chosen_ ? (negates_ ? !value : constant_) : value;
  }

 private:
  Wish() {
    if (const char* wish = std::getenv("CHALKTAPE_MUTANT")) {
      char* change = nullptr;
      chosen_ = static_cast<int>(std::strtol(wish, &change, 10));
      negates_ = std::strcmp(change, " negated") == 0;
      constant_ = std::strcmp(change, " true") == 0;
      if (!negates_ && !constant_ && std::strcmp(change, " false") != 0) std::abort();
    }
    if (const char* file = std::getenv("CHALKTAPE_CONDITIONS_SEEN")) {
      log_ = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
      if (log_ < 0) std::abort();
    }
  }
  /// At once, in one piece: child processes write to the same file, and may end by a signal.
  void note(int condition, bool value) const {
    static std::array<std::array<std::atomic<bool>, 2>, most_conditions> seen{};
    if (seen.at(static_cast<std::size_t>(condition)).at(value ? 1 : 0).exchange(true)) return;
    const std::string line = std::to_string(condition) + (value ? " true\n" : " false\n");
    if (write(log_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  }

  int chosen_ = -1, log_ = -1;
  bool negates_ = false, constant_ = false;
};

/// A condition as the active mutant has it.
template <class T>
bool mutant(int condition, const T& value) {
  return Wish::instance().outcome(condition, static_cast<bool>(value));
}

}  // namespace chalktape::mutation
