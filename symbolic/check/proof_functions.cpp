// The functions of the language in a proof: generators, and the laws that hold for all inputs.
#include <algorithm>

#include "symbolic/check/by_definition.hpp"
#include "symbolic/check/proof_field.hpp"

namespace chalktape::check {

Symbolic::Element Symbolic::call(const std::string& function, std::span<const Element> arguments) {
  const Polynomial& x = *arguments[0].polynomial;
  if (function == "stop") return arguments[0];
  if (arguments.size() == 1) return element(one_argument(function, x));
  if (function != "max" && function != "min") throw NotApplicable("no law of the function " + function + " is known");
  // The mean of both, and half of what the one is more than the other.
  const Polynomial& y = *arguments[1].polynomial;
  const Polynomial gap = ring_.subtract(x, y);
  const Polynomial distance = product(gap, sign(gap));
  const Polynomial sum = ring_.add(x, y);
  const Polynomial twice = function == "max" ? ring_.add(sum, distance) : ring_.subtract(sum, distance);
  return element(ring_.scale(twice, cln::cl_RA("1/2")));
}

Polynomial Symbolic::one_argument(const std::string& function, const Polynomial& x) {
  const Polynomial one = ring_.constant(1);
  if (function == "step") return step(x);
  if (function == "relu") return ring_.scale(ring_.add(x, product(x, sign(x))), cln::cl_RA("1/2"));
  if (function == "abs") return product(x, sign(x));
  if (function == "exp") return exponential(x);
  if (function == "log") return logarithm(x);
  if (function == "sigmoid") return inverse(ring_.add(one, exponential(ring_.scale(x, -1))));
  if (function == "softplus") return logarithm(ring_.add(one, exponential(x)));
  if (function == "tanh") {
    // Through the same exponential as the sigmoid of 2x.
    const Polynomial sigmoid = inverse(ring_.add(one, exponential(ring_.scale(x, -2))));
    return ring_.subtract(ring_.scale(sigmoid, 2), one);
  }
  if (function == "sin" || function == "erf") return odd_function(function, x);
  if (function == "cos") return cosine(x);
  if (const auto value = by_definition(*this, function, element(x))) return *value->polynomial;
  throw NotApplicable("no law of the function " + function + " is known");
}

Symbolic::Element Symbolic::extremum(const std::string& reduction, std::span<const Element> entries) {
  std::vector<Polynomial> arguments;
  for (const Element& entry : entries) arguments.push_back(expanded(*entry.polynomial));
  // An extremum does not depend on the order.
  const auto less = [](const Polynomial& a, const Polynomial& b) {
    return std::lexicographical_compare(a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(),
                                        [](const PolynomialTerm& s, const PolynomialTerm& t) {
                                          if (s.monomial != t.monomial) return s.monomial < t.monomial;
                                          return s.coefficient < t.coefficient;
                                        });
  };
  std::sort(arguments.begin(), arguments.end(), less);
  const int g = function_generator("reduce " + reduction, std::move(arguments), false, false).generator;
  return element(ring_.single(1, ring_.power_of(g, 1)));
}

// ---- step, relu, abs, max and min by the sign

Polynomial Symbolic::step(const Polynomial& x) {
  const Polynomial s = sign(x);
  return ring_.scale(ring_.add(integer_power(s, 2), s), cln::cl_RA("1/2"));
}

/// The sign of a product is the product of the signs.
Polynomial Symbolic::sign(const Polynomial& x) {
  if (x.is_zero()) return x;
  const Polynomial single = as_single(x);
  Polynomial result = ring_.constant(cln::minusp(single.coefficient(0)) ? -1 : 1);
  const std::vector<Ring::Factor> factors = ring_.factors(single.terms[0].monomial);
  for (const Ring::Factor& f : factors) {
    if (generator(f.generator).positive) continue;
    // A formula may be right for slopes below 1 alone: what a constant is by default decides.
    if (const auto value = by_default(f.generator); value && !cln::zerop(*value)) {
      if (cln::minusp(*value) && f.exponent % 2 != 0) result = ring_.scale(result, -1);
      continue;
    }
    // σ³ = σ; of a divisor, which is not 0, σ² = 1 would do, but is found by the elimination.
    const int exponent = f.exponent % 2 == 0 ? 2 : 1;
    result = ring_.multiply(result, integer_power(sign_of_generator(f.generator), exponent));
  }
  return result;
}

std::optional<cln::cl_RA> Symbolic::by_default(int g) const {
  const Generator& of = generator(g);
  if (of.by_default) return of.by_default;
  return of.relation == Relation::equal && of.source == Generator::Source::none ? by_default(of.value) : std::nullopt;
}

std::optional<cln::cl_RA> Symbolic::by_default(const Polynomial& p) const {
  cln::cl_RA sum = 0;
  for (std::size_t i = 0; i < p.terms.size(); ++i) {
    cln::cl_RA term = p.coefficient(i);
    for (const Ring::Factor& f : ring_.factors(p.terms[i].monomial)) {
      const auto value = by_default(f.generator);
      if (!value || (cln::zerop(*value) && f.exponent < 0)) return std::nullopt;
      term = term * cln::expt(*value, f.exponent);
    }
    sum = sum + term;
  }
  return sum;
}

Polynomial Symbolic::sign_of_generator(int g) {
  if (const auto known = signs_.find(g); known != signs_.end())
    return ring_.single(1, ring_.power_of(known->second, 1));
  const Polynomial of = ring_.single(1, ring_.power_of(g, 1));
  for (const auto& [other, sign] : signs_) {
    const Polynomial other_of = ring_.single(1, ring_.power_of(other, 1));
    const int relation = witness_.may_equal(of, other_of);
    if (relation != 0 && is_same(of, ring_.scale(other_of, relation)))
      return ring_.single(relation, ring_.power_of(sign, 1));
  }
  Generator sign;
  sign.relation = Relation::sign;
  sign.value = of;
  const int s = new_generator(std::move(sign));
  signs_.emplace(g, s);
  return ring_.single(1, ring_.power_of(s, 1));
}

// ---- exp and log

/// By exp(a + b) = exp(a)·exp(b) and exp(log(a)) = a: the argument is written as a combination of the arguments so far
/// and logarithms, and what is left becomes a new one.
Polynomial Symbolic::exponential(const Polynomial& x) {
  Polynomial left = expanded(x);
  Polynomial result = ring_.constant(1);
  const auto take = [&](const Polynomial& value, const cln::cl_RA& times) {
    const long numerator = cln::cl_I_to_long(cln::numerator(times));
    const long denominator = cln::cl_I_to_long(cln::denominator(times));
    result = product(result, integer_power(root(value, denominator), numerator));
  };
  const auto is_small = [](const cln::cl_RA& times) {
    return cln::abs(cln::numerator(times)) <= 1000 && cln::denominator(times) <= 12;
  };
  const Polynomial given = left;
  for (std::size_t i = 0; i < given.terms.size(); ++i) {
    const auto& factors = ring_.factors(given.terms[i].monomial);
    if (factors.size() != 1 || factors[0].exponent != 1) continue;
    const Generator& log = generator(factors[0].generator);
    const cln::cl_RA times = given.coefficient(i);
    if (log.function != "log" || !is_small(times)) continue;
    const Polynomial argument = log.arguments[0];
    left = ring_.subtract(left, ring_.single(times, given.terms[i].monomial));
    take(argument, times);
  }
  for (std::size_t known = 0; known < exponentials_.size() && !left.is_zero(); ++known) {
    const Exponential& e = exponentials_[known];
    ring_.charge(1);
    const auto at = std::lower_bound(left.terms.begin(), left.terms.end(), e.pivot,
                                     [](const PolynomialTerm& t, Monomial m) { return t.monomial < m; });
    if (at == left.terms.end() || at->monomial != e.pivot) continue;
    // The pivot is the known exponent's first term.
    const cln::cl_RA times = (at->coefficient / left.denominator) / e.exponent.coefficient(0);
    if (!is_small(times)) continue;
    const Polynomial value = e.value;
    left = ring_.subtract(left, ring_.scale(e.exponent, times));
    take(value, times);
  }
  if (left.is_zero()) return result;
  const int g = function_generator("exp", {left}, false, true).generator;
  const Polynomial value = ring_.single(1, ring_.power_of(g, 1));
  exponentials_.push_back({left, left.terms[0].monomial, value});
  return product(result, value);
}

/// By log(a·b) = log(a) + log(b) for what is positive.
Polynomial Symbolic::logarithm(const Polynomial& x) {
  if (x.is_zero()) throw NotApplicable("it has the logarithm of 0");
  const Polynomial single = as_single(x);
  const cln::cl_RA coefficient = single.coefficient(0);
  Polynomial result = ring_.subtract(logarithm_of_integer(cln::abs(cln::numerator(coefficient))),
                                     logarithm_of_integer(cln::denominator(coefficient)));
  std::vector<Ring::Factor> rest;
  const std::vector<Ring::Factor> factors = ring_.factors(single.terms[0].monomial);
  for (const Ring::Factor& f : factors) {
    if (generator(f.generator).nonnegative) {
      result = ring_.add(result, ring_.scale(logarithm_of_generator(f.generator), f.exponent));
    } else {
      rest.push_back(f);
    }
  }
  const bool negative = cln::minusp(coefficient);
  if (rest.empty() && !negative) return result;
  if (rest.empty()) throw NotApplicable("it has the logarithm of a negative number");
  const Polynomial argument = expanded(ring_.single(negative ? -1 : 1, ring_.monomial(rest)));
  const int g = function_generator("log", {argument}, false, false).generator;
  return ring_.add(result, ring_.single(1, ring_.power_of(g, 1)));
}

Polynomial Symbolic::logarithm_of_generator(int g) {
  const Generator& of = generator(g);
  if (of.function == "exp") return of.arguments[0];
  if (of.relation == Relation::power && of.function.empty()) {
    const cln::cl_RA part = cln::recip(cln::cl_RA(of.degree));
    const Polynomial radicand = of.value;
    return ring_.scale(logarithm(radicand), part);
  }
  const Polynomial argument = ring_.single(1, ring_.power_of(g, 1));
  const int log = function_generator("log", {argument}, false, false).generator;
  return ring_.single(1, ring_.power_of(log, 1));
}

Polynomial Symbolic::logarithm_of_integer(const cln::cl_I& n) {
  Polynomial result;
  for (const auto& [factor, exponent] : small_factors(n, ring_)) {
    const int log = function_generator("log", {ring_.constant(factor)}, false, false).generator;
    result = ring_.add(result, ring_.single(exponent, ring_.power_of(log, 1)));
  }
  return result;
}

// ---- other functions

Polynomial Symbolic::odd_function(const std::string& function, const Polynomial& x) {
  Polynomial argument = expanded(x);
  if (argument.is_zero()) return argument;
  const auto [g, sign] = function_generator(function, {argument}, true, false);
  return ring_.single(sign, ring_.power_of(g, 1));
}

/// cos is even, and its square is 1 − sin².
Polynomial Symbolic::cosine(const Polynomial& x) {
  const Polynomial sine = odd_function("sin", x);
  if (sine.is_zero()) return ring_.constant(1);
  const Polynomial square = ring_.subtract(ring_.constant(1), integer_power(sine, 2));
  const auto& argument = generator(ring_.factors(sine.terms[0].monomial)[0].generator).arguments;
  const auto found = functions_.find("cos");
  if (found != functions_.end()) {
    for (const int g : found->second) {
      if (same_terms(generator(g).arguments[0], argument[0])) return ring_.single(1, ring_.power_of(g, 1));
    }
  }
  Generator cosine;
  cosine.relation = Relation::power;
  cosine.degree = 2;
  cosine.value = square;
  cosine.function = "cos";
  cosine.arguments = argument;
  const int g = new_generator(std::move(cosine));
  functions_["cos"].push_back(g);
  return ring_.single(1, ring_.power_of(g, 1));
}

Symbolic::Found Symbolic::function_generator(const std::string& function, std::vector<Polynomial> arguments, bool odd,
                                             bool positive) {
  std::vector<int>& known = functions_[function];
  for (const int g : known) {
    const auto& others = generator(g).arguments;
    if (std::equal(others.begin(), others.end(), arguments.begin(), arguments.end(), same_terms)) return {g, 1};
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    const int g = known[i];
    const auto others = generator(g).arguments;
    if (others.size() != arguments.size()) continue;
    int sign = 1;
    for (std::size_t k = 0; k < others.size() && sign != 0; ++k) {
      const int relation = witness_.may_equal(arguments[k], others[k]);
      const bool fits = relation == 1 || (relation == -1 && odd);
      sign = fits && is_same(arguments[k], ring_.scale(others[k], relation)) ? relation : 0;
    }
    if (sign != 0) return {g, sign};
  }
  Generator call;
  call.function = function;
  call.arguments = std::move(arguments);
  call.nonnegative = call.positive = positive;
  const int g = new_generator(std::move(call));
  functions_[function].push_back(g);
  return {g, 1};
}

}  // namespace chalktape::check
