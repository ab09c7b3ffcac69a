#include "symbolic/check/proof_generators.hpp"

#include <cstdlib>

namespace chalktape::check {

namespace {

constexpr int most_draws = 100;
/// At a random point terms cancel by a few digits, or entirely, but for rounding.
constexpr int digits_of_rounding = 50;
/// What a 70-digit operation costs beside one on two small integers.
constexpr std::uint64_t work_of_operation = 4, work_of_function = 200;

Spread witness_spread(int draw) {
  constexpr Spread all[] = {Spread::mixed, Spread::positive, Spread::negative, Spread::small, Spread::large};
  return all[draw % 5];
}

}  // namespace

Witness::Witness(const language::Layer& layer, std::map<std::string, std::int64_t> sizes, Ring& ring,
                 const std::vector<Generator>& generators, int digits, Rounding rounding)
    : layer_(layer),
      sizes_(std::move(sizes)),
      ring_(ring),
      generators_(generators),
      digits_(digits),
      rounding_(rounding),
      negligible_(cln::cl_float(cln::recip(cln::expt_pos(cln::cl_I(10), digits - digits_of_rounding)),
                                cln::float_format(static_cast<std::uintptr_t>(digits)))) {}

bool Witness::is_negligible(const Number& value, const Number& magnitude) const {
  return cln::abs(value) <= negligible_ * magnitude;
}

Witness::Point& Witness::point(std::size_t i) {
  if (points_.size() <= i) points_.resize(i + 1);
  while (!points_[i]) {
    if (++draws_ > most_draws) throw NotApplicable("no real point is found at which all of it has a value");
    auto drawn = std::make_unique<Point>(0x70726f6f66U + static_cast<std::uint64_t>(draws_), digits_);
    try {
      drawn->data = draw(layer_, sizes_, drawn->field, witness_spread(draws_ - 1), false);
      points_[i] = std::move(drawn);
    } catch (const Redraw&) {
      continue;
    }
  }
  return *points_[i];
}

template <class F>
auto Witness::at_point(std::size_t i, const F& f) {
  for (;;) {
    try {
      return f(point(i));
    } catch (const Redraw&) {
      points_[i].reset();  // counted, and given up after a while, by point()
    } catch (const cln::runtime_exception&) {
      points_[i].reset();  // too large a number
    }
  }
}

Witness::Sum Witness::evaluate(Point& at, const Polynomial& p) {
  Sum sum{at.field.from(std::int64_t{0}), at.field.from(std::int64_t{0})};
  for (const PolynomialTerm& term : p.terms) {
    Number value = at.field.from(GiNaC::numeric(cln::cl_N(term.coefficient)));
    Number magnitude = cln::abs(value);
    const std::vector<Ring::Factor>& factors = ring_.factors(term.monomial);
    ring_.charge(work_of_operation * (1 + factors.size()));
    for (const Ring::Factor& f : factors) {
      const Sum& base = value_of(at, f.generator);
      value = value * (f.exponent == 1 ? base.value : at.field.power(base.value, f.exponent, 1));
      // Below the line a small value makes a large one, and what it lost in cancelling stays lost.
      const Number extent = f.exponent > 0 ? base.magnitude : Number(base.magnitude / (base.value * base.value));
      magnitude = magnitude * at.field.power(extent, std::abs(f.exponent), 1);
    }
    sum.value = sum.value + value;
    sum.magnitude = sum.magnitude + cln::abs(magnitude);
  }
  // What is left of a sum by rounding alone must not be taken for a value further on.
  if (is_negligible(sum.value, sum.magnitude)) sum.value = at.field.from(std::int64_t{0});
  const Number denominator = at.field.from(GiNaC::numeric(cln::cl_N(p.denominator)));
  return {sum.value / denominator, sum.magnitude / denominator};
}

const Witness::Sum& Witness::value_of(Point& at, int generator) {
  const auto i = static_cast<std::size_t>(generator);
  if (at.values.size() <= i) at.values.resize(generators_.size());
  if (!at.values[i]) {
    Sum value = computed(at, generators_[i]);
    if (rounding_ == Rounding::forgotten) value.magnitude = cln::abs(value.value);
    at.values[i] = std::move(value);
  }
  return *at.values[i];
}

Witness::Number Witness::drawn(Point& at, const Generator& g) {
  switch (g.source) {
    case Generator::Source::tensor:
      return at.data.tensors.at(g.name)[g.position];
    case Generator::Source::constant:
      return at.data.constants.at(g.name);
    case Generator::Source::upstream:
      return at.data.upstream.at(g.name)[g.position];
    case Generator::Source::pi:
      return at.field.pi();
    case Generator::Source::none:
      break;
  }
  return at.field.from(std::int64_t{0});
}

Witness::Sum Witness::call(Point& at, const Generator& g) {
  std::vector<Number> arguments;
  std::vector<Sum> sums;
  for (const Polynomial& argument : g.arguments) {
    sums.push_back(evaluate(at, argument));
    arguments.push_back(sums.back().value);
  }
  ring_.charge(work_of_function);
  Number value = g.function.starts_with("reduce ") ? Digits::extremum(g.function.substr(7), arguments)
                                                   : at.field.call(g.function, arguments);
  // No function of the language is steeper at x than 1, its own value or 1/x, whichever is largest, by more than a few.
  Number magnitude = cln::abs(value);
  for (const Sum& x : sums) {
    const Number one = at.field.from(std::int64_t{1});
    const Number inverse = cln::zerop(x.value) ? one : one / cln::abs(x.value);
    magnitude = magnitude + x.magnitude * (one + cln::abs(value) + inverse);
  }
  return {value, magnitude};
}

Witness::Sum Witness::computed(Point& at, const Generator& g) {
  using Relation = Generator::Relation;
  const auto exact = [](const Number& value) { return Sum{value, cln::abs(value)}; };
  if (!g.function.empty()) return call(at, g);
  if (g.relation == Relation::none) return exact(drawn(at, g));
  Sum sum = evaluate(at, g.value);
  if (g.relation == Relation::equal) return sum;
  if (g.relation == Relation::sign)
    return exact(at.field.from(std::int64_t{cln::zerop(sum.value) ? 0 : cln::minusp(sum.value) ? -1 : 1}));
  // Of two roots, where an assumption leaves both open, the one on the drawn value's side.
  const Number root = at.field.power(sum.value, 1, g.degree);
  const Number magnitude = cln::zerop(sum.value) ? sum.magnitude : root * sum.magnitude / cln::abs(sum.value);
  return {cln::minusp(drawn(at, g)) ? -root : root, magnitude};
}

bool Witness::is_nonzero(const Polynomial& p, std::size_t points) {
  for (std::size_t i = 0; i < points; ++i) {
    const Sum sum = at_point(i, [&](Point& at) { return evaluate(at, p); });
    if (!cln::zerop(sum.value)) return true;
  }
  return false;
}

int Witness::may_equal(const Polynomial& p, const Polynomial& q) {
  return at_point(0, [&](Point& at) {
    const Sum a = evaluate(at, p), b = evaluate(at, q);
    const Number magnitude = a.magnitude + b.magnitude;
    if (is_negligible(a.value - b.value, magnitude)) return 1;
    return is_negligible(a.value + b.value, magnitude) ? -1 : 0;
  });
}

}  // namespace chalktape::check
