// Elementwise ops of two operands, broadcast as NumPy does: y = f(a, b). The registry sums each contribution over the
// axes along which its operand was broadcast.
#pragma once

#include <cmath>

#include "engine/ops/op.hpp"
#include "engine/tensor/scalar.hpp"

namespace chalktape::engine::ops {

// add: y = a + b.  dL/da = g, dL/db = g.
struct Add : BinaryOp {
  static constexpr std::string_view name = "add", latex = "#1 + #2";
  static constexpr std::array<std::string_view, 2> derivative{"1", "1"};
  static constexpr std::array<Interval, 2> domain{{{-2, 2}, {-2, 2}}};
  static constexpr std::array points{1.0, 2.0, 1e6, -1e6, 0.0, 1e-9};
  static auto value(auto a, auto b) { return a + b; }
  static auto pullback_a(auto g, auto /*a*/, auto /*b*/, auto /*y*/) { return g; }
  static auto pullback_b(auto g, auto /*a*/, auto /*b*/, auto /*y*/) { return g; }
};

// subtract: y = a − b.  dL/da = g, dL/db = −g.
struct Subtract : BinaryOp {
  static constexpr std::string_view name = "subtract", latex = "#1 - #2";
  static constexpr std::array<std::string_view, 2> derivative{"1", "-1"};
  static constexpr std::array<Interval, 2> domain{{{-2, 2}, {-2, 2}}};
  static constexpr std::array points{1.0, 2.0, 1e6, 1e6, 0.0, 1e-9};
  static auto value(auto a, auto b) { return a - b; }
  static auto pullback_a(auto g, auto /*a*/, auto /*b*/, auto /*y*/) { return g; }
  static auto pullback_b(auto g, auto /*a*/, auto /*b*/, auto /*y*/) { return -g; }
};

// multiply: y = a b.  dL/da = g b, dL/db = g a.
struct Multiply : BinaryOp {
  static constexpr std::string_view name = "multiply", latex = R"(#1 \, #2)";
  static constexpr std::array<std::string_view, 2> derivative{"b", "a"};
  static constexpr std::array<Interval, 2> domain{{{-2, 2}, {-2, 2}}};
  static constexpr std::array points{1.0, 2.0, 1e3, 1e-3, 0.0, 5.0};
  static auto value(auto a, auto b) { return a * b; }
  static auto pullback_a(auto g, auto /*a*/, auto b, auto /*y*/) { return g * b; }
  static auto pullback_b(auto g, auto a, auto /*b*/, auto /*y*/) { return g * a; }
};

// divide: y = a / b.  dL/da = g / b, dL/db = −g y / b.  Domain b ≠ 0.
struct Divide : BinaryOp {
  static constexpr std::string_view name = "divide", latex = R"(\frac{#1}{#2})";
  static constexpr std::array<std::string_view, 2> derivative{"1/b", "-y/b"};
  static constexpr std::array<Interval, 2> domain{{{-2, 2}, {0.5, 2}}};
  static constexpr std::array points{1.0, 2.0, 1.0, 1e-1, 0.0, -5.0, 1e3, 1e3};
  static auto value(auto a, auto b) { return a / b; }
  static auto pullback_a(auto g, auto /*a*/, auto b, auto /*y*/) { return g / b; }
  static auto pullback_b(auto g, auto /*a*/, auto b, auto y) { return -(g * y / b); }
};

// power: y = aᵇ.  dL/da = g b a^(b−1), dL/db = g y log a.  Domain a > 0.
struct Power : BinaryOp {
  static constexpr std::string_view name = "power", latex = R"(\left(#1\right)^{#2})";
  static constexpr std::array<std::string_view, 2> derivative{"b*a^(b - 1)", "y*log(a)"};
  static constexpr std::array<Interval, 2> domain{{{0.2, 3}, {-2, 2}}};
  static constexpr std::array points{1.0, 2.0, 0.1, -1.5, 20.0, 3.0};
  static auto value(auto a, auto b) { return std::pow(a, b); }
  static auto pullback_a(auto g, auto a, auto b, auto /*y*/) {
    using std::pow;
    return g * (b * pow(a, b - 1));
  }
  static auto pullback_b(auto g, auto a, auto /*b*/, auto y) {
    using std::log;
    return g * (y * log(a));
  }
};

// maximum: y = max(a, b).  dL/da = g for a > b, g/2 for a = b, else 0; likewise dL/db.
struct Maximum : BinaryOp {
  static constexpr std::string_view name = "maximum", function = "max", latex = R"(\max\left(#1, #2\right))";
  static constexpr std::array<std::string_view, 2> derivative{"(1 + step(a - b) - step(b - a))/2",
                                                              "(1 + step(b - a) - step(a - b))/2"};
  static constexpr std::array<Interval, 2> domain{{{-2, 2}, {-2, 2}}};
  static constexpr std::array points{1.0, 2.0, 2.0, 1.0, 1e6, 0.0};
  static auto value(auto a, auto b) { return a > b || std::isnan(a) ? a : b; }
  static auto pullback_a(auto g, auto a, auto b, auto /*y*/) { return g * ((1 + step(a - b) - step(b - a)) / 2); }
  static auto pullback_b(auto g, auto a, auto b, auto /*y*/) { return g * ((1 + step(b - a) - step(a - b)) / 2); }
};

// minimum: y = min(a, b).  dL/da = g for a < b, g/2 for a = b, else 0; likewise dL/db.
struct Minimum : BinaryOp {
  static constexpr std::string_view name = "minimum", function = "min", latex = R"(\min\left(#1, #2\right))";
  static constexpr std::array<std::string_view, 2> derivative{"(1 + step(b - a) - step(a - b))/2",
                                                              "(1 + step(a - b) - step(b - a))/2"};
  static constexpr std::array<Interval, 2> domain{{{-2, 2}, {-2, 2}}};
  static constexpr std::array points{1.0, 2.0, 2.0, 1.0, 1e6, 0.0};
  static auto value(auto a, auto b) { return a < b || std::isnan(a) ? a : b; }
  static auto pullback_a(auto g, auto a, auto b, auto /*y*/) { return g * ((1 + step(b - a) - step(a - b)) / 2); }
  static auto pullback_b(auto g, auto a, auto b, auto /*y*/) { return g * ((1 + step(a - b) - step(b - a)) / 2); }
};

}  // namespace chalktape::engine::ops
