// Tests formulas for a layer's gradients against the gradients themselves.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::check {

/// The layer cannot be evaluated at any point that was tried.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Verdict {
  bool holds = false;
  derive::Checked checked;
  /// Neither: at no point drawn are its numbers small enough to compare.
  bool undecided = false;
  std::string where;  ///< of the first point that it fails at, or why it is undecided; empty where it holds
};

/// Checks (a), in F_p at random sizes and values, and (b), with 50 digits at random sizes, one point ill-conditioned
/// (mean ≫ std) where the layer has a value there. The points are drawn once, the same on every run and machine,
/// obeying the layer's assumptions; the true gradients come from reverse mode over the definitions at each.
class Checker {
 public:
  enum class Laws {
    of_every_field,
    /// The formulas may hold by laws of functions as well, exp(a + b) = exp(a) exp(b): no function of F_p but a
    /// constant obeys it. What is no identity of oracles there is then not wrong: check (a) does not apply.
    of_functions,
  };

  /// Throws Error where no point can be evaluated. Sizes are 2 to 4; where something in the layer, or a formula that
  /// will be checked, has more than three free indices, 2 or 3. `rank` is how many such formulas have.
  Checker(const language::Layer& layer, const std::vector<language::Definition>& introduced,
          Laws laws = Laws::of_every_field, std::size_t rank = 0);
  /// For the formulas of a derivation.
  explicit Checker(const derive::Derivation& derivation);
  ~Checker();
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  /// Whether `value` is `left`, a gradient (`dx[i,j]`) or a derivative (`diff(y[k,l], x[i,j])`), entry by entry, at
  /// every point. `indices` are those that are free. Gradients' names inside the value have their true values.
  [[nodiscard]] Verdict check(const language::Expr& left, const std::vector<language::Index>& indices,
                              const language::Expr& value) const;

 private:
  struct Points;
  std::unique_ptr<Points> points_;
};

/// A layer at one random point of given sizes: whether two expressions have the same value there.
class PointAtSizes {
 public:
  /// Throws Error where no point can be evaluated.
  PointAtSizes(const language::Layer& layer, const std::vector<language::Definition>& introduced,
               const std::map<std::string, std::int64_t>& sizes);
  ~PointAtSizes();
  PointAtSizes(const PointAtSizes&) = delete;
  PointAtSizes& operator=(const PointAtSizes&) = delete;

  /// Whether a and b, whose indices are all literal, agree to 40 of 70 digits. Gradients' names have their true values.
  [[nodiscard]] bool same(const language::Expr& a, const language::Expr& b) const;

 private:
  struct Drawn;
  std::unique_ptr<Drawn> drawn_;
};

}  // namespace chalktape::check
