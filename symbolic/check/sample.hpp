// Random points that obey a layer's assumptions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "symbolic/check/point.hpp"

namespace chalktape::check {

/// Where the entries of a tensor are drawn from where no assumption says otherwise.
enum class Spread { mixed, positive, negative, small, large };

struct Bounds {
  std::optional<GiNaC::numeric> low, high;
};

/// What the layer's assumptions say of the single entries of its tensors, by name: x[i,j] > 0, 1 <= x[i,j].
std::map<std::string, Bounds> bounds_of(const language::Layer& layer);

/// Tensors on which the layer's definition of that number depends, and no definition before it that has a root: when
/// they are drawn anew, the radicands before it keep their values. May be empty.
std::set<std::string> tensors_of_its_own(const language::Layer& layer, std::size_t definition);

/// Draws everything a point needs: tensors from `spread` (`shifted` by 1000, for an ill-conditioned point) or within
/// their bounds; where an assumption says what the sum, the mean or the sum of squares of a tensor's entries over some
/// indices is, they are rescaled or shifted to obey it. Whether it obeys other assumptions is for the caller to test.
/// Throws Redraw.
template <class Field>
PointData<Field> draw(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes, Field& field,
                      Spread spread, bool shifted);

extern template PointData<Modular> draw(const language::Layer&, const std::map<std::string, std::int64_t>&, Modular&,
                                        Spread, bool);
extern template PointData<Digits> draw(const language::Layer&, const std::map<std::string, std::int64_t>&, Digits&,
                                       Spread, bool);

}  // namespace chalktape::check
