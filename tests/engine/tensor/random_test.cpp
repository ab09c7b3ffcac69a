#include "engine/tensor/random.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/catch.hpp"

namespace chalktape {

TEST_CASE("random numbers are the same on every machine") {
  engine::Random random(1);
  CHECK(random.bits() == 0x910a2dec89025cc1U);  // SplitMix64's published sequence for the seed 1
  CHECK(random.bits() == 0xbeeb8da1658eec67U);
  CHECK(random.uniform() == static_cast<double>(0xf893a2eefb32555eU >> 11U) / 9007199254740992.0);
}

TEST_CASE("normal numbers have mean 0 and variance 1") {
  engine::Random random(5);
  double sum = 0;
  double squares = 0;
  constexpr int count = 100000;
  for (int k = 0; k < count; ++k) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
  }
  CHECK(std::abs(sum / count) < 0.015);
  CHECK(std::abs(squares / count - 1) < 0.025);
}

TEST_CASE("a subset is of the size asked for, ascending") {
  engine::Random random(3);
  const auto chosen = random.subset(1000, 200);
  REQUIRE(chosen.size() == 200);
  for (std::size_t k = 1; k < chosen.size(); ++k) CHECK(chosen[k - 1] < chosen[k]);
  CHECK(chosen.back() < 1000);
  CHECK(random.subset(3, 200) == std::vector<std::int64_t>{0, 1, 2});
}

TEST_CASE("whole numbers between two bounds reach both and nothing beyond") {
  engine::Random random(7);
  std::vector<int> times(3);
  for (int k = 0; k < 300; ++k) ++times.at(static_cast<std::size_t>(random.between(-1, 1) + 1));
  for (const int count : times) CHECK(count > 50);
}

}  // namespace chalktape
