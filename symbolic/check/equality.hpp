// Whether two formulas about a layer are the same for all inputs: the points at which they are tried, and what they
// say.
//
// What is certain: "differ" rests on enclosures that are apart at a point of the layer's domain which is on no border.
// What is an oracle: residues modulo a prime confirm a rational identity but for a chance of about degree/2^61, and one
// with functions whichever side of their borders the functions' arguments are on. Digits alone confirm what the points
// reach: `unseen` says which sides of a border they did not. A wrong term that is 0 at all sizes tried, or below
// 10^−600 of its neighbours everywhere, would not be seen.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/check/conditions.hpp"
#include "symbolic/check/drawn_points.hpp"

namespace chalktape::check {

/// How much is spent on one layer, and what its formulas need.
struct Effort {
  std::uint64_t seed = 0;
  std::size_t rank = 0;   ///< the most indices that a formula will have
  SizeMap least_sizes{};  ///< for literal indices
  double operations = 0;  ///< on numbers: what a point at larger sizes may take; 0 for none
  double residues = 3e3;  ///< the same in F_p
  int larger = 2;         ///< points in F_p at larger sizes
  bool claims = false;    ///< more points: beside the borders of each formula too, of all magnitudes, and of size 1
};

struct Numbers {
  bool differ = false;
  int points = 0;           ///< at which they are the same
  std::string undefined{};  ///< why one of them has no value at some point
  std::string too_large{};  ///< why nothing can be said at some point
  double worst = 0;         ///< the largest `error_of`
  bool all_zero = true;     ///< whether both were 0 at all of these points
  bool ill_conditioned = false;
  std::string where{};  ///< of the first point at which they differ, and by how much
  SizeMap largest{};    ///< by symbol, of the points at which they are the same
  std::vector<NumericPoint*> same_at{};
};

struct Residues {
  int same = 0;  ///< points at which they are; 0 where they differ at one
  bool differ = false;
  std::string where{};
  SizeMap largest{};
};

/// At one point, with at least so many digits, and as many more as it takes to tell.
Numbers compare_at(NumericPoint& at, const std::vector<language::Index>& indices, const language::Expr& left,
                   const language::Expr& right, int digits = Digits::carried);

class Equality {
 public:
  /// The layer and the definitions must outlive it. Nothing is drawn yet.
  Equality(const language::Layer& layer, const std::vector<language::Definition>& introduced, Effort effort);
  ~Equality();
  Equality(const Equality&) = delete;
  Equality& operator=(const Equality&) = delete;
  Equality(Equality&&) = delete;
  Equality& operator=(Equality&&) = delete;

  /// Points in F_p, of different sizes; empty where the layer has no meaning there.
  [[nodiscard]] const std::vector<std::unique_ptr<ModularPoint>>& modular_points();
  /// Points with digits; empty where the layer cannot be evaluated: `obstacle` says why.
  [[nodiscard]] const std::vector<std::unique_ptr<NumericPoint>>& numeric_points();
  [[nodiscard]] const std::string& obstacle();

  /// At all points, as `compare_at`.
  Numbers compare_numbers(const std::vector<language::Index>& indices, const language::Expr& left,
                          const language::Expr& right, int digits = Digits::carried);
  Residues compare_residues(const std::vector<language::Index>& indices, const language::Expr& left,
                            const language::Expr& right);
  /// The borders that none of these points was on one side of: half sentences.
  [[nodiscard]] std::vector<std::string> unseen(const language::Expr& left, const language::Expr& right,
                                                const std::vector<NumericPoint*>& points);
  /// Where alone two formulas differ that are the same everywhere else: "x = 0".
  [[nodiscard]] std::vector<std::string> exceptions(const std::vector<language::Index>& indices,
                                                    const language::Expr& left, const language::Expr& right);

 private:
  struct Known;
  void draw_points();
  void draw_numeric_points();
  void draw_wide_points();
  void draw_points_of_size_one();
  void draw_points_around_borders();
  void draw_modular_points();
  /// The condition with the points around it, which are drawn where it is met for the first time.
  Known& known(const Condition& condition);
  /// Points between the borders of these conditions, drawn once.
  const std::vector<std::unique_ptr<NumericPoint>>& points_between(const std::vector<Condition>& conditions);
  /// Where entries tie whose maximum or minimum is taken.
  void add_ties(const std::vector<language::Index>& indices, const language::Expr& left, const language::Expr& right,
                std::vector<std::string>& names);
  /// The formulas, and the definitions that they depend on.
  [[nodiscard]] std::vector<language::Expr> formulas_behind(const language::Expr& left,
                                                            const language::Expr& right) const;
  /// The conditions that decide what the formulas are, each once.
  [[nodiscard]] std::vector<Condition> conditions_behind(const language::Expr& left, const language::Expr& right) const;
  /// "x = -3", or "the argument = 0" where it takes more than one number to be there.
  [[nodiscard]] std::string name_of(const Condition& condition, const Border& border) const;
  std::vector<NumericPoint*> points_for(const language::Expr& left, const language::Expr& right);

  const language::Layer& layer_;
  const std::vector<language::Definition>& introduced_;
  Effort effort_;
  engine::Random random_;
  bool is_drawn_ = false;
  SizeRange sizes_;
  Borders borders_;
  std::vector<std::unique_ptr<ModularPoint>> modular_;
  std::vector<std::unique_ptr<NumericPoint>> numeric_;
  std::vector<std::unique_ptr<NumericPoint>> of_size_one_;
  std::string obstacle_;
  std::map<std::string, std::unique_ptr<Known>> known_;                        ///< by the condition's text
  std::map<std::string, std::vector<std::unique_ptr<NumericPoint>>> between_;  ///< by the texts of some conditions
};

}  // namespace chalktape::check
