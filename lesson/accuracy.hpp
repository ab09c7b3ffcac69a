// How exact each road is where the mean of the data is far larger than their spread.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/roads/problem.hpp"

namespace chalktape::lesson {

struct Curve {
  std::string road;
  std::vector<double> ulp;  ///< by ratio, of the gradient with respect to the tensor that is moved
};

/// Each road in f32 on the same draw, a constant being added to one tensor whose spread is 1.
struct Accuracy {
  std::string tensor;
  std::vector<double> ratios;  ///< mean over spread
  std::vector<Curve> curves;
  std::vector<std::string> left_out;  ///< ratios at which nothing could be measured, and why
};

/// Moves the first tensor of the largest rank of a problem that was drawn. Time: a comparison for each ratio.
[[nodiscard]] Accuracy measure_accuracy(const roads::Problem& problem, const derive::Derivation& derivation);

}  // namespace chalktape::lesson
