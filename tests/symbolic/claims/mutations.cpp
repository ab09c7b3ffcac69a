#include "tests/symbolic/claims/mutations.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>

#include "symbolic/check/code.hpp"

namespace chalktape::tests {

using language::binary;
using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::number;
using language::Role;

namespace {

using Rebuild = std::function<Expr(Expr)>;

class Mutator {
 public:
  Mutator(const claims::Scope& scope, std::vector<Index> free) : scope_(scope), letters_(std::move(free)) {}

  std::map<std::string, std::vector<Expr>> run(const Expr& e) {
    visit(
        e, [](Expr changed) { return changed; }, true);
    return std::move(mutants_);
  }

 private:
  void add(const std::string& kind, const Rebuild& rebuild, Expr node) {
    mutants_[kind].push_back(rebuild(std::move(node)));
  }

  static bool is_size(const Expr& e) {
    if (e->kind == Kind::multiply) return is_size(e->operands[0]) && is_size(e->operands[1]);
    if (e->kind == Kind::power) return is_size(e->operands[0]);
    return e->kind == Kind::access && e->role == Role::size;
  }

  static Expr half_power(const Expr& base, const GiNaC::numeric& exponent) {
    const GiNaC::numeric twice = exponent * GiNaC::numeric(2);
    Expr value = number(std::to_string(std::labs(twice.to_long())));
    if (twice.is_negative()) value = language::negate(value);
    return binary(Kind::power, base, binary(Kind::divide, value, number("2")));
  }

  void visit(const Expr& e, const Rebuild& rebuild, bool is_term) {
    if (is_term && e->kind != Kind::number) {
      add("factor 2", rebuild, binary(Kind::multiply, number("2"), e));
      if (e->kind != Kind::negate) add("sign", rebuild, language::negate(e));
    }
    switch (e->kind) {
      case Kind::add:
        add("term dropped", rebuild, e->operands[0]);
        add("term dropped", rebuild, e->operands[1]);
        add("sign", rebuild, binary(Kind::subtract, e->operands[0], e->operands[1]));
        break;
      case Kind::subtract:
        add("term dropped", rebuild, e->operands[0]);
        add("term dropped", rebuild, language::negate(e->operands[1]));
        add("sign", rebuild, binary(Kind::add, e->operands[0], e->operands[1]));
        break;
      case Kind::negate:
        add("sign", rebuild, e->operands[0]);
        break;
      case Kind::divide:
        if (is_size(e->operands[1])) add("size dropped", rebuild, e->operands[0]);
        break;
      case Kind::reduce:
        if (e->name == "mean") {
          Expression sum = *e;
          sum.name = "sum";
          add("size dropped", rebuild, std::make_shared<const Expression>(std::move(sum)));
        }
        break;
      case Kind::power:
        if (const auto exponent = check::constant_value(e->operands[1])) {
          for (const auto& half : {GiNaC::numeric(1, 2), GiNaC::numeric(-1, 2)}) {
            const GiNaC::numeric other = *exponent + half;
            add("power", rebuild, other.is_zero() ? number("1") : half_power(e->operands[0], other));
          }
        }
        break;
      case Kind::call:
        if (e->name == "sqrt") add("power", rebuild, e->operands[0]);
        break;
      case Kind::access:
        access(e, rebuild);
        break;
      default:
        break;
    }
    if (e->kind == Kind::delta) indices(e, rebuild);
    descend(e, rebuild);
  }

  void descend(const Expr& e, const Rebuild& rebuild) {
    if (e->kind == Kind::derivative) return;
    const std::size_t outside = letters_.size();
    if (e->kind == Kind::reduce) letters_.insert(letters_.end(), e->indices.begin(), e->indices.end());
    for (std::size_t k = 0; k < e->operands.size(); ++k) {
      if (e->kind == Kind::power && k == 1) continue;
      const bool is_term = e->kind == Kind::add || e->kind == Kind::subtract;
      visit(
          e->operands[k],
          [&e, &rebuild, k](Expr node) {
            Expression changed = *e;
            changed.operands[k] = std::move(node);
            return rebuild(std::make_shared<const Expression>(std::move(changed)));
          },
          is_term);
    }
    letters_.resize(outside);
  }

  void indices(const Expr& e, const Rebuild& rebuild) {
    for (std::size_t k = 0; k < e->indices.size(); ++k) {
      for (const Index& letter : letters_) {
        if (letter.range != e->indices[k].range || letter.name == e->indices[k].name) continue;
        Expression changed = *e;
        changed.indices[k] = letter;
        add("index", rebuild, std::make_shared<const Expression>(std::move(changed)));
      }
    }
  }

  void access(const Expr& e, const Rebuild& rebuild) {
    indices(e, rebuild);
    if (e->role != Role::tensor && e->role != Role::definition) return;
    std::vector<std::string> ranges;
    for (const Index& index : e->indices) ranges.push_back(index.range);
    const auto swap = [&](const std::string& name, Role role) {
      if (name == e->name) return;
      Expression changed = *e;
      changed.name = name;
      changed.role = role;
      add("name", rebuild, std::make_shared<const Expression>(std::move(changed)));
    };
    for (const auto& tensor : scope_.layer.tensors) {
      if (tensor.sizes == ranges) swap(tensor.name, Role::tensor);
    }
    for (const auto& definition : scope_.layer.definitions) {
      if (scope_.layer.ranges_of(definition.name) == ranges) swap(definition.name, Role::definition);
    }
  }

  const claims::Scope& scope_;
  std::vector<Index> letters_;
  std::map<std::string, std::vector<Expr>> mutants_;
};

}  // namespace

std::vector<Mutant> mutants_of(const claims::Scope& scope, const Expr& formula, const std::vector<Index>& free,
                               std::size_t each) {
  std::vector<Mutant> chosen;
  for (const auto& [kind, all] : Mutator(scope, free).run(formula)) {
    const std::size_t count = std::min(each, all.size());
    for (std::size_t i = 0; i < count; ++i) chosen.push_back({kind, all[i * all.size() / count]});
  }
  return chosen;
}

}  // namespace chalktape::tests
