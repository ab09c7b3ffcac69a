#include "symbolic/claims/repair.hpp"

#include <algorithm>

#include "symbolic/check/proof_sizes.hpp"
#include "symbolic/claims/edits.hpp"
#include "symbolic/claims/sites.hpp"

namespace chalktape::claims {

using language::Expr;
using language::Index;

namespace {

/// Operations on residues that the search for one repair may take, about half a second; one on 70 digits counts as
/// several.
constexpr double most_work = 6e6, digits_cost = 12;
/// What looking at a candidate takes besides.
constexpr double work_of_a_candidate = 60;
/// Those that pass the test at one point and are wrong all the same.
constexpr int most_false_alarms = 8;

/// A point at which candidates are compared with the truth.
template <class Field, class Drawn>
class Screen {
 public:
  /// Throws Redraw or NotApplicable where the truth has no value.
  Screen(Drawn& at, const std::vector<Index>& indices, const Expr& truth)
      : at_(at), indices_(indices), truth_(at.point->evaluate(indices, truth)) {}

  template <class Same>
  bool passes(const Expr& e, const Same& same) {
    try {
      return at_.point->agrees(indices_, e, truth_, same);
    } catch (const check::Redraw&) {
    } catch (const check::NotApplicable&) {
    } catch (const cln::runtime_exception&) {
    }
    return false;
  }

 private:
  Drawn& at_;
  const std::vector<Index>& indices_;
  typename check::Point<Field>::Array truth_;
};

class Search {
 public:
  Search(Judge& judge, const std::vector<Index>& indices, const Expr& truth, const Expr& wrong,
         const std::vector<Expr>& relatives)
      : judge_(judge), indices_(indices), truth_(truth), material_{&judge.scope(), wrong, indices, relatives} {}

  std::optional<Repair> run() {
    if (const auto* at = smallest(judge_.modular_points())) {
      if (auto repair = screened<check::Modular>(**at, 1, [](auto a, auto b) { return a == b; })) return repair;
      // In F_p functions are oracles: what is right by their laws does not look so there.
      if (is_rational(judge_.scope(), material_.formula) && is_rational(judge_.scope(), truth_)) return std::nullopt;
    }
    if (const auto* at = smallest(judge_.numeric_points())) {
      return screened<check::Digits>(**at, digits_cost, [](const auto& a, const auto& b) {
        return check::error_of(a, b) < check::digits_tolerance;
      });
    }
    return std::nullopt;
  }

 private:
  /// The point of the smallest sizes; among equal ones the first, and none that is ill-conditioned.
  template <class Points>
  static const typename Points::value_type* smallest(const Points& points) {
    const typename Points::value_type* best = nullptr;
    const auto volume = [](const auto& point) {
      std::int64_t product = 1;
      for (const auto& [name, size] : point->sizes) product *= size;
      return product;
    };
    for (const auto& point : points) {
      if (point->ill_conditioned) continue;
      if (best == nullptr || volume(point) < volume(*best)) best = &point;
    }
    return best;
  }

  template <class Field, class Drawn, class Same>
  std::optional<Repair> screened(Drawn& at, double cost, const Same& same) {
    std::optional<Screen<Field, Drawn>> screen;
    try {
      screen.emplace(at, indices_, truth_);
    } catch (const check::Redraw&) {
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
      work += cost * (work_of_a_candidate + check::scalar_operations(indices_, edit.edited, at.sizes) / entries);
      if (work > most_work || false_alarms > most_false_alarms) return true;
      if (!screen->passes(edit.edited, same)) return false;
      if (judge_.compare(indices_, truth_, edit.edited).verdict != Verdict::holds) {
        ++false_alarms;
        return false;
      }
      const Expr formula = without_shadows(edit.edited, indices_);
      repair = Repair{edit.advice(), formula, judge_.scope().written(formula)};
      return true;
    };
    for (const EditKind kind : {EditKind::factor, EditKind::power, EditKind::name, EditKind::index, EditKind::surplus,
                                EditKind::atom, EditKind::missing}) {
      if (visit_edits(material_, kind, visitor)) break;
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
