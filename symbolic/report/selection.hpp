// Which parts of a derivation are shown where only some gradients are asked for.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"

namespace chalktape::report {

struct Selection {
  /// Shown step by step, in the order of the derivation: those asked for, and the intermediates' that their steps use.
  std::vector<const derive::Gradient*> derived;
  /// Shown as results only: other tensors' gradients that the ones above mention.
  std::vector<const derive::Gradient*> used;
};

/// `tensors` empty means all. The names must be tensors of the layer.
Selection select(const derive::Derivation& derivation, const std::vector<std::string>& tensors);

/// What the checks of the steps shown amount to, and where a search was ended by the deadline.
present::Sentence how_checked(const Selection& selection);
/// Which checks a gradient's final form passed: "dx[i,j]: 8 identity tests mod 2^61 - 11913, …, proved at N = 3, D =
/// 4".
present::Sentence how_checked(const derive::Gradient& gradient);

/// A formula's terms at the top, each with its sign: what long lines are broken between.
struct Term {
  bool negative = false;
  language::Expr value;
};
std::vector<Term> top_terms(const language::Expr& e);

}  // namespace chalktape::report
