#include "tests/symbolic/wrong/edits.hpp"

#include <array>
#include <map>
#include <stdexcept>
#include <utility>

#include "symbolic/check/code.hpp"
#include "symbolic/claims/nodes.hpp"
#include "symbolic/claims/sites.hpp"

namespace chalktape::wrong_claims {

using claims::replaced;
using claims::Site;
using language::binary;
using language::call;
using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::number;
using language::Role;

namespace {

struct Name {
  std::string name;
  std::vector<std::string> ranges;
  Role role;
};

std::vector<std::string> ranges_of(const std::vector<Index>& indices) {
  std::vector<std::string> ranges;
  for (const Index& index : indices) ranges.push_back(index.range);
  return ranges;
}

std::vector<Name> names_of(const claims::Scope& scope) {
  const auto& layer = scope.layer;
  std::vector<Name> names;
  for (const auto& tensor : layer.tensors) names.push_back({tensor.name, tensor.sizes, Role::tensor});
  for (const auto* definitions : {&layer.definitions, &scope.own}) {
    for (const auto& definition : *definitions)
      names.push_back({definition.name, ranges_of(definition.indices), Role::definition});
  }
  for (const auto& tensor : layer.tensors) names.push_back({"d" + tensor.name, tensor.sizes, Role::gradient});
  if (!layer.returns_loss()) {
    for (const auto& output : layer.outputs)
      names.push_back({"d" + output, layer.ranges_of(output).value_or(std::vector<std::string>{}), Role::gradient});
  }
  for (const auto& constant : layer.constants) names.push_back({constant.name, {}, Role::constant});
  return names;
}

bool makes_condition(const Expr& e) {
  static constexpr std::array functions{"step", "abs", "relu", "max", "min"};
  return e->kind == Kind::call && std::find(functions.begin(), functions.end(), e->name) != functions.end();
}

Expr with_index(const Expr& e, std::size_t place, const Index& index) {
  Expression changed = *e;
  changed.indices[place].name = index.name;
  return std::make_shared<const Expression>(std::move(changed));
}

class Mistakes {
 public:
  Mistakes(const claims::Scope& scope, const Expr& formula, const std::vector<Index>& free, const std::string& claimed)
      : names_(names_of(scope)), sizes_(scope.layer.sizes), formula_(formula) {
    std::erase_if(names_, [&](const Name& name) { return name.name == claimed; });
    for (const Site& site : claims::sites_of(formula, free)) visit(site);
  }

  std::map<std::string, std::vector<Expr>> take() { return std::move(found_); }

 private:
  void add(const Site& site, const std::string& kind, const Expr& node) {
    bool in_condition = false;
    Expr e = formula_;
    for (const std::size_t k : site.path) {
      in_condition = in_condition || makes_condition(e);
      e = e->operands[k];
    }
    found_[(in_condition ? "condition: " : "") + kind].push_back(replaced(formula_, site.path, node));
  }

  void visit(const Site& site) {
    const Expr& e = site.node;
    if (site.is_term()) terms(site);
    switch (e->kind) {
      case Kind::number:
        numbers(site);
        break;
      case Kind::access:
        accesses(site);
        break;
      case Kind::delta:
        indices(site);
        break;
      case Kind::negate:
        add(site, "sign", e->operands[0]);
        break;
      case Kind::add:
      case Kind::subtract:
        sums(site);
        break;
      case Kind::multiply:
        add(site, "factor dropped", e->operands[0]);
        add(site, "factor dropped", e->operands[1]);
        break;
      case Kind::divide:
        add(site, "factor dropped", e->operands[0]);
        add(site, "factor dropped", binary(Kind::divide, number("1"), e->operands[1]));
        add(site, "quotient", binary(Kind::multiply, e->operands[0], e->operands[1]));
        break;
      case Kind::power:
        powers(site);
        break;
      case Kind::call:
        calls(site);
        break;
      case Kind::reduce:
        reductions(site);
        break;
      case Kind::derivative:
        break;
    }
  }

  void terms(const Site& site) {
    const Expr& e = site.node;
    const bool under_sign = site.parent && site.parent->kind == Kind::subtract && site.operand() == 1;
    if (e->kind != Kind::negate && !under_sign) add(site, "sign", language::negate(e));
    add(site, "number added", binary(Kind::multiply, number("2"), e));
    add(site, "number added", binary(Kind::divide, e, number("2")));
    add(site, "term added", binary(Kind::add, e, number("1")));
    for (const std::string& size : sizes_) {
      add(site, "factor added", binary(Kind::multiply, language::access(size, {}, Role::size), e));
      add(site, "factor added", binary(Kind::divide, e, language::access(size, {}, Role::size)));
    }
    for (const Name& name : names_) {
      if (name.role == Role::gradient) continue;
      const Expr value = fitting(name, site.indices);
      if (!value) continue;
      add(site, "factor added", binary(Kind::multiply, e, value));
      if (!value->indices.empty()) add(site, "factor added", binary(Kind::multiply, e, call("step", {value})));
      add(site, "term added", binary(Kind::add, e, value));
    }
  }

  /// The name at letters that fit, each once: the first ones.
  static Expr fitting(const Name& name, const std::vector<Index>& letters) {
    std::vector<Index> at;
    for (const std::string& range : name.ranges) {
      const auto fits = std::find_if(letters.begin(), letters.end(), [&](const Index& letter) {
        return letter.range == range && std::find(at.begin(), at.end(), letter) == at.end();
      });
      if (fits == letters.end()) return nullptr;
      at.push_back(*fits);
    }
    return language::access(name.name, std::move(at), name.role);
  }

  void numbers(const Site& site) {
    const GiNaC::numeric value = notation::exact_number(site.node->name);
    for (const auto& other : {value + 1, value * 2, value / 2, value - 1, value * 10})
      if (other != value) add(site, "number", claims::fraction(other));
    add(site, "number sign", language::negate(site.node));
  }

  void accesses(const Site& site) {
    const Expr& e = site.node;
    indices(site);
    if (e->role == Role::size) {
      for (const std::string& size : sizes_)
        if (size != e->name) add(site, "size", language::access(size, {}, Role::size));
      return;
    }
    for (const Name& name : names_)
      if (name.name != e->name && name.ranges == ranges_of(e->indices))
        add(site, "name", claims::with_name(e, name.name, name.role));
    if (e->role == Role::constant) add(site, "number sign", language::negate(e));
    if (e->role == Role::pi) return;
    for (const char* function : {"log", "exp", "abs", "step", "sigmoid", "sqrt"})
      add(site, "function added", call(function, {e}));
    add(site, "power", binary(Kind::power, e, number("2")));
  }

  void indices(const Site& site) {
    const Expr& e = site.node;
    for (std::size_t k = 0; k < e->indices.size(); ++k) {
      for (const Index& letter : site.indices)
        if (letter.range == e->indices[k].range && letter.name != e->indices[k].name)
          add(site, "index", with_index(e, k, letter));
      for (std::size_t other = 0; other < k; ++other)
        if (e->kind == Kind::access && e->indices[other].range == e->indices[k].range &&
            e->indices[other].name != e->indices[k].name)
          add(site, "indices swapped", with_index(with_index(e, k, e->indices[other]), other, e->indices[k]));
    }
  }

  void sums(const Site& site) {
    const Expr& e = site.node;
    const bool is_sum = e->kind == Kind::add;
    add(site, "sign", binary(is_sum ? Kind::subtract : Kind::add, e->operands[0], e->operands[1]));
    add(site, "term dropped", e->operands[0]);
    add(site, "term dropped", is_sum ? e->operands[1] : language::negate(e->operands[1]));
    if (!is_sum) add(site, "sides swapped", binary(Kind::subtract, e->operands[1], e->operands[0]));
  }

  void powers(const Site& site) {
    const auto exponent = check::constant_value(site.node->operands[1]);
    if (!exponent) return;
    using GiNaC::numeric;
    for (const auto& other : {*exponent + 1, *exponent - 1, *exponent + numeric(1, 2), *exponent - numeric(1, 2)})
      add(site, "power", other.is_zero() ? number("1") : claims::powered(site.node->operands[0], other));
  }

  void calls(const Site& site) {
    const Expr& e = site.node;
    if (e->operands.size() == 2) {
      if (e->name != "max" && e->name != "min") return;
      add(site, "function", claims::with_name(e, e->name == "max" ? "min" : "max", e->role));
      add(site, "function dropped", e->operands[0]);
      add(site, "function dropped", e->operands[1]);
      return;
    }
    if (e->name == "stop") return;
    add(site, "function dropped", e->operands[0]);
    if (e->name == "step") {
      add(site, "side", call("step", {turned(e->operands[0])}));
      add(site, "side", binary(Kind::subtract, number("1"), e));
      for (const char* other : {"relu", "sigmoid"}) add(site, "function", claims::with_name(e, other, e->role));
      return;
    }
    for (const char* other : {"exp", "log", "tanh", "sigmoid", "relu", "abs"})
      if (e->name != other) add(site, "function", claims::with_name(e, other, e->role));
  }

  static Expr turned(const Expr& e) {
    if (e->kind == Kind::subtract) return binary(Kind::subtract, e->operands[1], e->operands[0]);
    return e->kind == Kind::negate ? e->operands[0] : language::negate(e);
  }

  void reductions(const Site& site) {
    static const std::map<std::string, std::string> others{
        {"sum", "mean"}, {"mean", "sum"}, {"max", "min"}, {"min", "max"}};
    add(site, "reduction", claims::with_name(site.node, others.at(site.node->name), site.node->role));
  }

  std::vector<Name> names_;
  std::vector<std::string> sizes_;
  Expr formula_;
  std::map<std::string, std::vector<Expr>> found_;
};

const Expr& one_of(const std::vector<Expr>& all, engine::Random& random) {
  return all[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(all.size())))];
}

}  // namespace

Edited random_mistake(const claims::Scope& scope, const Expr& formula, const std::vector<Index>& free,
                      const std::string& claimed, engine::Random& random) {
  const auto all = Mistakes(scope, formula, free, claimed).take();
  auto kind = all.begin();
  std::advance(kind, random.below(static_cast<std::int64_t>(all.size())));
  return {kind->first, one_of(kind->second, random)};
}

Edited random_rewriting(const Expr& formula, const std::vector<Index>& free, engine::Random& random) {
  std::vector<Expr> found{formula};
  for (const Site& site : claims::sites_of(formula, free)) {
    const Expr& e = site.node;
    const auto add = [&](const Expr& node) { found.push_back(replaced(formula, site.path, node)); };
    if (e->kind == Kind::add || e->kind == Kind::multiply) add(binary(e->kind, e->operands[1], e->operands[0]));
    if (e->kind == Kind::subtract) add(language::negate(binary(Kind::subtract, e->operands[1], e->operands[0])));
    if (e->kind == Kind::call && e->name == "step") {
      add(call("step", {binary(Kind::multiply, number("2"), e->operands[0])}));
      add(binary(Kind::multiply, e, e));
    }
    if (site.is_term()) add(binary(Kind::divide, binary(Kind::multiply, e, number("3")), number("3")));
  }
  return {"rewritten", one_of(found, random)};
}

}  // namespace chalktape::wrong_claims
