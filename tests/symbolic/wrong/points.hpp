// Whether a formula is right, by numbers: near 0 and far out, on both sides of every number that stands in it.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "engine/tensor/random.hpp"
#include "symbolic/claims/claims.hpp"

namespace chalktape::wrong_claims {

/// Points of one scope with 600 digits, drawn here and not by the checkers: entries of all orders of magnitude, or
/// around the numbers of the formulas and the layer, or small. None lies on a border but by chance of 2^-53.
class Points {
 public:
  /// `formulas` are looked through for numbers, and so is the layer. The scope must outlive the points.
  Points(const claims::Scope& scope, const std::vector<language::Expr>& formulas, std::uint64_t seed);
  ~Points();
  Points(const Points&) = delete;
  Points& operator=(const Points&) = delete;
  Points(Points&&) = delete;
  Points& operator=(Points&&) = delete;

  enum class Finding { same, differs, has_no_value };
  /// Of the two at all points, up to the first at which they differ. `thorough`: at many more, most of them beside the
  /// numbers of the formulas and the layer: a window of 1e-5 is there that only a thousand points find.
  [[nodiscard]] Finding compare(const std::vector<language::Index>& indices, const language::Expr& truth,
                                const language::Expr& claimed, bool thorough = false);

 private:
  struct Drawn;
  using Set = std::vector<std::unique_ptr<Drawn>>;
  Set draw(std::size_t wanted, bool beside);
  static Finding compare_at(const Set& points, const std::vector<language::Index>& indices, const language::Expr& truth,
                            const language::Expr& claimed);

  const claims::Scope& scope_;
  std::set<double> numbers_;
  engine::Random random_;
  Set usual_, thorough_;
};

}  // namespace chalktape::wrong_claims
