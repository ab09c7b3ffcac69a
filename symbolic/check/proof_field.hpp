// Numbers for the evaluator that are formulas: every entry of every tensor an independent symbol.
//
// An element is a polynomial over Q in generators, negative exponents allowed. What would not fit becomes a generator
// with a known relation: a sum that is multiplied or divided by is named (g = Σ…), so that products stay single terms
// until the very end; a root is s with s^n = radicand; a function of an argument is a generator of its own, the same
// for equal arguments. `is_identity` then eliminates the generators, the last first, and an element that is 0
// afterwards is 0 for all real inputs at which what was divided by is not 0.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "symbolic/check/proof_generators.hpp"

namespace chalktape::check {

class Symbolic {
 public:
  /// A polynomial in the generators of `field`. A handle: copies share it.
  struct Element {
    Symbolic* field = nullptr;
    std::shared_ptr<const Polynomial> polynomial{};
  };

  Symbolic(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes);
  Symbolic(const Symbolic&) = delete;  // elements refer to it
  Symbolic& operator=(const Symbolic&) = delete;
  Symbolic(Symbolic&&) = delete;
  Symbolic& operator=(Symbolic&&) = delete;
  ~Symbolic() = default;

  [[nodiscard]] Ring& ring() { return ring_; }
  /// A new symbol. The generator says what it is an entry of, and its sign.
  Element symbol(Generator generator);
  /// From now on equation = 0: its last symbol is expressed by the others. Throws NotApplicable where it is not a
  /// number times a power of that symbol, plus what does not contain it.
  void assume_zero(const Element& equation);

  /// The outcome of a comparison: different means shown to be so at a real point; but for ties, that they may differ
  /// where what a sign is taken of is 0.
  enum class Comparison { same, same_but_for_ties, different, undecided };
  /// `doubtful` asks at a real point first, which is quick where they differ.
  Comparison compare(const Element& a, const Element& b, bool doubtful);

  // What the evaluator asks of a field.
  Element from(const GiNaC::numeric& n);
  Element from(std::int64_t n);
  static Element add(const Element& a, const Element& b);
  static Element subtract(const Element& a, const Element& b);
  static Element multiply(const Element& a, const Element& b);
  /// Throws NotApplicable where b cannot be shown to differ from 0 for some inputs.
  static Element divide(const Element& a, const Element& b);
  Element power(const Element& base, long numerator, long denominator);
  Element power(const Element& base, const Element& exponent);
  Element call(const std::string& function, std::span<const Element> arguments);
  Element extremum(const std::string& reduction, std::span<const Element> entries);
  Element pi();
  static bool is_zero(const Element& a) { return a.polynomial->is_zero(); }

 private:
  using Relation = Generator::Relation;

  Element element(Polynomial p) { return {this, std::make_shared<const Polynomial>(std::move(p))}; }
  int new_generator(Generator generator);
  [[nodiscard]] const Generator& generator(int i) const { return generators_[static_cast<std::size_t>(i)]; }

  // proof_field.cpp
  Polynomial product(const Polynomial& a, const Polynomial& b);
  /// p as one term: a sum is named.
  Polynomial as_single(const Polynomial& p);
  /// The sum in terms of sums named before, where it depends on them linearly; else itself, which is remembered.
  Polynomial in_named_sums(const Polynomial& sum, int g);
  Polynomial without_dependent_sums(const Polynomial& p);
  Polynomial integer_power(const Polynomial& p, long exponent);
  Polynomial inverse(const Polynomial& p);
  Polynomial root(const Polynomial& p, long degree);
  Polynomial prime_root(const Polynomial& p, int prime);
  Polynomial root_of_integer(const cln::cl_I& n, int prime);
  Polynomial root_generator(const Polynomial& radicand, int degree, bool positive);
  void require_nonzero(int g);
  [[nodiscard]] bool is_nonnegative(Monomial m) const;

  // proof_functions.cpp
  Polynomial one_argument(const std::string& function, const Polynomial& x);
  Polynomial sign(const Polynomial& x);
  Polynomial sign_of_generator(int g);
  /// The value with all constants at their defaults, where it depends on nothing else.
  [[nodiscard]] std::optional<cln::cl_RA> by_default(const Polynomial& p) const;
  [[nodiscard]] std::optional<cln::cl_RA> by_default(int g) const;
  Polynomial step(const Polynomial& x);
  Polynomial exponential(const Polynomial& x);
  Polynomial logarithm(const Polynomial& x);
  Polynomial logarithm_of_generator(int g);
  Polynomial logarithm_of_integer(const cln::cl_I& n);
  Polynomial odd_function(const std::string& function, const Polynomial& x);
  Polynomial cosine(const Polynomial& x);
  /// The generator of the function with these arguments. Of an odd function also the one with minus the argument:
  /// `sign` is then −1.
  struct Found {
    int generator;
    int sign;
  };
  Found function_generator(const std::string& function, std::vector<Polynomial> arguments, bool odd, bool positive);

  // proof_elimination.cpp
  /// p with all generators that have a relation eliminated, times powers of what p divides by: 0 just where p is.
  Polynomial numerator(const Polynomial& p);
  /// The same value, with named sums written out where they are not divided by.
  Polynomial expanded(const Polynomial& p);
  /// For a numerator, `common` is told the generators that all terms had in common and that were left out.
  Polynomial eliminated(Polynomial p, std::set<int>* common);
  Polynomial without_common_factor(const Polynomial& p, std::set<int>& common);
  Polynomial without(int g, const Polynomial& p, bool clear_divisors);
  Polynomial without_sign(int s, const std::map<int, Polynomial>& by_exponent);
  [[nodiscard]] bool is_same(const Polynomial& a, const Polynomial& b);

  Ring ring_;
  std::vector<Generator> generators_;
  Witness witness_;
  Witness judge_;  ///< with many more digits: nothing is refuted by what rounding may have done
  std::unordered_multimap<std::uint64_t, int> named_;  // by a hash of the sum
  /// Linearly independent sums: `sum` is what is left of a named one, its `pivot` in no later row.
  struct Row {
    Monomial pivot;
    Polynomial sum;
    Polynomial in_generators;  ///< the same in terms of named generators
  };
  std::vector<Row> rows_;
  std::unordered_multimap<std::uint64_t, Polynomial> zeros_;  // by a hash: what was found to be 0 for all inputs
  std::unordered_map<Monomial, std::size_t> row_of_;          // by pivot
  std::vector<char> is_dependent_;                            // by generator: a named sum that depends on earlier ones
  std::vector<int> roots_;
  std::map<int, int> signs_;                           // by the generator whose sign it is
  std::map<std::string, std::vector<int>> functions_;  // by name
  std::vector<char> known_nonzero_;                    // by generator
  int pi_ = -1;
  bool without_ties_ = false;  ///< while σ² = 1 for all signs but those of what may be 0 on a whole side of a border
  /// exp of each `exponent` is `value`; the pivot of one occurs in no later one.
  struct Exponential {
    Polynomial exponent;
    Monomial pivot;
    Polynomial value;
  };
  std::vector<Exponential> exponentials_;
};

}  // namespace chalktape::check
