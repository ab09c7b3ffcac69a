// Where a formula changes: the arguments of step, relu and abs, and what decides between the operands of max and min.
//
// A wrong formula is often right on one side of such a border. So points are put on both sides of each, just beside it
// and far from it, and what was never seen on one side is said.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "symbolic/check/drawn_points.hpp"

namespace chalktape::check {

struct Condition {
  language::Expr node;                   ///< step(x[i] - 3), max(a[i], 2)
  language::Expr argument;               ///< what is above 0 on one side: x[i] - 3, a[i] - 2
  std::vector<language::Index> indices;  ///< that are free in it
  std::string text;                      ///< of the argument: what makes two conditions the same
};

/// The conditions in a formula, each once, inner ones first. Literal indices are no free ones.
std::vector<Condition> conditions_of(const language::Expr& e);
/// Those of the layer's definitions, and of these.
std::vector<Condition> conditions_of(const language::Layer& layer, const std::vector<language::Definition>& introduced);

/// On which sides a condition has been seen.
struct Sides {
  bool positive = false, negative = false, zero = false;
  void add(const Sides& others);
};

/// The sides of the condition's entries at a point. None where it has no value there.
Sides sides_at(NumericPoint& at, const Condition& condition);

/// Half a sentence on the side of the condition that no point was on: "max(log(p[i]), -100) was never at its bound".
/// Nothing where both were seen, where one of them cannot be (exp(x) > 0), or where constants alone decide.
std::optional<std::string> unseen_side(const Condition& condition, const Sides& seen, const language::Layer& layer,
                                       const std::vector<language::Definition>& introduced);

/// A point where the condition's argument is 0, found by moving one entry of a tensor or by scaling all of them.
struct Border {
  NumericDraw how;      ///< without the placement
  Placement placement;  ///< exact where the value is a fraction of small numbers
  bool is_fraction = false;
  GiNaC::numeric from{};                 ///< what the value was looked for around: 1 for a logarithm of 1 - p
  std::set<std::string> dependencies{};  ///< tensors that the condition depends on
};

/// Draws borders and what lies around them. The layer and the definitions must outlive it.
class Borders {
 public:
  /// `operations` on numbers may be spent on each condition. `thorough`: for claims. The steps of a derivation have
  /// laws and residues behind them, so that fewer points do.
  Borders(const language::Layer& layer, const std::vector<language::Definition>& introduced, const SizeRange& sizes,
          double operations, bool thorough);

  /// Borders of the condition: at most one by each of two tensors. If thorough, by the first of them also at other
  /// sizes, and with other constants than the default ones; where moving one entry finds none, by entries beside the
  /// numbers that stand in the condition, or by scaling whole tensors.
  std::vector<Border> find(const Condition& condition, engine::Random& random) const;
  /// The same border to 60 digits, where the argument is smooth there; else as it is.
  Border sharpened(const Condition& condition, const Border& border) const;
  /// The point so drawn, with one entry put where it is said.
  [[nodiscard]] NumericPoint placed(NumericDraw how, const Placement& placement) const;
  /// Points just beside the borders that the first one's tensor makes, on each side: as they were drawn and, if
  /// thorough, with the tensors that the condition does not depend on mirrored, and with all entries of those that it
  /// does as the first.
  std::vector<std::unique_ptr<NumericPoint>> beside(const std::vector<Border>& borders) const;
  /// Points with the entries of the borders' tensors all on one side, all on the other, one on the one side alone, and
  /// on either, from near to far.
  std::vector<std::unique_ptr<NumericPoint>> around(const std::vector<Border>& borders, engine::Random& random) const;
  /// Points with every entry of the borders' tensors midway between two neighbouring borders of its tensor, or beyond
  /// all: in the windows that several conditions make on several tensors, and in strips between borders that are close.
  std::vector<std::unique_ptr<NumericPoint>> between(const std::vector<Border>& borders, engine::Random& random) const;

 private:
  class Search;
  /// The numbers in the condition and in the definitions that it depends on, without 0: at most three.
  [[nodiscard]] std::vector<GiNaC::numeric> numbers_behind(const Condition& condition,
                                                           const std::set<std::string>& names) const;
  const language::Layer& layer_;
  const std::vector<language::Definition>& introduced_;
  SizeRange sizes_;
  double operations_;
  bool thorough_;
};

/// Whether a gradient or derivative stands in it, which depends on all definitions.
bool differentiates(const language::Expr& e);
/// The names that an expression depends on, through all definitions.
std::set<std::string> dependencies(const language::Expr& e, const language::Layer& layer,
                                   const std::vector<language::Definition>& introduced);

}  // namespace chalktape::check
