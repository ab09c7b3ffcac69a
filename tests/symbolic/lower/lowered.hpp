// A layer from its text, lowered onto random numbers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/tape/tape.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/lower/lower.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape::tests {

struct Lowered {
  language::Layer layer;
  engine::Tape tape;
  lower::Environment environment;

  [[nodiscard]] engine::NodeId node(const std::string& name) const { return environment.nodes.at(name); }
  [[nodiscard]] const engine::Tensor& value(const std::string& name) const { return tape.value(node(name)); }
  /// The names of the ops, in the order of recording.
  [[nodiscard]] std::vector<std::string> ops() const;
  /// How many nodes have this op.
  [[nodiscard]] int count(const std::string& op) const;
  /// The largest disagreement between the tape's gradients and central differences, over all tensors, with random
  /// upstream gradients.
  [[nodiscard]] double worst_gradient() const;
};

/// Tensors are drawn from (0.2, 1.7), so that roots, logarithms and divisions are defined.
[[nodiscard]] Lowered lowered(const std::string& text, const std::map<std::string, std::int64_t>& sizes,
                              engine::DType dtype = engine::DType::f64);

}  // namespace chalktape::tests
