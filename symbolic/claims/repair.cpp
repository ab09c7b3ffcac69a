#include "symbolic/claims/repair.hpp"

#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "symbolic/check/proof_sizes.hpp"
#include "symbolic/claims/edits.hpp"
#include "symbolic/claims/sites.hpp"

namespace chalktape::claims {

using language::Expr;
using language::Index;

namespace {

/// Operations on residues that the search for one repair may take, some 40 ms; one on 70 digits counts as
/// several.
constexpr double most_work = 1e6, digits_cost = 12;
/// What looking at a candidate takes besides, and compiling one of its nodes.
constexpr double work_of_a_candidate = 60, work_of_a_node = 5;
/// Those that pass the test at one point and are wrong all the same.
constexpr int most_false_alarms = 8;

/// A point at which candidates are compared with the truth.
template <class Field, class Drawn>
class Screen {
 public:
  using Element = typename Field::Element;
  using Array = typename check::Point<Field>::Array;

  /// Throws Redraw, NotApplicable or CLN's exceptions where the truth has no value.
  Screen(Drawn& at, const std::vector<Index>& indices, const Expr& truth, const Expr& wrong)
      : at_(at), indices_(indices), wrong_(wrong), truth_(at.point->evaluate(indices, truth)) {}

  bool passes(const Expr& e) {
    bool passed = false;
    attempt([&] { passed = at_.point->agrees(indices_, e, truth_, wrong_entry_, same); });
    return passed;
  }

  /// Where the formula is affine in the node at `site`, f(n + t) = f(n) + c t, the term t that makes it right is
  /// (truth − f(n))/c, entry by entry. True where that cannot be told.
  bool may_lack(const std::vector<std::size_t>& site, const Expr& term, bool subtracted) {
    const auto [entry, is_new] = needed_.try_emplace(site);
    if (is_new) entry->second = needed_at(site);
    const auto& needed = entry->second;
    if (!needed) return true;
    const auto& values = values_of(term);
    if (!values) return false;
    for (std::size_t i = 0; i < values->entries.size(); ++i) {
      const auto& wanted = (*needed)[i];
      if (!wanted) continue;
      const Element& value = values->entries[i].value;
      if (!same(subtracted ? Field::subtract(zero(), value) : value, *wanted)) return false;
    }
    return true;
  }

 private:
  static bool same(const Element& a, const Element& b) {
    if constexpr (std::is_same_v<Field, check::Modular>) {
      return a == b;
    } else {
      return (a - b).contains_zero();
    }
  }

  /// What has no value is not what is looked for.
  template <class F>
  static void attempt(const F& f) {
    try {
      f();
    } catch (const check::Redraw&) {
    } catch (const check::Imprecise&) {
    } catch (const check::NotApplicable&) {
    } catch (const cln::runtime_exception&) {
    }
  }

  /// Nothing where it has no value.
  const std::optional<Array>& values_of(const Expr& term) {
    const auto place = values_.try_emplace(term);
    std::optional<Array>& values = place.first->second;
    if (place.second) attempt([&] { values = at_.point->evaluate(indices_, term); });
    return values;
  }

  Element zero() const { return at_.field.from(std::int64_t{0}); }

  /// By entry; nothing where the entry does not depend on the node. Nothing at all where it is not affine.
  std::optional<std::vector<std::optional<Element>>> needed_at(const std::vector<std::size_t>& site) {
    std::optional<std::vector<std::optional<Element>>> needed;
    attempt([&] {
      Expr node = wrong_;
      for (const std::size_t k : site) node = node->operands[k];
      const auto shifted = [&](const char* by) {
        return at_.point->evaluate(
            indices_, replaced(wrong_, site, language::binary(language::Kind::add, node, language::number(by))));
      };
      const Array found = at_.point->evaluate(indices_, wrong_);
      const Array once = shifted("1"), twice = shifted("2");
      std::vector<std::optional<Element>> wanted;
      for (std::size_t i = 0; i < truth_.entries.size(); ++i) {
        const Element slope = Field::subtract(once.entries[i].value, found.entries[i].value);
        const Element next = Field::subtract(twice.entries[i].value, once.entries[i].value);
        if (!same(slope, next)) return;
        const Element gap = Field::subtract(truth_.entries[i].value, found.entries[i].value);
        if (same(slope, zero())) {
          wanted.emplace_back();
        } else {
          wanted.emplace_back(Field::divide(gap, slope));
        }
      }
      needed = std::move(wanted);
    });
    return needed;
  }

  Drawn& at_;
  const std::vector<Index>& indices_;
  Expr wrong_;
  Array truth_;
  std::size_t wrong_entry_ = 0;                  ///< what changes nothing there is found out at once
  std::map<Expr, std::optional<Array>> values_;  ///< by the node itself
  std::map<std::vector<std::size_t>, std::optional<std::vector<std::optional<Element>>>> needed_;
};

double nodes_of(const Expr& e) {
  double nodes = 1;
  for (const Expr& operand : e->operands) nodes += nodes_of(operand);
  return nodes;
}

class Search {
 public:
  Search(Judge& judge, const std::vector<Index>& indices, const Expr& truth, const Expr& wrong,
         const std::vector<Expr>& relatives)
      : judge_(judge), indices_(indices), truth_(truth), material_{&judge.scope(), wrong, indices, relatives} {}

  std::optional<Repair> run() {
    if (const auto* at = smallest(judge_.modular_points())) {
      if (auto repair = screened<check::Modular>(**at, 1)) return repair;
      // In F_p functions are oracles: what is right by their laws does not look so there.
      const Scope& scope = judge_.scope();
      if (algebra_of(scope, material_.formula) != Algebra::functions && algebra_of(scope, truth_) != Algebra::functions)
        return std::nullopt;
    }
    if (const auto* at = smallest(judge_.numeric_points()))
      return screened<check::Digits>((*at)->with_enough(), digits_cost);
    return std::nullopt;
  }

 private:
  /// Whether the formula reads the very quantity that it is a formula for: dx = dx is no repair.
  [[nodiscard]] bool claims_itself(const Expr& e) const {
    if (truth_->kind != language::Kind::access) return false;
    std::set<std::string> names;
    language::collect_names(e, names);
    return names.contains(truth_->name);
  }

  static const check::SizeMap& sizes_of(const check::ModularPoint& point) { return point.sizes; }
  static const check::SizeMap& sizes_of(const check::NumericPoint& point) { return point.sizes(); }
  static bool is_ill_conditioned(const check::ModularPoint& /*point*/) { return false; }
  static bool is_ill_conditioned(const check::NumericPoint& point) { return point.is_ill_conditioned(); }

  /// The point of the smallest sizes; among equal ones the first, and none that is ill-conditioned.
  template <class Points>
  static const typename Points::value_type* smallest(const Points& points) {
    const typename Points::value_type* best = nullptr;
    const auto volume = [](const auto& point) {
      std::int64_t product = 1;
      for (const auto& [name, size] : sizes_of(*point)) product *= size;
      return product;
    };
    for (const auto& point : points) {
      if (is_ill_conditioned(*point)) continue;
      if (best == nullptr || volume(point) < volume(*best)) best = &point;
    }
    return best;
  }

  template <class Field, class Drawn>
  std::optional<Repair> screened(Drawn& at, double cost) {
    std::optional<Screen<Field, Drawn>> screen;
    try {
      screen.emplace(at, indices_, truth_, material_.formula);
    } catch (const check::Redraw&) {
      return std::nullopt;
    } catch (const check::Imprecise&) {
      return std::nullopt;
    } catch (const check::NotApplicable&) {
      return std::nullopt;
    } catch (const cln::runtime_exception&) {
      return std::nullopt;
    }
    // A wrong candidate is found out at its first entry as a rule.
    double entries = 1;
    for (const Index& index : indices_) entries *= static_cast<double>(at.sizes.at(index.range));
    double work = 0;
    int false_alarms = 0;
    std::optional<Repair> repair;
    const EditVisitor visitor = [&](const Edit& edit) {
      work += work_of_a_candidate + work_of_a_node * nodes_of(edit.edited) +
              cost * check::scalar_operations(indices_, edit.edited, at.sizes) / entries;
      if (work > most_work || false_alarms > most_false_alarms) return true;
      if (claims_itself(edit.edited) || !screen->passes(edit.edited)) return false;
      if (judge_.compare(indices_, truth_, edit.edited).verdict != Verdict::holds) {
        ++false_alarms;
        return false;
      }
      const Expr formula = without_idle_indices(without_shadows(edit.edited, indices_));
      repair = Repair{edit.advice(), formula, judge_.scope().written(formula)};
      return true;
    };
    const TermTest may_lack = [&](const auto& site, const Expr& term, bool subtracted) {
      work += cost * entries;
      return work > most_work || screen->may_lack(site, term, subtracted);
    };
    for (const EditKind kind : {EditKind::factor, EditKind::power, EditKind::name, EditKind::index, EditKind::surplus,
                                EditKind::atom, EditKind::rare_name, EditKind::missing}) {
      if (visit_edits(material_, kind, visitor, may_lack)) break;
    }
    return repair;
  }

  Judge& judge_;
  const std::vector<Index>& indices_;
  Expr truth_;
  Material material_;
};

}  // namespace

std::optional<Repair> find_repair(Judge& judge, const std::vector<Index>& indices, const Expr& truth, const Expr& wrong,
                                  const std::vector<Expr>& relatives) {
  return Search(judge, indices, truth, wrong, relatives).run();
}

}  // namespace chalktape::claims
