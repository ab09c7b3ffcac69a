// Compares the plans of many random graphs with the tape: plan_soak [COUNT [FIRST-SEED]], on all cores.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "tests/engine/plan/random_plan.hpp"

namespace {

using chalktape::engine::disagreement_of_plan;

int soak(std::uint32_t count, std::uint32_t first) {
  std::atomic<std::uint32_t> next = 0, findings = 0;
  const auto work = [&] {
    for (std::uint32_t k = next++; k < count; k = next++) {
      const std::uint32_t seed = first + k;
      const bool exact = seed / 2 % 2 == 0;
      std::string found;
      try {
        found = disagreement_of_plan(seed, exact);
      } catch (const std::exception& error) {
        found = fmt::format("seed {}{}: {}\n", seed, exact ? ", exact" : "", error.what());
      }
      if (found.empty()) continue;
      ++findings;
      std::fputs(found.c_str(), stdout);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned k = 0; k < std::max(1U, std::thread::hardware_concurrency()); ++k) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  fmt::print("{} plans from seed {}, {} findings\n", count, first, findings.load());
  return findings == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 3) throw std::invalid_argument("too many arguments");
    const auto number = [&](int k, std::uint32_t otherwise) {
      return argc > k ? static_cast<std::uint32_t>(std::stoul(argv[k])) : otherwise;
    };
    return soak(number(1, 20000), number(2, 1));
  } catch (const std::exception& error) {
    fmt::print(stderr, "plan_soak: error: {}\nusage: plan_soak [COUNT [FIRST-SEED]]\n", error.what());
    return 2;
  }
}
