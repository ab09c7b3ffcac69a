// What docs/accuracy.md is about: batch norm's and layer norm's gradients where the mean is far from 0.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/tensor/tensor.hpp"
#include "symbolic/roads/problem.hpp"

namespace chalktape::docs {

struct Condition {
  std::string_view layer;
  engine::DType dtype;
  std::int64_t n, d;
  double mean;  ///< of x, in standard deviations
};

[[nodiscard]] std::span<const Condition> accuracy_conditions();

/// The built-in layer with numbers drawn to the condition, the same ones each time. Throws as roads::make_problem does.
[[nodiscard]] roads::Problem problem_of(const Condition& condition);

}  // namespace chalktape::docs
