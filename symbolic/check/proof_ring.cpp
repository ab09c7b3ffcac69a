#include "symbolic/check/proof_ring.hpp"

#include <algorithm>

namespace chalktape::check {

namespace {

/// What a new monomial costs beside an operation on two numbers: its memory.
constexpr std::uint64_t work_of_monomial = 8;
constexpr long largest_exponent = 1000000;
/// Beyond this a denominator is worth a greatest common divisor with all coefficients.
constexpr std::uintptr_t small_denominator_bits = 24;

cln::cl_I content_of(const Polynomial& p) {
  cln::cl_I content = 0;
  for (const PolynomialTerm& term : p.terms) {
    content = cln::gcd(content, term.coefficient);
    if (content == 1) break;
  }
  return content;
}

bool is_one(const Polynomial& p) {
  return p.is_single() && p.terms[0].monomial == 0 && p.terms[0].coefficient == p.denominator;
}

}  // namespace

std::size_t Ring::HashByFactors::operator()(Monomial m) const {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const Factor& f : (*monomials)[m]) {
    hash = (hash ^ static_cast<std::uint32_t>(f.generator)) * 0x100000001b3U;
    hash = (hash ^ static_cast<std::uint32_t>(f.exponent)) * 0x100000001b3U;
  }
  return hash;
}

Ring::Ring() : numbers_(64, HashByFactors{&monomials_}, SameFactors{&monomials_}) { monomial({}); }

void Ring::charge(std::uint64_t work) {
  spent_ += work;
  if (spent_ > limit_) throw TooLarge("the work allowed is used up");
}

std::uint64_t Ring::words(const Polynomial& p) {
  std::uintptr_t bits = cln::integer_length(p.denominator);
  for (const PolynomialTerm& term : p.terms) bits = std::max(bits, cln::integer_length(term.coefficient));
  return 1 + bits / 64;
}

Polynomial Ring::constant(const cln::cl_RA& value) { return single(value, 0); }

Polynomial Ring::single(const cln::cl_RA& coefficient, Monomial monomial) {
  if (cln::zerop(coefficient)) return {};
  return {{{monomial, cln::numerator(coefficient)}}, cln::denominator(coefficient)};
}

// ---- monomials

int Ring::exponent(Monomial m, int generator) const {
  for (const Factor& f : monomials_[m]) {
    if (f.generator == generator) return f.exponent;
  }
  return 0;
}

Monomial Ring::monomial(const std::vector<Factor>& sorted_factors) {
  merged_ = sorted_factors;
  return look_up_merged();
}

Monomial Ring::look_up_merged() {
  ++spent_;  // asked about at the next charge: a product under construction must not be left halfway
  const auto next = static_cast<Monomial>(monomials_.size());
  monomials_.push_back(std::move(merged_));
  const auto [entry, is_new] = numbers_.insert(next);
  if (!is_new) {
    merged_ = std::move(monomials_.back());  // its memory serves again
    monomials_.pop_back();
    return *entry;
  }
  spent_ += work_of_monomial;
  merged_ = {};
  sum_.emplace_back(0);
  in_sum_.push_back(0);
  return next;
}

Monomial Ring::power_of(int generator, int exponent) { return exponent == 0 ? 0 : monomial({{generator, exponent}}); }

Monomial Ring::product(Monomial a, Monomial b) {
  if (a == 0) return b;
  if (b == 0) return a;
  const std::vector<Factor>&left = monomials_[a], &right = monomials_[b];
  merged_.clear();
  auto l = left.begin(), r = right.begin();
  while (l != left.end() || r != right.end()) {
    if (r == right.end() || (l != left.end() && l->generator < r->generator)) {
      merged_.push_back(*l++);
    } else if (l == left.end() || r->generator < l->generator) {
      merged_.push_back(*r++);
    } else {
      if (l->exponent + r->exponent != 0) merged_.push_back({l->generator, l->exponent + r->exponent});
      ++l;
      ++r;
    }
  }
  return look_up_merged();
}

Monomial Ring::power(Monomial m, long k) {
  if (k == 0) return 0;
  if (k == 1) return m;
  std::vector<Factor> factors = monomials_[m];
  for (Factor& f : factors) {
    const long exponent = static_cast<long>(f.exponent) * k;
    if (std::abs(k) > largest_exponent || std::abs(exponent) > largest_exponent) throw TooLarge("an exponent");
    f.exponent = static_cast<int>(exponent);
  }
  return monomial(factors);
}

// ---- polynomials

Polynomial Ring::combine(const Polynomial& a, const Polynomial& b, bool negate_b) {
  if (b.is_zero()) return a;
  charge((a.terms.size() + b.terms.size()) * std::max(words(a), words(b)));
  const bool same = a.denominator == b.denominator;
  const cln::cl_I common = same ? a.denominator : cln::lcm(a.denominator, b.denominator);
  const cln::cl_I by_a = same ? cln::cl_I(1) : cln::exquo(common, a.denominator);
  cln::cl_I by_b = same ? cln::cl_I(1) : cln::exquo(common, b.denominator);
  if (negate_b) by_b = -by_b;
  Polynomial result;
  result.denominator = common;
  result.terms.reserve(a.terms.size() + b.terms.size());
  auto l = a.terms.begin(), r = b.terms.begin();
  while (l != a.terms.end() || r != b.terms.end()) {
    if (r == b.terms.end() || (l != a.terms.end() && l->monomial < r->monomial)) {
      result.terms.push_back({l->monomial, l->coefficient * by_a});
      ++l;
    } else if (l == a.terms.end() || r->monomial < l->monomial) {
      result.terms.push_back({r->monomial, r->coefficient * by_b});
      ++r;
    } else {
      const cln::cl_I sum = l->coefficient * by_a + r->coefficient * by_b;
      if (!cln::zerop(sum)) result.terms.push_back({l->monomial, sum});
      ++l;
      ++r;
    }
  }
  reduce_denominator(result);
  return result;
}

Polynomial Ring::multiply(const Polynomial& a, const Polynomial& b) {
  if (a.is_zero() || b.is_zero()) return {};
  if (is_one(b)) return a;
  charge(a.terms.size() * b.terms.size() * words(a) * words(b));
  Polynomial result;
  result.denominator = a.denominator * b.denominator;
  std::vector<Monomial> touched;
  for (const PolynomialTerm& s : a.terms) {
    for (const PolynomialTerm& t : b.terms) {
      const Monomial m = product(s.monomial, t.monomial);
      if (in_sum_[m] == 0) {
        in_sum_[m] = 1;
        touched.push_back(m);
        sum_[m] = s.coefficient * t.coefficient;
      } else {
        sum_[m] = sum_[m] + s.coefficient * t.coefficient;
      }
    }
  }
  std::sort(touched.begin(), touched.end());
  result.terms.reserve(touched.size());
  for (const Monomial m : touched) {
    if (!cln::zerop(sum_[m])) result.terms.push_back({m, sum_[m]});
    sum_[m] = 0;
    in_sum_[m] = 0;
  }
  reduce_denominator(result);
  return result;
}

Polynomial Ring::scale(const Polynomial& a, const cln::cl_RA& factor) { return multiply(a, constant(factor)); }

void Ring::reduce_denominator(Polynomial& p) {
  if (cln::integer_length(p.denominator) <= small_denominator_bits && !p.is_zero()) return;
  const cln::cl_I common = cln::gcd(content_of(p), p.denominator);
  if (common == 1) return;
  for (PolynomialTerm& term : p.terms) term.coefficient = cln::exquo(term.coefficient, common);
  p.denominator = cln::exquo(p.denominator, common);
}

Ring::Factored Ring::factored(const Polynomial& p) {
  charge(p.terms.size() * words(p));
  // The least exponent of each generator over all terms, 0 where one does not have it.
  std::map<int, std::pair<int, std::size_t>> least;  // exponent, and in how many terms it occurs
  for (const PolynomialTerm& term : p.terms) {
    for (const Factor& f : monomials_[term.monomial]) {
      const auto [entry, is_new] = least.try_emplace(f.generator, f.exponent, 0);
      entry->second.first = std::min(entry->second.first, f.exponent);
      ++entry->second.second;
    }
  }
  std::vector<Factor> common, inverse;
  for (const auto& [generator, found] : least) {
    const int exponent = found.second == p.terms.size() ? found.first : std::min(0, found.first);
    if (exponent == 0) continue;
    common.push_back({generator, exponent});
    inverse.push_back({generator, -exponent});
  }
  Factored result{0, monomial(common), {}};
  const Monomial divisor = monomial(inverse);
  for (const PolynomialTerm& term : p.terms)
    result.primitive.terms.push_back({product(term.monomial, divisor), term.coefficient});
  std::sort(result.primitive.terms.begin(), result.primitive.terms.end(),
            [](const PolynomialTerm& a, const PolynomialTerm& b) { return a.monomial < b.monomial; });
  cln::cl_I content = content_of(p);
  if (cln::minusp(result.primitive.terms.front().coefficient)) content = -content;
  for (PolynomialTerm& term : result.primitive.terms) term.coefficient = cln::exquo(term.coefficient, content);
  result.content = content / p.denominator;
  return result;
}

std::vector<std::pair<cln::cl_I, int>> small_factors(cln::cl_I n, Ring& ring) {
  constexpr long largest = 1000;
  std::vector<std::pair<cln::cl_I, int>> factors;
  for (long p = 2; p <= largest && n >= p * p; ++p) {
    ring.charge(1 + cln::integer_length(n) / 64);
    int exponent = 0;
    while (cln::zerop(cln::mod(n, p))) {
      n = cln::exquo(n, cln::cl_I(p));
      ++exponent;
    }
    if (exponent > 0) factors.emplace_back(p, exponent);
  }
  if (n > 1) factors.emplace_back(n, 1);
  return factors;
}

std::uint64_t hash_of(const Polynomial& p) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const PolynomialTerm& term : p.terms) {
    hash = (hash ^ term.monomial) * 0x100000001b3U;
    hash = (hash ^ cln::equal_hashcode(term.coefficient)) * 0x100000001b3U;
  }
  return hash;
}

bool same_terms(const Polynomial& a, const Polynomial& b) {
  if (a.terms.size() != b.terms.size()) return false;
  for (std::size_t i = 0; i < a.terms.size(); ++i) {
    if (a.terms[i].monomial != b.terms[i].monomial) return false;
    // Over one denominator or over two, the coefficients must be the same.
    if (a.terms[i].coefficient * b.denominator != b.terms[i].coefficient * a.denominator) return false;
  }
  return true;
}

}  // namespace chalktape::check
