// Random points that obey a layer's assumptions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "symbolic/check/point.hpp"

namespace chalktape::check {

/// Where the entries of a tensor are drawn from where no assumption says otherwise: (−1, 1] or (0, 1], an eighth of it,
/// 16 times it, or all magnitudes from 2^−8 to 2^8.
enum class Spread { mixed, positive, negative, small, large, wide };

/// What constants are: their defaults, or a number a quarter or less above or below; where an assumption says where
/// they lie, some number there. A constant without a default is positive, or, `below`, negative. `any`: whatever has
/// the default's sign.
enum class Constants { by_default, above, below, any };

/// One entry that is put where something happens, whatever is drawn; or all entries of a tensor, multiplied by a value
/// above 0: what a norm is compared with is reached by no single one.
struct Placement {
  static constexpr std::size_t scales_all = static_cast<std::size_t>(-1);
  std::string tensor;
  std::size_t position = 0;  ///< row-major, or `scales_all`
  GiNaC::numeric value;
};

/// How the numbers of a point are drawn.
struct Manner {
  Spread spread = Spread::mixed;
  bool shifted = false;  ///< by 1000, for an ill-conditioned point
  Constants constants = Constants::by_default;
  std::vector<Placement> placements{};
  std::set<std::string> alike{};     ///< tensors whose entries are all as the first
  std::set<std::string> mirrored{};  ///< tensors whose entries have the other sign, where no assumption bounds them
  /// Whether everything is moved by some 2^−60: what is 0 here by chance alone is not 0 there.
  bool nudged = false;
};

struct Bounds {
  std::optional<GiNaC::numeric> low, high;
  /// Whether the number lies strictly between them.
  [[nodiscard]] bool allows(const GiNaC::numeric& n) const { return !(low && n <= *low) && !(high && n >= *high); }
};

/// What the layer's assumptions say of the single entries of its tensors, and of its constants, by name: x[i,j] > 0,
/// 1 <= slope.
std::map<std::string, Bounds> bounds_of(const language::Layer& layer);

/// The names of the tensors whose entries cannot be placed one by one, since an assumption ties them to each other.
std::set<std::string> tied_tensors(const language::Layer& layer);

/// How many roots are taken in the layer's definitions at these sizes: in F_p each has a value at every other draw.
double roots_in(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes);

/// Tensors on which the layer's definition of that number depends, and no definition before it that has a root: when
/// they are drawn anew, the radicands before it keep their values. May be empty.
std::set<std::string> tensors_of_its_own(const language::Layer& layer, std::size_t definition);

/// Draws everything a point needs: tensors in the manner asked for or within their bounds; where an assumption says
/// what the sum, the mean or the sum of squares of a tensor's entries over some indices is, they are rescaled or
/// shifted to obey it. Whether it obeys other assumptions is for the caller to test. In F_p constants are any residue.
/// Throws Redraw.
template <class Field>
PointData<Field> draw(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes, Field& field,
                      const Manner& manner = {});

extern template PointData<Modular> draw(const language::Layer&, const std::map<std::string, std::int64_t>&, Modular&,
                                        const Manner&);
extern template PointData<Digits> draw(const language::Layer&, const std::map<std::string, std::int64_t>&, Digits&,
                                       const Manner&);

}  // namespace chalktape::check
