// Edits that put one thing in another's place.
#include <array>
#include <set>

#include "symbolic/check/code.hpp"
#include "symbolic/claims/distance.hpp"
#include "symbolic/claims/edit_visit.hpp"
#include "symbolic/claims/nodes.hpp"
#include "symbolic/claims/pool.hpp"

namespace chalktape::claims {

using language::binary;
using language::Expr;
using language::Index;
using language::Kind;
using language::number;
using language::Role;

namespace {

/// What is larger is no small part of a formula.
constexpr int most_nodes_of_a_part = 9;

class Exchanges : public EditVisit {
 public:
  using EditVisit::EditVisit;

  bool run(EditKind kind) {
    switch (kind) {
      case EditKind::relative:
        return std::any_of(material_.relatives.begin(), material_.relatives.end(), [&](const Expr& e) {
          std::vector<std::size_t> path;
          return beside(material_.formula, e, path);
        });
      case EditKind::number:
        numbers_ = numbers_for(*material_.scope, material_.formula, material_.relatives);
        return each([&](const Site& site) { return numbers(site); });
      case EditKind::side:
        return each([&](const Site& site) { return sides(site); });
      case EditKind::function:
        functions_ = functions_for(*material_.scope, material_.formula, material_.relatives);
        return each([&](const Site& site) { return functions(site); });
      case EditKind::part:
        parts_ = parts_for(*material_.scope, material_.formula, material_.relatives, most_nodes_of_a_part);
        return each([&](const Site& site) { return parts(site); });
      default:
        return false;
    }
  }

 private:
  /// Where the two differ in one operand only, down to the lowest such place.
  bool beside(const Expr& e, const Expr& relative, std::vector<std::size_t>& path) {
    std::size_t place = 0, differing = 0;
    const bool same_node = e->kind == relative->kind && e->name == relative->name && e->indices == relative->indices &&
                           e->operands.size() == relative->operands.size();
    if (same_node) {
      for (std::size_t k = 0; k < e->operands.size(); ++k) {
        if (language::equal(e->operands[k], relative->operands[k])) continue;
        ++differing;
        place = k;
      }
    }
    const auto here = std::find_if(sites_.begin(), sites_.end(), [&](const Site& site) { return site.path == path; });
    if (here == sites_.end() || !stands_in(free_letters(relative), here->indices)) return false;
    if (differing == 1) {
      path.push_back(place);
      const bool found = beside(e->operands[place], relative->operands[place], path);
      path.pop_back();
      if (found) return true;
    }
    // That the whole of it should be another is no small change, but that it should be a factor or a term of it.
    const auto& parts = relative->operands;
    const bool is_part = std::any_of(parts.begin(), parts.end(), [&](const Expr& o) { return language::equal(o, e); });
    return (!path.empty() || is_part) && exchange(*here, relative);
  }

  static bool stands_in(const std::vector<Index>& letters, const std::vector<Index>& scope) {
    return std::all_of(letters.begin(), letters.end(), [&](const Index& letter) {
      return std::find(scope.begin(), scope.end(), letter) != scope.end();
    });
  }

  bool numbers(const Site& site) {
    const Expr& e = site.node;
    const bool is_constant = e->kind == Kind::access && (e->role == Role::constant || e->role == Role::size);
    if (e->kind != Kind::number && !is_constant) return false;
    const bool is_under_sign = site.parent && site.parent->kind == Kind::negate;
    if (!is_under_sign && exchange(site, language::negate(e))) return true;
    std::vector<Expr> others = numbers_;
    if (e->kind == Kind::number) {
      using GiNaC::numeric;
      const numeric value = notation::exact_number(e->name);
      std::vector<numeric> near{value + 1, value - 1, value * 2, value / 2, value * 10, value / 10};
      if (!value.is_zero()) near.push_back(numeric(1) / value);
      for (const numeric& other : near) {
        if (other != value && !other.is_zero()) others.push_back(fraction(other));
      }
    }
    return std::any_of(others.begin(), others.end(),
                       [&](const Expr& other) { return !language::equal(e, other) && exchange(site, other); });
  }

  static Expr turned(const Expr& e) {
    if (e->kind == Kind::subtract) return binary(Kind::subtract, e->operands[1], e->operands[0]);
    return e->kind == Kind::negate ? e->operands[0] : language::negate(e);
  }

  bool sides(const Site& site) {
    const Expr& e = site.node;
    if (e->kind == Kind::call && e->name == "step") {
      return exchange(site, language::call("step", {turned(e->operands[0])})) ||
             exchange(site, binary(Kind::subtract, number("1"), e));
    }
    if (e->kind == Kind::subtract) {
      const bool is_one = e->operands[0]->kind == Kind::number && e->operands[0]->name == "1";
      return exchange(site, turned(e)) || (is_one && exchange(site, e->operands[1]));
    }
    const bool is_extremum =
        (e->kind == Kind::call || e->kind == Kind::reduce) && (e->name == "max" || e->name == "min");
    if (!is_extremum) return false;
    if (exchange(site, with_name(e, e->name == "max" ? "min" : "max", e->role))) return true;
    return e->kind == Kind::call && (exchange(site, e->operands[0]) || exchange(site, e->operands[1]));
  }

  bool functions(const Site& site) {
    const Expr& e = site.node;
    if (e->kind == Kind::number || e->role == Role::size || e->kind == Kind::negate) return false;
    return std::any_of(functions_.begin(), functions_.end(), [&](const std::string& function) {
      if (e->kind == Kind::call && e->name == function) return false;
      return exchange(site, language::call(function, {e}));
    });
  }

  bool parts(const Site& site) {
    if (site.path.empty() || nodes_of(site.node) > most_nodes_of_a_part) return false;
    return std::any_of(parts_.begin(), parts_.end(), [&](const Expr& part) {
      const auto fitted = fitted_terms(part, site.indices);
      return std::any_of(fitted.begin(), fitted.end(), [&](const Expr& e) { return exchange(site, e); });
    });
  }

  std::vector<Expr> numbers_, parts_;
  std::vector<std::string> functions_;
};

}  // namespace

bool visit_exchanges(const Material& material, EditKind kind, const EditVisitor& visitor) {
  return Exchanges(material, visitor).run(kind);
}

}  // namespace chalktape::claims
