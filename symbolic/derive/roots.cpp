#include "symbolic/derive/roots.hpp"

#include <algorithm>

#include "symbolic/notation/algebra.hpp"
#include "symbolic/rules/apply.hpp"

namespace chalktape::derive {

using GiNaC::ex_to;
using GiNaC::numeric;
using notation::Access;
using notation::ex;
using notation::exvector;
using notation::Formula;
using notation::is;
using rules::Known;

namespace {

/// x^0.333333 has no name: written by x^(1/1000000), its powers would lose every digit.
bool is_root(const ex& e) {
  constexpr int largest = 12;
  if (!is<GiNaC::power>(e) || !is<numeric>(e.op(1))) return false;
  const auto& exponent = ex_to<numeric>(e.op(1));
  return exponent.is_rational() && !exponent.is_integer() && exponent.denom() <= largest &&
         notation::depends_on_data(e.op(0));
}

/// The roots outside reductions, sorted by key.
void gather_roots(const ex& e, exvector& roots) {
  if (is<notation::Reduce>(e)) return;
  if (is_root(e)) roots.push_back(e);
  for (size_t i = 0; i < e.nops(); ++i) gather_roots(e.op(i), roots);
}

std::string free_name(const language::Layer& layer, const notation::SymbolTable& symbols, const std::string& stem) {
  const auto taken = [&](const std::string& name) {
    const auto is_name = [&](const auto& declared) { return declared.name == name; };
    return symbols.find(name) != nullptr || symbols.find("d" + name) != nullptr ||
           std::any_of(layer.constants.begin(), layer.constants.end(), is_name);
  };
  if (!taken(stem)) return stem;
  for (int n = 2;; ++n) {
    std::string name = stem + std::to_string(n);
    if (!taken(name)) return name;
  }
}

/// The formula with every root that has a name written by it.
ex written_by_name(const ex& value, const rules::Context& context) {
  ex written = value;
  for (const Known& known : context.known) {
    if (!is_root(known.formula.value)) continue;
    if (const auto fold = rules::apply_everywhere(rules::rule("fold-power"), written, context, {&known, {}})) {
      written = fold->after;
    }
  }
  return written;
}

}  // namespace

void name_roots(const language::Layer& layer, notation::LayerFormulas& formulas, rules::Context& context) {
  for (const Formula& definition : formulas.definitions) {
    ex value = written_by_name(definition.value, context);
    exvector roots;
    if (!is_root(value)) gather_roots(value, roots);
    std::sort(roots.begin(), roots.end(), notation::key_less);
    for (const ex& root : roots) {
      if (!notation::contains(value, [&](const ex& x) { return x.is_equal(root); })) continue;  // named meanwhile
      const numeric exponent = ex_to<numeric>(root.op(1));
      const bool inverse = exponent.is_negative();
      Formula named{free_name(layer, formulas.symbols, inverse ? "istd" : "std"),
                    {},
                    GiNaC::pow(root.op(0), numeric(inverse ? -1 : 1) / exponent.denom())};
      std::vector<std::string> ranges;
      for (const ex& i : definition.indices) {
        if (!notation::depends_on(root, i)) continue;
        named.indices.push_back(i);
        ranges.push_back(notation::as_index(i).range());
      }
      formulas.symbols.add(named.name, {language::Role::definition, ranges, notation::sign_of_definition(named.value)});
      context.known.push_back({named, Known::Kind::introduced, true, 1});
      value = written_by_name(value, context);
    }
    context.known.push_back({{definition.name, definition.indices, value}, Known::Kind::forward, true, 1});
  }
}

}  // namespace chalktape::derive
