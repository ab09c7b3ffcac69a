#include "symbolic/check/proof_generators.hpp"

#include <cstdlib>

namespace chalktape::check {

namespace {

constexpr int most_draws = 100;
/// What a 70-digit operation costs beside one on two small integers.
constexpr std::uint64_t work_of_operation = 4, work_of_function = 200;

Manner witness_manner(int draw) {
  constexpr Spread spreads[] = {Spread::mixed, Spread::positive, Spread::negative, Spread::small, Spread::large};
  constexpr Constants constants[] = {Constants::above, Constants::by_default};
  return {.spread = spreads[draw % 5], .constants = constants[draw / 5 % 2]};
}

}  // namespace

Witness::Witness(const language::Layer& layer, std::map<std::string, std::int64_t> sizes, Ring& ring,
                 const std::vector<Generator>& generators, int digits)
    : layer_(layer), sizes_(std::move(sizes)), ring_(ring), generators_(generators), digits_(digits) {}

Witness::Point& Witness::point(std::size_t i) {
  if (points_.size() <= i) points_.resize(i + 1);
  while (!points_[i]) {
    if (++draws_ > most_draws) throw NotApplicable("no real point is found at which all of it has a value");
    auto drawn = std::make_unique<Point>(0x70726f6f66U + static_cast<std::uint64_t>(draws_), digits_);
    // With few digits a number that is 0 for all inputs cannot be told from one that is small.
    if (digits_ < Digits::decisive) drawn->field.round_to_borders();
    try {
      drawn->data = draw(layer_, sizes_, drawn->field, witness_manner(draws_ - 1));
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
    } catch (const Imprecise&) {
      points_[i].reset();
    } catch (const cln::runtime_exception&) {
      points_[i].reset();  // too large a number
    }
  }
}

Ball Witness::evaluate(Point& at, const Polynomial& p) {
  Ball sum = at.field.from(std::int64_t{0});
  for (const PolynomialTerm& term : p.terms) {
    Ball value = at.field.from(GiNaC::numeric(cln::cl_N(term.coefficient)));
    const std::vector<Ring::Factor>& factors = ring_.factors(term.monomial);
    ring_.charge(work_of_operation * (1 + factors.size()));
    for (const Ring::Factor& f : factors) {
      const Ball& base = value_of(at, f.generator);
      value = value * (f.exponent == 1 ? base : at.field.power(base, f.exponent, 1));
    }
    sum = sum + value;
  }
  return sum / at.field.from(GiNaC::numeric(cln::cl_N(p.denominator)));
}

const Ball& Witness::value_of(Point& at, int generator) {
  const auto i = static_cast<std::size_t>(generator);
  if (at.values.size() <= i) at.values.resize(generators_.size());
  if (!at.values[i]) at.values[i] = computed(at, generators_[i]);
  return *at.values[i];
}

Ball Witness::drawn(Point& at, const Generator& g) {
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

Ball Witness::call(Point& at, const Generator& g) {
  std::vector<Ball> arguments;
  for (const Polynomial& argument : g.arguments) arguments.push_back(evaluate(at, argument));
  ring_.charge(work_of_function);
  return g.function.starts_with("reduce ") ? Digits::extremum(g.function.substr(7), arguments)
                                           : at.field.call(g.function, arguments);
}

Ball Witness::computed(Point& at, const Generator& g) {
  using Relation = Generator::Relation;
  if (!g.function.empty()) return call(at, g);
  if (g.relation == Relation::none) return drawn(at, g);
  Ball value = evaluate(at, g.value);
  if (g.relation == Relation::equal) return value;
  if (g.relation == Relation::sign) return at.field.from(std::int64_t{at.field.sign(value)});
  // Of two roots, where an assumption leaves both open, the one on the drawn value's side.
  const Ball root = at.field.power(value, 1, g.degree);
  return cln::minusp(drawn(at, g).middle) ? -root : root;
}

bool Witness::is_nonzero(const Polynomial& p, std::size_t points) {
  for (std::size_t i = 0; i < points; ++i) {
    if (at_point(i, [&](Point& at) { return !evaluate(at, p).contains_zero(); })) return true;
  }
  return false;
}

int Witness::may_equal(const Polynomial& p, const Polynomial& q) {
  return at_point(0, [&](Point& at) {
    const Ball a = evaluate(at, p), b = evaluate(at, q);
    if ((a - b).contains_zero()) return 1;
    return (a + b).contains_zero() ? -1 : 0;
  });
}

}  // namespace chalktape::check
