// Formulas with exponentials in a form that does not overflow where their value does not.
//
// Σ exp(a)·b / Σ exp(a) is 0/0 or ∞/∞ in floating point once a is large, though its value is modest. Numerator and
// denominator are therefore divided by exp(m), m the largest exponent in the denominator, and log Σ exp(a) becomes
// m + log Σ exp(a − m). Definitions that stand under such a quotient get a shifted twin. Exponentials that are left
// over in a product become one, exp(a)·exp(b) = exp(a + b): neither ∞·0 nor ∞/∞. The laws are those of
// rules::exponential_rules(); each rewriting names its law and is checked against the formula as it was
// (program.hpp).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/emit/trees.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/present/sentence.hpp"

namespace chalktape::emit {

/// One formula that was rewritten.
struct Rewriting {
  std::string rule;  ///< of the registry
  present::Sentence why;
};

class SafeExponentials {
 public:
  /// `taken`: names that new definitions must not have.
  explicit SafeExponentials(std::set<std::string> taken) : taken_(std::move(taken)) {}

  /// The definition in safe form. Those before it must have been given in order. Definitions that it needs besides are
  /// appended to `added`, reasons to `rewritings`.
  [[nodiscard]] language::Definition safe(const language::Definition& definition,
                                          std::vector<language::Definition>& added, std::vector<Rewriting>& rewritings);

 private:
  using Expr = language::Expr;

  /// From here on the name stands for its formula.
  void know(const language::Definition& definition);
  void know_peak(const language::Definition& definition);
  /// How many factors above and below the fraction bar are combinations of exponentials.
  [[nodiscard]] std::pair<std::ptrdiff_t, std::ptrdiff_t> exponentials_in(const Factors& factors) const;
  [[nodiscard]] Expr rewrite(const Expr& e);
  [[nodiscard]] std::optional<Expr> safe_product(Factors factors);
  /// The product with formulas for names: for quotients with more exponentials below than above, beside an
  /// exponential that may overflow where they come to 0; and for what has exponentials beside a mask, which overflow
  /// where it is 0.
  [[nodiscard]] std::optional<Expr> with_names_opened(Factors factors) const;
  [[nodiscard]] std::optional<Expr> safe_logarithm(const Expr& argument);
  /// Divides the product by 1 + exp(a).
  void multiply_by_sigmoid(const Expr& a, Factors& product);
  /// Divides the product by 1 + exp(a) where that takes exp(a) out of it. False, and nothing is changed, where it has
  /// no exp(a).
  [[nodiscard]] bool divide_by_one_plus(const Expr& a, Factors& product) const;
  /// The product with a sigmoid put to an exponential in it, where it has both.
  [[nodiscard]] std::optional<Expr> absorbed_in_sigmoid(const Factors& factors);
  void note_absorbed(const Expr& a);
  /// Multiplies the product by f where that takes a division by f out of it. False, and nothing is changed, where
  /// nothing in it is divided by f.
  [[nodiscard]] bool cancel(const Expr& f, Factors& product, bool opens_names = true) const;
  /// The product with a factor put to the sum in it that has a term divided by that factor.
  [[nodiscard]] std::optional<Expr> without_cancelling_divisor(const Factors& factors);
  /// The product with the name p put for e over the divisors of p = e/s, and p put to the factor in it that has a term
  /// divided by p. Nothing where no such p has all of that.
  [[nodiscard]] std::optional<Expr> folded_in_quotient(const Factors& factors);
  /// e·(a/s + b) as e·a/s + e·b, where the first of them is such a product. The sum may have a name.
  [[nodiscard]] std::optional<Expr> distributed_to_quotients(const Factors& factors);
  void append_logarithm(const Expr& factor, bool negative, std::vector<std::pair<Expr, bool>>& terms);

  /// The name's formula in safe form, for a name that has one.
  [[nodiscard]] std::optional<Expr> formula(const Expr& e) const { return formula_in(known_, e); }
  /// The name's formula in `known_` or `given_`.
  [[nodiscard]] static std::optional<Expr> formula_in(const std::map<std::string, language::Definition>& definitions,
                                                      const Expr& e);
  /// a where e is exp(a).
  [[nodiscard]] std::optional<Expr> exponent(const Expr& e) const;
  /// a where e is 1 + exp(a).
  [[nodiscard]] std::optional<Expr> one_plus_exponent(const Expr& e) const;
  /// a where e is sigmoid(a).
  [[nodiscard]] std::optional<Expr> sigmoid_argument(const Expr& e) const;
  [[nodiscard]] bool is_positive(const Expr& e) const;

  /// The largest exponent where e is a combination of exponentials, each in the first degree or a whole power.
  [[nodiscard]] std::optional<Expr> peak(const Expr& e) const;
  [[nodiscard]] std::optional<Expr> unnamed_peak(const Expr& e) const;
  /// A multiple of the largest exponent: that of e to the power, where it is a number.
  [[nodiscard]] std::optional<Expr> peak_of_power(const Expr& e) const;
  /// Factors beside exponentials in the sums of e, names included, are masks from here on: where one is 0, what stands
  /// beside it does not count for the largest exponent.
  void find_masks(const Expr& e);
  /// Whether it may be 0 beside an exponential.
  [[nodiscard]] bool may_mask(const Expr& factor) const;
  /// What an exponent beside the factor is lowered by: nothing where the factor is not 0, and much where it is; null
  /// for one that is no mask.
  [[nodiscard]] Expr lowered_by(const Expr& factor) const;
  /// The same with a name.
  [[nodiscard]] Expr named_peak(const Expr& e, const Expr& peak);
  /// e·exp(−m), with the factor inside the exponentials.
  [[nodiscard]] Expr shifted(const Expr& e, const Expr& m);
  [[nodiscard]] Expr shifted_name(const Expr& e, const Expr& m);
  [[nodiscard]] std::string fresh(const std::string& name);
  void note(std::string rule, present::Sentence why);

  std::set<std::string> taken_;
  std::map<std::string, language::Definition> known_;  // in safe form
  std::vector<std::string> order_;                     // of those that are known
  std::map<std::string, Expr> peak_of_;                // of those whose formula is such a combination
  std::map<std::string, language::Definition> given_;  // as they were given, without stops
  std::set<std::string> masks_;                        // as text without the letters of indices
  std::set<std::string> positive_;
  std::set<std::string> settled_;                      // twins, and what they are shifted by
  std::map<std::string, language::Definition> peaks_;  // by the name whose largest exponent it is
  std::map<std::string, Expr> named_peaks_;            // by the largest exponent, written out
  std::map<std::string, std::string> twins_;           // by name and shift
  // Of the definition at hand.
  std::string current_;
  std::vector<language::Definition>* added_ = nullptr;
  std::vector<Rewriting>* rewritings_ = nullptr;
};

}  // namespace chalktape::emit
