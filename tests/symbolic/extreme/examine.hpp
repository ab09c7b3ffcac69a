// Layers at extreme numbers: what the roads give, against the reference of 70 digits.
//
// What is right is said by the condition of the layer as it is written. Every result of an operation in its formulas,
// and every entry of its tensors, is off by a random 2⁻³⁸ of itself, and so is what reverse mode hands to each of them,
// sigmoid's s·(1 − s) by 2⁻³⁸·s, tanh's 1 − t² by 2⁻³⁸, and the 1/a of l = log(a) by 2⁻³⁸·l/a (it may be computed as
// exp(−l) from a saved l); the gradient is evaluated so with 70 digits, where nothing overflows. The change, scaled to
// one unit roundoff u of the dtype, is the response, and a road may be off by roads::tolerance(response), 4·(4u +
// response), in |a − b|/max(1, |a| + |b|). An entry that is not a number of the dtype is not asked for, and where the
// response leaves no digit nothing is: a gate that is 0 to the last digit, below a fraction bar.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/tensor/tensor.hpp"

namespace chalktape::extreme {

/// The size of what is extreme: exp overflows in f32 from 89 on, in f64 from 710 on, and sums of two exponents are
/// larger.
inline constexpr std::array<double, 3> levels{20, 90, 700};

struct Failure {
  std::string layer;  ///< its name
  std::string road;   ///< "derived", "NumPy", "C++"; "derivation" where there is none
  std::string what;   ///< the same text for the same class
  std::string detail;
};

struct Report {
  int layers = 0, samples = 0;
  std::int64_t entries = 0;    ///< that were compared
  std::int64_t undecided = 0;  ///< arrays that the numbers do not determine
  std::int64_t beyond = 0;     ///< entries that are no numbers of the dtype
  std::vector<Failure> failures;
};

/// Each layer, given as a `.chalk` text, on all levels in both dtypes, on the derived road and as emitted NumPy and
/// C++. `python` is the interpreter, `runner` the path of run_numpy.py. Starts a compiler and an interpreter once.
[[nodiscard]] Report examine(const std::vector<std::string>& layers, const std::string& python,
                             const std::string& runner);

}  // namespace chalktape::extreme
