// Doubles at several points, in which candidates for a repair are looked at before they are judged.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "symbolic/check/evaluator.hpp"
#include "symbolic/claims/doubles.hpp"
#include "symbolic/claims/judge.hpp"

namespace chalktape::claims {

/// The truth at the judge's points of 70 digits, rounded, and candidates' values there. Points whose numbers doubles
/// cannot carry are left out.
class Screen {
 public:
  /// `judge` must outlive the screen.
  Screen(Judge& judge, const std::vector<language::Index>& indices, const language::Expr& truth,
         const language::Expr& wrong);

  /// False where `wrong` shows its mistake at no point: then nothing can be told.
  [[nodiscard]] bool is_of_use() const { return !points_.empty() && points_.front()->differs; }
  /// Whether e is the truth at all points, as far as doubles can tell.
  [[nodiscard]] bool passes(const language::Expr& e);
  /// Whether e is 0 everywhere, or 1, without being that number: D/D, step(exp(x)).
  [[nodiscard]] bool is_idle(const language::Expr& e, const std::vector<language::Index>& indices);
  /// Where the formula is affine in the node at `site`, f(n + t) = f(n) + c t, the term t that makes it right is
  /// (truth − f(n))/c, entry by entry. True where that cannot be told.
  [[nodiscard]] bool may_lack(const std::vector<std::size_t>& site, const language::Expr& term, bool subtracted);

  /// The sizes of the point at which a candidate is looked at first.
  [[nodiscard]] const check::SizeMap& first_sizes() const { return points_.front()->sizes; }

 private:
  using Values = std::vector<double>;
  struct Point {
    Point(const Scope& scope, const check::DrawnPoint<check::Digits>& at,
          const std::vector<language::Definition>& definitions);
    check::SizeMap sizes;
    Doubles field{};
    check::Evaluator<Doubles> evaluator;
    check::Evaluator<Doubles>::Array truth{};
    double scale = 0;             ///< of what rounding is a part of
    std::size_t wrong_entry = 0;  ///< what changes nothing there is found out at once
    bool differs = false;         ///< `wrong` from the truth
  };
  void add_point(check::NumericPoint& at);
  static bool same(double found, double truth, double scale);
  static std::optional<Values> values_of(Point& point, const language::Expr& e,
                                         const std::vector<language::Index>& indices);
  std::optional<std::vector<std::optional<double>>> needed_at(const std::vector<std::size_t>& site);

  const Scope& scope_;
  const std::vector<language::Index>& indices_;
  language::Expr truth_, wrong_;
  std::vector<language::Definition> definitions_;
  std::vector<std::unique_ptr<Point>> points_;              ///< the first one shows the mistake at small sizes
  std::map<language::Expr, std::optional<Values>> values_;  ///< at the first point, by the node itself
  std::map<std::vector<std::size_t>, std::optional<std::vector<std::optional<double>>>> needed_;
};

}  // namespace chalktape::claims
