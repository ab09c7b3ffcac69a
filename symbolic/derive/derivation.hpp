// A derivation: what was found, and each step on the way to it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/language/layer.hpp"
#include "symbolic/present/sentence.hpp"

namespace chalktape::derive {

/// How a step was checked; see symbolic/check.
struct Checked {
  int modular = 0;   ///< identity tests in F_p that it passed; 0 where they cannot apply (a cube root, say)
  int digits = 0;    ///< digits that the numeric check carried
  int points = 0;    ///< numeric points that it passed
  double worst = 0;  ///< the largest |a−b| / max(1, |a|+|b|) over those points
  /// One of those points had mean ≫ std; false where the layer has no value at such points.
  bool ill_conditioned = false;
};

/// One rewriting: `before` and `after` have the same value for all inputs that the layer allows.
struct Step {
  std::string rule;  ///< the name of a rule of the registry
  language::Expr before, after;
  present::Sentence why;  ///< one sentence: what happens and why it is allowed
  Checked checked;
};

/// The proof of a gradient's final form, all entries of all tensors being symbols; see symbolic/check/proof.hpp.
struct Proof {
  bool proved = false;
  std::vector<std::pair<std::string, std::int64_t>>
      sizes;           ///< that it was proved at, or was to be; in the layer's order
  std::string reason;  ///< why there is no proof: half a sentence
};

struct Cost {
  int sums = 0;    ///< distinct sums needed beyond forward values and the gradients of the layer's tensors
  int sweeps = 0;  ///< passes over arrays: sums that do not wait for each other share one
  int flops = 0;   ///< operations of the formula as it is printed
};

/// What is derived: a gradient `dx[i,j]`, or a derivative `diff(xhat[k,l], x[i,j])`.
struct Gradient {
  std::string of;                        ///< "x": a tensor of the layer, or an intermediate
  std::string name;                      ///< "dx"; empty for a derivative
  language::Expr left;                   ///< `dx[i,j]`
  std::vector<language::Index> indices;  ///< those that are free in `left`
  language::Expr value{};
  bool of_tensor = false;  ///< false for an intermediate's
  Cost cost{};
  bool out_of_time = false;  ///< the search for its best form was ended by the deadline
  Proof proof{};
  std::vector<Step> steps{};
  /// Derivatives that the steps use, derived before them, in order; each may use those before it.
  std::vector<Gradient> derivatives{};
};

/// How the chain rule is walked.
enum class Style {
  staged,  ///< backwards, through the gradient of each named intermediate
  direct,  ///< the whole Jacobian of an output worked out first, then summed up with the upstream gradient
};

struct Derivation {
  language::Layer layer;
  Style style = Style::staged;
  /// Names that the derivation gave to parts of the forward formulas, `istd[j] = …`; computable from forward values.
  std::vector<language::Definition> introduced;
  /// In an order in which each needs only forward values, introduced names, upstream gradients and earlier gradients.
  std::vector<Gradient> gradients;

  double derive_milliseconds = 0;
  double check_milliseconds = 0;

  [[nodiscard]] const Gradient* find(const std::string& of) const;
  /// What has to be computed, in order, to have every gradient: the introduced names, the gradients of those
  /// intermediates that a result needs, and the results.
  [[nodiscard]] std::vector<language::Definition> program() const;
};

}  // namespace chalktape::derive
