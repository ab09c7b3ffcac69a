// Functions on tiles: what a plan's interpreter runs. engine/ops/tiles.hpp makes them from the ops' structs.
#pragma once

#include <array>
#include <cstdint>

namespace chalktape::engine {

/// An elementwise op on contiguous arrays of n entries: y = f(a, b), or y += f(a, b). Unary ops ignore b; c is a
/// constant exponent. y may be a or b.
using TileMap = void (*)(std::int64_t n, double c, void* y, const void* a, const void* b);

struct TileFunctions {
  TileMap map = nullptr;
  TileMap add_to = nullptr;
};

/// A reduction, in pieces. Partial results of tiles are carried in the dtype, those of many tiles in double.
struct TileReduction {
  double identity = 0;
  bool is_sum = false;  ///< then add_to of an elementwise op reduces that op's result
  /// y = y ⊕ a, entry by entry; c and b are ignored.
  TileMap combine = nullptr;
  /// totals = totals ⊕ x, entry by entry.
  void (*combine_wide)(std::int64_t n, double* totals, const void* x) = nullptr;
  /// x₀ ⊕ x₁ ⊕ …
  double (*row)(std::int64_t n, const void* x) = nullptr;
  /// n results in the dtype, each from the total that `count` entries gave together.
  void (*finish)(std::int64_t n, double count, const double* totals, void* results) = nullptr;
};

/// By dtype: f32, f64.
template <class F>
using ByDType = std::array<F, 2>;

}  // namespace chalktape::engine
