#include "symbolic/claims/screen.hpp"

#include <algorithm>
#include <cmath>

#include "symbolic/check/proof_sizes.hpp"
#include "symbolic/claims/sites.hpp"

namespace chalktape::claims {

using language::Expr;
using language::Index;

namespace {

/// Relative to the numbers themselves, and to the largest at the point: that much may be lost where they cancel.
constexpr double relative_tolerance = 1e-7, tolerance_of_scale = 1e-11;
constexpr double most_operations_of_a_screen = 1e5;  // of a formula at a point, or it is left out

double entries_at(const check::SizeMap& sizes) {
  double product = 1;
  for (const auto& [name, size] : sizes) product *= static_cast<double>(size);
  return product;
}

}  // namespace

Screen::Point::Point(const Scope& scope, const check::DrawnPoint<check::Digits>& at,
                     const std::vector<language::Definition>& definitions)
    : sizes(at.sizes), evaluator(field, sizes, definitions) {
  const auto take = [&](const std::string& name) {
    const auto& exact = at.point->array(name);
    check::Evaluator<Doubles>::Array rounded{exact.dimensions, {}};
    for (const auto& entry : exact.entries) rounded.entries.push_back({cln::double_approx(entry.value.middle), -1});
    evaluator.set(name, std::move(rounded));
  };
  const auto& layer = scope.layer;
  for (const auto& constant : layer.constants) take(constant.name);
  for (const auto& tensor : layer.tensors) {
    take(tensor.name);
    take("d" + tensor.name);
  }
  for (const auto& definition : layer.definitions) {
    take(definition.name);
    take("d" + definition.name);
  }
  for (const std::string& output : layer.outputs) take("d" + output + "_total");
  for (const auto& definition : scope.own) take(definition.name);
}

Screen::Screen(Judge& judge, const std::vector<Index>& indices, const Expr& truth, const Expr& wrong)
    : scope_(judge.scope()), indices_(indices), truth_(truth), wrong_(wrong), definitions_(scope_.layer.definitions) {
  definitions_.insert(definitions_.end(), scope_.own.begin(), scope_.own.end());
  for (const auto& at : judge.numeric_points()) {
    if (at->is_ill_conditioned() || check::scalar_operations(indices, wrong, at->sizes()) > most_operations_of_a_screen)
      continue;
    add_point(*at);
  }
  std::stable_sort(points_.begin(), points_.end(), [](const auto& a, const auto& b) {
    return a->differs == b->differs ? entries_at(a->sizes) < entries_at(b->sizes) : a->differs;
  });
}

void Screen::add_point(check::NumericPoint& at) {
  try {
    check::DrawnPoint<check::Digits>& drawn = at.with_enough();
    auto point = std::make_unique<Point>(scope_, drawn, definitions_);
    for (const auto& entry : drawn.truth(indices_, truth_).entries)
      point->truth.entries.push_back({cln::double_approx(entry.value.middle), -1});
    const auto found = values_of(*point, wrong_, indices_);
    if (!found) return;
    for (std::size_t i = 0; i < found->size(); ++i) {
      const double truth = point->truth.entries[i].value;
      if (!std::isfinite(truth) || !std::isfinite((*found)[i])) return;
      point->scale = std::max({point->scale, std::abs(truth), std::abs((*found)[i])});
    }
    for (std::size_t i = 0; i < found->size() && !point->differs; ++i) {
      point->differs = !same((*found)[i], point->truth.entries[i].value, point->scale);
      if (point->differs) point->wrong_entry = i;
    }
    points_.push_back(std::move(point));
  } catch (const check::Redraw&) {  // the truth has no value there, or none that this arithmetic knows
  } catch (const check::Imprecise&) {
  } catch (const check::NotApplicable&) {
  } catch (const cln::runtime_exception&) {
  }
}

bool Screen::same(double found, double truth, double scale) {
  return std::abs(found - truth) <=
         relative_tolerance * (std::abs(found) + std::abs(truth)) + tolerance_of_scale * scale;
}

bool Screen::passes(const Expr& e) {
  try {
    return std::all_of(points_.begin(), points_.end(), [&](const auto& point) {
      return point->evaluator.agrees(indices_, e, point->truth, point->wrong_entry,
                                     [&](double found, double truth) { return same(found, truth, point->scale); });
    });
  } catch (const check::NotApplicable&) {
    return false;
  }
}

bool Screen::is_idle(const Expr& e, const std::vector<Index>& indices) {
  if (e->kind == language::Kind::number || e->kind == language::Kind::access) return false;
  bool is_zero = true, is_one = true;
  for (const auto& point : points_) {
    const auto values = values_of(*point, e, indices);
    if (!values) return false;
    for (const double value : *values) {
      is_zero = is_zero && value == 0;
      is_one = is_one && std::abs(value - 1) < relative_tolerance;
    }
    if (!is_zero && !is_one) return false;
  }
  return true;
}

std::optional<Screen::Values> Screen::values_of(Point& point, const Expr& e, const std::vector<Index>& indices) {
  try {
    Values values;
    for (const auto& entry : point.evaluator.values_of(indices, e).entries) values.push_back(entry.value);
    return values;
  } catch (const check::NotApplicable&) {
    return std::nullopt;
  }
}

bool Screen::may_lack(const std::vector<std::size_t>& site, const Expr& term, bool subtracted) {
  const auto [entry, is_new] = needed_.try_emplace(site);
  if (is_new) entry->second = needed_at(site);
  const auto& needed = entry->second;
  if (!needed) return true;
  const auto place = values_.try_emplace(term);
  if (place.second) place.first->second = values_of(*points_.front(), term, indices_);
  const auto& values = place.first->second;
  if (!values) return false;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const auto& wanted = (*needed)[i];
    const double value = subtracted ? -(*values)[i] : (*values)[i];
    if (wanted && !(std::abs(value - *wanted) <= 1e-5 * (std::abs(value) + std::abs(*wanted)) + 1e-9)) return false;
  }
  return true;
}

/// By entry; nothing where the entry does not depend on the node. Nothing at all where it is not affine.
std::optional<std::vector<std::optional<double>>> Screen::needed_at(const std::vector<std::size_t>& site) {
  Point& point = *points_.front();
  Expr node = wrong_;
  for (const std::size_t k : site) node = node->operands[k];
  const auto shifted = [&](const char* by) {
    return values_of(point, replaced(wrong_, site, language::binary(language::Kind::add, node, language::number(by))),
                     indices_);
  };
  const auto found = values_of(point, wrong_, indices_), once = shifted("1"), twice = shifted("2");
  if (!found || !once || !twice) return std::nullopt;
  std::vector<std::optional<double>> needed;
  for (std::size_t i = 0; i < found->size(); ++i) {
    const double slope = (*once)[i] - (*found)[i], next = (*twice)[i] - (*once)[i];
    if (!same(slope, next, point.scale)) return std::nullopt;
    const bool depends = std::abs(slope) > tolerance_of_scale * point.scale;
    needed.push_back(depends ? std::optional((point.truth.entries[i].value - (*found)[i]) / slope) : std::nullopt);
  }
  return needed;
}

}  // namespace chalktape::claims
