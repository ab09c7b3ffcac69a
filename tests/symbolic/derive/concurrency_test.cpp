// Threads that derive at once wait for each other, and get what they would have got alone.
#include <array>
#include <string>
#include <thread>
#include <vector>

#include "symbolic/check/verify.hpp"
#include "symbolic/report/derivation_text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/layers.hpp"

using namespace chalktape;

TEST_CASE("several threads derive, check and print at once") {
  const std::array<std::string, 4> names{"softmax", "rms_norm", "batch_norm", "sigmoid"};
  const auto page = [](const std::string& name) {
    return report::to_text(check::verified_derivation(tests::builtin(name)), {}, {.unicode = false});
  };
  std::array<std::string, names.size()> alone, at_once;
  for (std::size_t k = 0; k < names.size(); ++k) alone[k] = page(names[k]);
  std::vector<std::thread> threads;
  for (std::size_t k = 0; k < names.size(); ++k) {
    threads.emplace_back([&, k] {
      for (int round = 0; round < 3; ++round) at_once[k] = page(names[k]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(at_once == alone);
}
