// Gradients to 50 digits, straight from the layer's definitions: what every road is measured against.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "symbolic/language/layer.hpp"

namespace chalktape::check {

/// The values cannot be evaluated: a root or logarithm of a negative number, a division by zero.
struct DomainError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Numbers for a layer. Arrays are row-major.
struct Inputs {
  std::map<std::string, std::int64_t> sizes;
  std::map<std::string, std::vector<double>> tensors;
  std::map<std::string, double> constants;
  std::map<std::string, std::vector<double>> upstream;  ///< by output name; not needed for a loss
};

/// A number to about 32 digits: high + low, |low| ≤ ulp(high)/2. The error of a road's value v is |(v − high) − low|.
struct Precise {
  double high = 0, low = 0;
};

struct Reference {
  std::map<std::string, std::vector<Precise>> values;     ///< of every definition
  std::map<std::string, std::vector<Precise>> gradients;  ///< by tensor name
};

/// Reverse mode over the definitions as written, in 70-digit arithmetic; shares no code with the engine's tape or the
/// derivation. Time and memory are proportional to the number of scalar operations. Throws DomainError.
Reference reference(const language::Layer& layer, const Inputs& inputs);

}  // namespace chalktape::check
