#include "symbolic/check/proof_field.hpp"

#include <algorithm>

namespace chalktape::check {

namespace {

constexpr std::size_t longest_sum = 8;

cln::cl_RA rational(const GiNaC::numeric& n) { return cln::the<cln::cl_RA>(n.to_cl_N()); }

}  // namespace

Symbolic::Symbolic(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes)
    : witness_(layer, sizes, ring_, generators_, Digits::carried),
      judge_(layer, sizes, ring_, generators_, Digits::decisive) {}

int Symbolic::new_generator(Generator generator) {
  ring_.charge(1 + generator.value.terms.size());
  for (const PolynomialTerm& term : generator.value.terms) {
    for (const Ring::Factor& f : ring_.factors(term.monomial))
      generator.involves_sign = generator.involves_sign || this->generator(f.generator).involves_sign;
  }
  if (generator.relation == Relation::sign) generator.involves_sign = true;
  const auto note_piecewise = [&](const Polynomial& p) {
    for (const PolynomialTerm& term : p.terms) {
      for (const Ring::Factor& f : ring_.factors(term.monomial))
        generator.is_piecewise = generator.is_piecewise || this->generator(f.generator).is_piecewise;
    }
  };
  generator.is_piecewise = generator.relation == Relation::sign || generator.function.starts_with("reduce ");
  note_piecewise(generator.value);
  note_piecewise(generator.sum);
  for (const Polynomial& argument : generator.arguments) note_piecewise(argument);
  generators_.push_back(std::move(generator));
  known_nonzero_.push_back(0);
  is_dependent_.push_back(0);
  return static_cast<int>(generators_.size()) - 1;
}

Symbolic::Element Symbolic::symbol(Generator generator) {
  const int g = new_generator(std::move(generator));
  known_nonzero_.back() = 1;
  return element(ring_.single(1, ring_.power_of(g, 1)));
}

void Symbolic::assume_zero(const Element& equation) {
  constexpr const char* unsolvable = "no symbol can be expressed by the others";
  const Polynomial p = expanded(*equation.polynomial);
  if (p.is_zero()) return;
  int last = -1;
  for (const PolynomialTerm& term : p.terms) {
    for (const Ring::Factor& f : ring_.factors(term.monomial)) last = std::max(last, f.generator);
  }
  if (last < 0 || generator(last).source != Generator::Source::tensor || generator(last).relation != Relation::none)
    throw NotApplicable(unsolvable);
  cln::cl_RA leading = 0;
  int degree = 0;
  Polynomial rest;
  rest.denominator = p.denominator;
  for (std::size_t i = 0; i < p.terms.size(); ++i) {
    const auto& factors = ring_.factors(p.terms[i].monomial);
    const int exponent = ring_.exponent(p.terms[i].monomial, last);
    if (exponent == 0) {
      rest.terms.push_back(p.terms[i]);
      continue;
    }
    if (exponent < 0 || degree != 0 || factors.size() != 1) throw NotApplicable(unsolvable);
    degree = exponent;
    leading = p.coefficient(i);
  }
  Generator& solved = generators_[static_cast<std::size_t>(last)];
  solved.relation = degree == 1 ? Relation::equal : Relation::power;
  solved.degree = degree;
  solved.value = ring_.scale(rest, -1 / leading);
  known_nonzero_[static_cast<std::size_t>(last)] = 0;
}

Symbolic::Element Symbolic::from(const GiNaC::numeric& n) { return element(ring_.constant(rational(n))); }
Symbolic::Element Symbolic::from(std::int64_t n) { return element(ring_.constant(cln::cl_I(static_cast<long>(n)))); }

Symbolic::Element Symbolic::add(const Element& a, const Element& b) {
  if (is_zero(a)) return b;
  if (is_zero(b)) return a;
  return a.field->element(a.field->ring_.add(*a.polynomial, *b.polynomial));
}

Symbolic::Element Symbolic::subtract(const Element& a, const Element& b) {
  if (is_zero(b)) return a;
  return a.field->element(a.field->ring_.subtract(*a.polynomial, *b.polynomial));
}

Symbolic::Element Symbolic::multiply(const Element& a, const Element& b) {
  return a.field->element(a.field->product(*a.polynomial, *b.polynomial));
}

Symbolic::Element Symbolic::divide(const Element& a, const Element& b) {
  return a.field->element(a.field->product(*a.polynomial, a.field->inverse(*b.polynomial)));
}

Symbolic::Element Symbolic::power(const Element& base, long numerator, long denominator) {
  return element(integer_power(root(*base.polynomial, denominator), numerator));
}

Symbolic::Element Symbolic::power(const Element& base, const Element& exponent) {
  return element(exponential(product(*exponent.polynomial, logarithm(*base.polynomial))));
}

Symbolic::Element Symbolic::pi() {
  if (pi_ < 0) {
    Generator pi;
    pi.source = Generator::Source::pi;
    pi.nonnegative = pi.positive = true;
    pi_ = new_generator(std::move(pi));
    known_nonzero_.back() = 1;
  }
  return element(ring_.single(1, ring_.power_of(pi_, 1)));
}

// ---- products and named sums

Polynomial Symbolic::product(const Polynomial& a, const Polynomial& b) {
  if (a.is_zero() || b.is_zero()) return {};
  // A short sum is multiplied out with a single term, since much cancels then; a long one would be so many times.
  const bool is_short = a.terms.size() <= longest_sum && b.terms.size() <= longest_sum;
  if (is_short && (a.is_single() || b.is_single())) return ring_.multiply(a, b);
  return ring_.multiply(as_single(a), as_single(b));
}

bool Symbolic::is_nonnegative(Monomial m) const {
  return std::all_of(ring_.factors(m).begin(), ring_.factors(m).end(),
                     [&](const Ring::Factor& f) { return f.exponent % 2 == 0 || generator(f.generator).nonnegative; });
}

Polynomial Symbolic::as_single(const Polynomial& p) {
  if (p.terms.size() < 2) return p;
  Ring::Factored parts = ring_.factored(p);
  const std::uint64_t hash = hash_of(parts.primitive);
  int g = -1;
  const auto [begin, end] = named_.equal_range(hash);
  for (auto known = begin; known != end && g < 0; ++known) {
    if (same_terms(generator(known->second).sum, parts.primitive)) g = known->second;
  }
  if (g < 0) {
    Generator named;
    named.relation = Relation::equal;
    named.nonnegative = true;
    for (const PolynomialTerm& term : parts.primitive.terms) {
      const bool nonnegative = cln::plusp(term.coefficient) && is_nonnegative(term.monomial);
      const auto& factors = ring_.factors(term.monomial);
      const bool positive = std::all_of(factors.begin(), factors.end(),
                                        [&](const Ring::Factor& f) { return generator(f.generator).positive; });
      named.nonnegative = named.nonnegative && nonnegative;
      named.positive = named.positive || positive;
    }
    named.positive = named.positive && named.nonnegative;
    named.value = parts.primitive;
    named.sum = parts.primitive;
    g = new_generator(std::move(named));
    named_.emplace(hash, g);
    generators_[static_cast<std::size_t>(g)].value = in_named_sums(without_dependent_sums(parts.primitive), g);
  }
  return ring_.single(parts.content, ring_.product(parts.monomial, ring_.power_of(g, 1)));
}

/// What makes Σ_k (x_k − μ) vanish at once: the last x_k − μ is minus the sum of the others, and is eliminated as such.
Polynomial Symbolic::in_named_sums(const Polynomial& sum, int g) {
  Polynomial left = sum, combination;
  while (!left.is_zero()) {
    std::size_t next = rows_.size(), at = 0;
    ring_.charge(left.terms.size());
    for (std::size_t i = 0; i < left.terms.size(); ++i) {
      const auto row = row_of_.find(left.terms[i].monomial);
      if (row == row_of_.end() || row->second >= next) continue;
      next = row->second;
      at = i;
    }
    if (next == rows_.size()) break;
    const cln::cl_RA times = left.coefficient(at);
    left = ring_.subtract(left, ring_.scale(rows_[next].sum, times));
    combination = ring_.add(combination, ring_.scale(rows_[next].in_generators, times));
  }
  if (left.is_zero()) {
    is_dependent_[static_cast<std::size_t>(g)] = 1;
    return combination;
  }
  const Polynomial itself = ring_.single(1, ring_.power_of(g, 1));
  const cln::cl_RA unit = cln::recip(left.coefficient(0));
  row_of_.emplace(left.terms[0].monomial, rows_.size());
  rows_.push_back(
      {left.terms[0].monomial, ring_.scale(left, unit), ring_.scale(ring_.subtract(itself, combination), unit)});
  return sum;
}

Polynomial Symbolic::without_dependent_sums(const Polynomial& p) {
  Polynomial result = p;
  for (int g = static_cast<int>(generators_.size()); g-- > 0;) {
    if (is_dependent_[static_cast<std::size_t>(g)] != 0) result = without(g, result, false);
  }
  return result.terms.size() <= p.terms.size() ? result : p;
}

// ---- powers and roots

void Symbolic::require_nonzero(int g) {
  if (known_nonzero_[static_cast<std::size_t>(g)] != 0) return;
  if (!generator(g).positive && !witness_.is_nonzero(ring_.single(1, ring_.power_of(g, 1))))
    throw NotApplicable("it divides by something that may be 0 for all inputs");
  known_nonzero_[static_cast<std::size_t>(g)] = 1;
}

Polynomial Symbolic::inverse(const Polynomial& p) {
  if (p.is_zero()) throw NotApplicable("it divides by 0");
  const Polynomial single = as_single(p);
  for (const Ring::Factor& f : ring_.factors(single.terms[0].monomial)) require_nonzero(f.generator);
  return ring_.single(cln::recip(single.coefficient(0)), ring_.power(single.terms[0].monomial, -1));
}

Polynomial Symbolic::integer_power(const Polynomial& p, long exponent) {
  if (exponent == 1) return p;
  if (exponent == 0) return ring_.constant(1);
  if (exponent < 0) return integer_power(inverse(p), -exponent);
  if (p.is_zero()) return p;
  const Polynomial single = as_single(p);
  const cln::cl_RA coefficient = single.coefficient(0);
  const auto bits =
      cln::integer_length(cln::numerator(coefficient)) + cln::integer_length(cln::denominator(coefficient));
  ring_.charge(static_cast<std::uint64_t>(exponent) * (bits / 64 + 1) / 64);
  return ring_.single(cln::expt(coefficient, exponent), ring_.power(single.terms[0].monomial, exponent));
}

Polynomial Symbolic::root(const Polynomial& p, long degree) {
  constexpr long largest_degree = 1000;
  if (degree > largest_degree) throw TooLarge("a root's degree");
  Polynomial result = p;
  for (int prime = 2; degree > 1; ++prime) {
    for (; degree % prime == 0; degree /= prime) result = prime_root(result, prime);
  }
  return result;
}

/// The root of a number and of each generator that is known not to be negative by itself; what is left under one root.
Polynomial Symbolic::prime_root(const Polynomial& p, int prime) {
  if (p.is_zero()) return p;
  const Polynomial single = as_single(p);
  const cln::cl_RA coefficient = single.coefficient(0);
  const cln::cl_I numerator = cln::abs(cln::numerator(coefficient)), denominator = cln::denominator(coefficient);
  Polynomial result = root_of_integer(numerator * cln::expt_pos(denominator, prime - 1), prime);
  result = ring_.scale(result, cln::recip(cln::cl_RA(denominator)));
  std::vector<Ring::Factor> rest;
  const std::vector<Ring::Factor> factors = ring_.factors(single.terms[0].monomial);
  for (const Ring::Factor& f : factors) {
    if (!generator(f.generator).nonnegative) {
      rest.push_back(f);
      continue;
    }
    int whole = f.exponent / prime, left = f.exponent % prime;
    if (left < 0) {
      left += prime;
      --whole;
    }
    result = ring_.multiply(result, ring_.single(1, ring_.power_of(f.generator, whole)));
    if (left == 0) continue;
    const Polynomial by_itself =
        root_generator(ring_.single(1, ring_.power_of(f.generator, 1)), prime, generator(f.generator).positive);
    result = ring_.multiply(result, integer_power(by_itself, left));
  }
  const bool negative = cln::minusp(coefficient);
  if (rest.empty() && !negative) return result;
  if (rest.empty()) throw NotApplicable("it has the root of a negative number");
  const Polynomial radicand = ring_.single(negative ? -1 : 1, ring_.monomial(rest));
  return ring_.multiply(result, root_generator(radicand, prime, false));
}

Polynomial Symbolic::root_of_integer(const cln::cl_I& n, int prime) {
  Polynomial result = ring_.constant(1);
  for (const auto& [factor, exponent] : small_factors(n, ring_)) {
    cln::cl_I exact;
    if (cln::rootp(factor, cln::cl_I(prime), &exact)) {  // what is left of n may be a power itself
      result = ring_.scale(result, cln::expt_pos(exact, exponent));
      continue;
    }
    if (exponent >= prime) result = ring_.scale(result, cln::expt_pos(factor, exponent / prime));
    if (exponent % prime == 0) continue;
    result =
        ring_.multiply(result, integer_power(root_generator(ring_.constant(factor), prime, true), exponent % prime));
  }
  return result;
}

Polynomial Symbolic::root_generator(const Polynomial& radicand, int degree, bool positive) {
  const bool is_number = radicand.is_constant();
  const auto single = [&](int g) { return ring_.single(1, ring_.power_of(g, 1)); };
  for (const int g : roots_) {
    if (generator(g).degree == degree && same_terms(generator(g).value, radicand)) return single(g);
  }
  if (!is_number) {
    for (const int g : roots_) {
      const Polynomial& other = generator(g).value;
      if (generator(g).degree != degree || other.is_constant() || witness_.may_equal(radicand, other) != 1) continue;
      if (is_same(radicand, other)) return single(g);
    }
  }
  Generator root;
  root.relation = Relation::power;
  root.value = radicand;
  root.degree = degree;
  root.nonnegative = true;  // a real root is only had of what is not negative, and is then the one that is not
  root.positive = positive;
  const int g = new_generator(std::move(root));
  roots_.push_back(g);
  return single(g);
}

Symbolic::Comparison Symbolic::compare(const Element& a, const Element& b, bool doubtful) {
  const Polynomial difference = ring_.subtract(*a.polynomial, *b.polynomial);
  if (difference.is_zero()) return Comparison::same;
  if (doubtful && witness_.is_nonzero(difference, 1) && judge_.is_nonzero(difference, 1)) return Comparison::different;
  if (numerator(difference).is_zero()) return Comparison::same;
  if (!signs_.empty()) {
    without_ties_ = true;
    const bool is_same = numerator(difference).is_zero();
    without_ties_ = false;
    if (is_same) return Comparison::same_but_for_ties;
  }
  return judge_.is_nonzero(difference) ? Comparison::different : Comparison::undecided;
}

}  // namespace chalktape::check
