// Random numbers that are the same bytes on every machine: integers and additions only, no library function.
#pragma once

#include <cstdint>
#include <vector>

namespace chalktape::engine {

/// SplitMix64. Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t bits();
  /// In [0, 1), on a grid of 2⁻⁵³.
  [[nodiscard]] double uniform();
  /// Close to a standard normal: the sum of twelve uniform numbers less 6, so |value| < 6.
  [[nodiscard]] double normal();
  /// In [0, bound).
  [[nodiscard]] std::int64_t below(std::int64_t bound);
  /// In [low, high].
  [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
  /// `count` of the numbers below `bound`, ascending; all of them where count ≥ bound. O(bound) time, O(count) memory.
  [[nodiscard]] std::vector<std::int64_t> subset(std::int64_t bound, std::int64_t count);

 private:
  std::uint64_t state_;
};

/// A number that depends on all of the arguments' bits.
[[nodiscard]] std::uint64_t mixed(std::uint64_t a, std::uint64_t b);

}  // namespace chalktape::engine
