// Polynomials for proofs: exact coefficients, many generators, negative exponents allowed.
//
// A generator is a symbol, or stands for something whose relation to earlier generators the caller knows (a named
// polynomial, a root). Monomials are kept once each and known by number, so that a polynomial is a short sorted list.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

#include <cln/cln.h>

namespace chalktape::check {

/// The proof needs more work than it is given.
struct TooLarge : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A product of powers of generators, by its number in the ring; 0 is the empty product.
using Monomial = std::uint32_t;

struct PolynomialTerm {
  Monomial monomial;
  cln::cl_I coefficient;  ///< never 0
};

/// A sum of terms, sorted by monomial, over a positive denominator.
struct Polynomial {
  std::vector<PolynomialTerm> terms;
  cln::cl_I denominator = 1;

  [[nodiscard]] bool is_zero() const { return terms.empty(); }
  [[nodiscard]] bool is_single() const { return terms.size() == 1; }
  /// A number, 0 included.
  [[nodiscard]] bool is_constant() const { return terms.empty() || (is_single() && terms[0].monomial == 0); }
  [[nodiscard]] cln::cl_RA coefficient(std::size_t term) const { return terms[term].coefficient / denominator; }
};

/// Where monomials live, and the arithmetic on polynomials in them. Work is counted in operations on terms, each as
/// many as its numbers have words, never by the clock: the same input is too large on every machine.
class Ring {
 public:
  struct Factor {
    int generator;
    int exponent;  ///< not 0
    friend bool operator==(const Factor& a, const Factor& b) {
      return a.generator == b.generator && a.exponent == b.exponent;
    }
  };

  Ring();
  Ring(const Ring&) = delete;  // the index of monomials refers to their list
  Ring& operator=(const Ring&) = delete;
  Ring(Ring&&) = delete;
  Ring& operator=(Ring&&) = delete;
  ~Ring() = default;

  /// Further work that is allowed from now on.
  void allow(std::uint64_t work) { limit_ = spent_ + work; }
  [[nodiscard]] std::uint64_t spent() const { return spent_; }
  /// Throws TooLarge where the work allowed is used up.
  void charge(std::uint64_t work);

  Polynomial constant(const cln::cl_RA& value);
  Polynomial single(const cln::cl_RA& coefficient, Monomial monomial);

  /// Sorted by generator.
  [[nodiscard]] const std::vector<Factor>& factors(Monomial m) const { return monomials_[m]; }
  [[nodiscard]] int exponent(Monomial m, int generator) const;
  Monomial monomial(const std::vector<Factor>& sorted_factors);
  Monomial power_of(int generator, int exponent);
  Monomial product(Monomial a, Monomial b);
  /// m^k. Throws TooLarge for exponents beyond a million.
  Monomial power(Monomial m, long k);

  Polynomial add(const Polynomial& a, const Polynomial& b) { return combine(a, b, false); }
  Polynomial subtract(const Polynomial& a, const Polynomial& b) { return combine(a, b, true); }
  Polynomial multiply(const Polynomial& a, const Polynomial& b);
  Polynomial scale(const Polynomial& a, const cln::cl_RA& factor);

  /// p = content · monomial · primitive: a primitive polynomial has coprime integers, of which the first is positive,
  /// and no monomial (or inverse of one) in common.
  struct Factored {
    cln::cl_RA content;
    Monomial monomial;
    Polynomial primitive;
  };
  Factored factored(const Polynomial& p);

 private:
  Polynomial combine(const Polynomial& a, const Polynomial& b, bool negate_b);
  Monomial look_up_merged();
  void reduce_denominator(Polynomial& p);
  static std::uint64_t words(const Polynomial& p);

  // A monomial is looked up as the candidate at the end of the list, which stays where it is new.
  struct HashByFactors {
    const std::vector<std::vector<Factor>>* monomials;
    std::size_t operator()(Monomial m) const;
  };
  struct SameFactors {
    const std::vector<std::vector<Factor>>* monomials;
    bool operator()(Monomial a, Monomial b) const { return (*monomials)[a] == (*monomials)[b]; }
  };

  std::vector<std::vector<Factor>> monomials_;
  std::unordered_set<Monomial, HashByFactors, SameFactors> numbers_;
  std::vector<Factor> merged_;  ///< the product under construction
  // A sum under construction, by monomial: what is touched is emptied again.
  std::vector<cln::cl_I> sum_;
  std::vector<char> in_sum_;
  std::uint64_t spent_ = 0, limit_ = UINT64_MAX;
};

/// n = Π factor^exponent for n > 0, by division by small primes; the last factor may be composite.
std::vector<std::pair<cln::cl_I, int>> small_factors(cln::cl_I n, Ring& ring);

/// Of the terms as they are stored; for a primitive polynomial the same wherever it is the same sum.
std::uint64_t hash_of(const Polynomial& p);

/// Whether both are the same sum of terms.
bool same_terms(const Polynomial& a, const Polynomial& b);

}  // namespace chalktape::check
