// Elementwise ops of one operand: y = f(x).
#pragma once

#include <cmath>
#include <numbers>

#include "engine/ops/op.hpp"
#include "engine/tensor/scalar.hpp"

namespace chalktape::engine::ops {

// exp: y = eˣ.  dL/dx = g y.
struct Exp : UnaryFunction {
  static constexpr std::string_view name = "exp", function = name, latex = R"(\exp\left(#1\right))", derivative = "y";
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-30.0, 0.0, 1.0, 12.0};
  static constexpr ValueSign value_sign = ValueSign::positive;
  static constexpr std::string_view at_zero = "1", library = name;
  static auto value(auto x) { return std::exp(x); }
  static auto pullback(auto g, auto /*x*/, auto y) { return g * y; }
};

// log: y = ln x.  dL/dx = g / x.  Domain x > 0.
struct Log : UnaryFunction {
  static constexpr std::string_view name = "log", function = name, latex = R"(\log\left(#1\right))", derivative = "1/x";
  static constexpr Interval domain{0.2, 5};
  static constexpr std::array points{1e-2, 1.0, 1e6};
  static constexpr std::string_view library = name;
  static auto value(auto x) { return std::log(x); }
  static auto pullback(auto g, auto x, auto /*y*/) { return g / x; }
};

// sqrt: y = √x.  dL/dx = g / (2 y).  Domain x > 0.
struct Sqrt : UnaryFunction {
  static constexpr int cost = 4;
  static constexpr std::string_view name = "sqrt", function = name, latex = R"(\sqrt{#1})", derivative = "1/(2*y)";
  static constexpr Interval domain{0.1, 10};
  static constexpr std::array points{1e-2, 1.0, 1e8};
  static constexpr std::string_view library = name;
  static auto value(auto x) { return std::sqrt(x); }
  static auto pullback(auto g, auto /*x*/, auto y) { return g / (2 * y); }
};

// abs: y = |x|.  dL/dx = g sign x, with sign 0 = 0.
struct Abs : UnaryFunction {
  static constexpr int cost = 1;
  static constexpr std::string_view name = "abs", function = name, latex = R"(\left|#1\right|)",
                                    derivative = "step(x) - step(-x)";
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-1e6, -0.5, 0.5, 1e6};
  static constexpr ValueSign value_sign = ValueSign::nonnegative;
  static constexpr std::string_view at_zero = "0";
  static auto value(auto x) { return std::abs(x); }
  static auto pullback(auto g, auto x, auto /*y*/) { return g * (step(x) - step(-x)); }
};

// sin: y = sin x.  dL/dx = g cos x.
struct Sin : UnaryFunction {
  static constexpr std::string_view name = "sin", function = name, latex = R"(\sin\left(#1\right))",
                                    derivative = "cos(x)";
  static constexpr Interval domain{-3, 3};
  static constexpr std::array points{0.0, std::numbers::pi / 2, 100.0};
  static constexpr std::string_view at_zero = "0", library = name;
  static auto value(auto x) { return std::sin(x); }
  static auto pullback(auto g, auto x, auto /*y*/) {
    using std::cos;
    return g * cos(x);
  }
};

// cos: y = cos x.  dL/dx = −g sin x.
struct Cos : UnaryFunction {
  static constexpr std::string_view name = "cos", function = name, latex = R"(\cos\left(#1\right))",
                                    derivative = "-sin(x)";
  static constexpr Interval domain{-3, 3};
  static constexpr std::array points{0.0, std::numbers::pi / 2, 100.0};
  static constexpr std::string_view at_zero = "1", library = name;
  static auto value(auto x) { return std::cos(x); }
  static auto pullback(auto g, auto x, auto /*y*/) {
    using std::sin;
    return -(g * sin(x));
  }
};

// tanh: y = tanh x.  dL/dx = g (1 − y²).
struct Tanh : UnaryFunction {
  static constexpr std::string_view name = "tanh", function = name, latex = R"(\tanh\left(#1\right))",
                                    derivative = "1 - y^2";
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-20.0, 0.0, 0.5, 20.0};
  static constexpr ValueSign value_sign = ValueSign::of_operand;
  static constexpr std::string_view at_zero = "0", library = name;
  static auto value(auto x) { return std::tanh(x); }
  static auto pullback(auto g, auto /*x*/, auto y) { return g * (1 - y * y); }
};

// sigmoid: y = 1 / (1 + e⁻ˣ).  dL/dx = g y (1 − y).
struct Sigmoid : UnaryFunction {
  static constexpr std::string_view name = "sigmoid", function = name,
                                    latex = R"(\operatorname{sigmoid}\left(#1\right))", derivative = "y*(1 - y)";
  static constexpr Interval domain{-4, 4};
  static constexpr std::array points{-800.0, -30.0, 0.0, 30.0, 800.0};
  static constexpr ValueSign value_sign = ValueSign::positive;
  static constexpr std::string_view at_zero = "1/2";
  static auto value(auto x) { return sigmoid(x); }
  static auto pullback(auto g, auto /*x*/, auto y) { return g * (y * (1 - y)); }
};

// relu: y = max(x, 0).  dL/dx = g step(x).
struct Relu : UnaryFunction {
  static constexpr int cost = 1;
  static constexpr std::string_view name = "relu", function = name, latex = R"(\operatorname{relu}\left(#1\right))",
                                    derivative = "step(x)";
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-1e6, -0.5, 0.5, 1e6};
  static constexpr ValueSign value_sign = ValueSign::nonnegative;
  static constexpr std::string_view at_zero = "0";
  static auto value(auto x) { return relu(x); }
  static auto pullback(auto g, auto x, auto /*y*/) { return g * step(x); }
};

// step: y = 1 for x > 0, else 0.  dL/dx = 0.
struct Step : UnaryFunction {
  static constexpr int cost = 1;
  static constexpr std::string_view name = "step", function = name, latex = R"(\operatorname{step}\left(#1\right))",
                                    derivative = "0";
  static constexpr bool passes_gradient = false;
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-1.0, 1.0, 1e6};
  static constexpr ValueSign value_sign = ValueSign::nonnegative;
  static constexpr std::string_view at_zero = "0";
  static auto value(auto x) { return step(x); }
  static auto pullback(auto g, auto /*x*/, auto /*y*/) { return g * 0; }
};

// erf: y = 2/√π ∫₀ˣ e^(−t²) dt.  dL/dx = g 2/√π e^(−x²).
struct Erf : UnaryFunction {
  static constexpr std::string_view name = "erf", function = name, latex = R"(\operatorname{erf}\left(#1\right))",
                                    derivative = "2/sqrt(pi)*exp(-x^2)";
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-6.0, 0.0, 0.5, 6.0};
  static constexpr ValueSign value_sign = ValueSign::of_operand;
  static constexpr std::string_view at_zero = "0";
  static auto value(auto x) { return std::erf(x); }
  static auto pullback(auto g, auto x, auto /*y*/) {
    using std::exp;
    return g * (2 * std::numbers::inv_sqrtpi * exp(-(x * x)));
  }
};

// softplus: y = log(1 + eˣ).  dL/dx = g sigmoid(x).
struct Softplus : UnaryFunction {
  static constexpr std::string_view name = "softplus", function = name,
                                    latex = R"(\operatorname{softplus}\left(#1\right))", derivative = "sigmoid(x)";
  static constexpr Interval domain{-4, 4};
  static constexpr std::array points{-800.0, -30.0, 0.0, 30.0, 800.0};
  static constexpr ValueSign value_sign = ValueSign::positive;
  static auto value(auto x) { return softplus(x); }
  static auto pullback(auto g, auto x, auto /*y*/) { return g * sigmoid(x); }
};

// stop: y = x, but a constant for differentiation.  dL/dx = 0.
struct StopGradient : UnaryFunction {
  static constexpr int cost = 1;
  static constexpr std::string_view name = "stop_gradient", function = "stop",
                                    latex = R"(\operatorname{stop}\left(#1\right))", derivative = "0";
  static constexpr bool passes_gradient = false;
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-1.0, 0.0, 1e6};
  static constexpr ValueSign value_sign = ValueSign::of_operand;
  static auto value(auto x) { return x; }
  static auto pullback(auto g, auto /*x*/, auto /*y*/) { return g * 0; }
};

// negate: y = −x.  dL/dx = −g.
struct Negate : UnaryAtom {
  static constexpr std::string_view name = "negate", latex = "-#1", derivative = "-1";
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-1.0, 0.0, 1e6};
  static auto value(auto x) { return -x; }
  static auto pullback(auto g, auto /*x*/, auto /*y*/) { return -g; }
};

// square: y = x².  dL/dx = 2 g x.
struct Square : UnaryAtom {
  static constexpr std::string_view name = "square", latex = R"(\left(#1\right)^{2})", derivative = "2*x";
  static constexpr Interval domain{-2, 2};
  static constexpr std::array points{-1e3, 0.0, 1e3};
  static auto value(auto x) { return x * x; }
  static auto pullback(auto g, auto x, auto /*y*/) { return g * (2 * x); }
};

// reciprocal: y = 1/x.  dL/dx = −g y².  Domain x ≠ 0.
struct Reciprocal : UnaryAtom {
  static constexpr std::string_view name = "reciprocal", latex = R"(\frac{1}{#1})", derivative = "-y^2";
  static constexpr Interval domain{0.2, 5};
  static constexpr std::array points{-0.1, 0.1, 1.0, 1e6};
  static auto value(auto x) { return 1 / x; }
  static auto pullback(auto g, auto /*x*/, auto y) { return -(g * (y * y)); }
};

// power_constant: y = xᶜ.  dL/dx = g c x^(c−1), which is 0 for c = 0 even at x = 0.
struct PowerConstant : UnaryAtom {
  static constexpr std::string_view name = "power_constant", latex = R"(\left(#1\right)^{#c})",
                                    derivative = "c*x^(c - 1)";
  static constexpr Interval domain{0.2, 3};
  static constexpr std::array points{0.1, 1.0, 50.0};
  static auto value(auto x, double c) { return power(x, c); }
  static auto pullback(auto g, auto x, auto /*y*/, double c) { return c == 0 ? g * 0 : g * (c * power(x, c - 1)); }
};

}  // namespace chalktape::engine::ops
