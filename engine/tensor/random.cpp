#include "engine/tensor/random.hpp"

namespace chalktape::engine {
namespace {

constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15U;

std::uint64_t finalised(std::uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

std::uint64_t Random::bits() { return finalised(state_ += golden_gamma); }

double Random::uniform() { return static_cast<double>(bits() >> 11U) * 0x1p-53; }

double Random::normal() {
  double sum = -6;
  for (int k = 0; k < 12; ++k) sum += uniform();
  return sum;
}

std::int64_t Random::below(std::int64_t bound) {
  // The bias is below bound/2⁶⁴.
  return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(bound));
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }

std::vector<std::int64_t> Random::subset(std::int64_t bound, std::int64_t count) {
  std::vector<std::int64_t> chosen;
  for (std::int64_t k = 0; k < bound; ++k) {  // selection sampling: Knuth, volume 2, algorithm 3.4.2 S
    const std::int64_t missing = count - static_cast<std::int64_t>(chosen.size());
    if (missing <= 0) break;
    if (bound - k <= missing || below(bound - k) < missing) chosen.push_back(k);
  }
  return chosen;
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) { return finalised(finalised(a + golden_gamma) ^ b); }

}  // namespace chalktape::engine
