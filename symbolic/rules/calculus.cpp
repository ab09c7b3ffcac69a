#include "symbolic/rules/calculus.hpp"

#include <algorithm>

#include "symbolic/notation/local_derivative.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using GiNaC::numeric;
using notation::Access;
using notation::Call;
using notation::Delta;
using notation::is;
using notation::Reduce;
using notation::Reduction;

namespace {

/// The stated derivative of a function as a formula of the scalar names x, a, b and y.
ex stated_derivative(const std::string& function, int arity, int position) {
  const language::Expr tree = notation::local_derivative(function, arity, position);
  if (!tree) return 0;
  notation::SymbolTable names;
  for (const char* name : {"x", "a", "b", "y"}) names.add(name, {language::Role::tensor, {}, notation::Sign::unknown});
  names.add("pi", {language::Role::pi, {}, notation::Sign::positive});
  return notation::to_algebra(tree, names);
}

class Differentiator {
 public:
  Differentiator(const Access& with_respect_to, const std::vector<std::string>& held, InnerDerivative inner)
      : wrt_(with_respect_to), held_(held), inner_(std::move(inner)) {}

  ex operator()(const ex& e) const {
    if (is<numeric>(e) || is<Delta>(e)) return 0;
    if (is<Access>(e)) return access(ex_to<Access>(e));
    if (is<Reduce>(e)) return reduction(ex_to<Reduce>(e), e);
    if (is<Call>(e)) return call(ex_to<Call>(e), e);
    if (is<GiNaC::add>(e)) {
      ex total = 0;
      for (const ex& term : e) total += inner(term);
      return total;
    }
    if (is<GiNaC::mul>(e)) return product(e);
    if (is<GiNaC::power>(e)) return power(e.op(0), e.op(1));
    throw notation::Error("this expression cannot be differentiated: " + notation::key(e));
  }

 private:
  [[nodiscard]] ex inner(const ex& e) const { return inner_ ? inner_(e) : (*this)(e); }

  ex access(const Access& a) const {
    if (a.name() == wrt_.name()) {
      ex product = 1;
      for (size_t i = 0; i < a.indices().size(); ++i) product *= notation::delta(a.indices()[i], wrt_.indices().at(i));
      return product;
    }
    if (a.role() != language::Role::definition || std::find(held_.begin(), held_.end(), a.name()) != held_.end())
      return 0;
    return notation::partial(a, wrt_, held_);
  }

  ex product(const ex& e) const {
    ex total = 0;
    for (size_t i = 0; i < e.nops(); ++i) {
      ex term = inner(e.op(i));
      if (term.is_zero()) continue;
      for (size_t j = 0; j < e.nops(); ++j) {
        if (j != i) term *= e.op(j);
      }
      total += term;
    }
    return total;
  }

  ex power(const ex& base, const ex& exponent) const {
    const ex base_change = inner(base), exponent_change = inner(exponent);
    ex total = 0;
    if (!base_change.is_zero()) total += exponent * GiNaC::pow(base, exponent - 1) * base_change;
    if (!exponent_change.is_zero())
      total += GiNaC::pow(base, exponent) * notation::call("log", {base}) * exponent_change;
    return total;
  }

  ex call(const Call& c, const ex& e) const {
    const int arity = static_cast<int>(c.arguments().size());
    ex total = 0;
    for (int i = 0; i < arity; ++i) {
      const ex change = inner(c.arguments()[static_cast<size_t>(i)]);
      if (change.is_zero()) continue;
      ex local = stated_derivative(c.function(), arity, i);
      const auto put = [&](const std::string& name, const ex& value) {
        local = notation::replace_accesses(local, name, [&](const Access&) { return value; });
      };
      // Arguments may themselves mention names x, a, b or y: they go in behind names that no file can contain.
      put(arity == 1 ? "x" : "a", notation::access("$first", {}, language::Role::tensor));
      if (arity == 2) put("b", notation::access("$second", {}, language::Role::tensor));
      put("y", e);
      put("$first", c.arguments()[0]);
      if (arity == 2) put("$second", c.arguments()[1]);
      total += local * change;
    }
    return total;
  }

  ex reduction(const Reduce& r, const ex& whole) const {
    const notation::Opened opened = notation::open(r, notation::free_indices(wrt_));
    const ex change = inner(opened.body);
    if (change.is_zero()) return 0;
    if (r.reduction() == Reduction::sum) return notation::sum(change, opened.indices);
    // An extremum's derivative is the mean of the derivatives where it is attained; 1 − step(m − f) is 1 just there.
    const ex gap = r.reduction() == Reduction::max ? ex(whole - opened.body) : ex(opened.body - whole);
    const ex attained = notation::attained(gap);
    return notation::sum(attained * change, opened.indices) / notation::sum(attained, opened.indices);
  }

  const Access& wrt_;
  const std::vector<std::string>& held_;
  InnerDerivative inner_;
};

}  // namespace

ex differentiate(const ex& e, const Access& with_respect_to, const std::vector<std::string>& held,
                 const InnerDerivative& inner) {
  return Differentiator(with_respect_to, held, inner)(e);
}

}  // namespace chalktape::rules
