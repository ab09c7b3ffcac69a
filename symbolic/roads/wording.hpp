// How the tape's nodes and what they pass on are put into words.
#pragma once

#include <string>
#include <vector>

#include "symbolic/present/typesetting.hpp"
#include "symbolic/roads/sweeps.hpp"

namespace chalktape::roads {

/// Names, shapes and formulas of the nodes of a sweep, which must outlive it. `unicode`: names and signs as
/// mathematics.
class Wording {
 public:
  Wording(const Problem& problem, const Sweeps& sweeps, bool unicode)
      : tape_(sweeps.tape), forward_(sweeps.forward), typesetting_(problem.layer), unicode_(unicode) {}

  [[nodiscard]] std::string name(engine::NodeId node) const;
  [[nodiscard]] std::string gradient(engine::NodeId node) const { return "d" + name(node); }
  /// The size symbol of each axis, or its length.
  [[nodiscard]] std::vector<std::string> axes(engine::NodeId node) const;
  /// "N x D", or nothing for a scalar.
  [[nodiscard]] std::string shape(engine::NodeId node) const;
  /// What a result is computed from: "x - mu", "mean of x over N", "sqrt(v5)".
  [[nodiscard]] std::string formula(engine::NodeId node) const;
  /// "dy*x", what a step of the backward sweep passes on.
  [[nodiscard]] std::string contribution(const BackwardStep& step) const;
  /// The factor in it: "x", "1/3", "-v10^2".
  [[nodiscard]] std::string local_derivative(const BackwardStep& step) const;

 private:
  [[nodiscard]] std::string listed(engine::NodeId node, const std::vector<int>& chosen) const;
  [[nodiscard]] std::string reduced(engine::NodeId node) const;
  [[nodiscard]] std::string contraction(engine::NodeId node, const std::vector<std::string>& names) const;
  [[nodiscard]] std::string movement(engine::NodeId node, const std::string& op, const std::string& x) const;

  const engine::Tape& tape_;
  const Forward& forward_;
  present::Typesetting typesetting_;
  bool unicode_;
};

}  // namespace chalktape::roads
