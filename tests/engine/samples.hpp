// Random tensors for the engine's tests: same seed, same numbers, on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "engine/ops/registry.hpp"
#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {

class Samples {
 public:
  explicit Samples(std::uint32_t seed) : generator_(seed) {}

  double number(Interval from = {}) {
    return from.low + (from.high - from.low) * (static_cast<double>(generator_()) + 0.5) / 4294967296.0;
  }
  Tensor tensor(const Shape& shape, Interval from = {}, DType dtype = DType::f64) {
    std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
    for (double& value : values) value = number(from);
    return Tensor::from(shape, values, dtype);
  }

 private:
  std::mt19937 generator_;
};

}  // namespace chalktape::engine
