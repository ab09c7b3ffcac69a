#include "engine/recorded.hpp"

#include <array>

namespace chalktape::engine {

namespace {

Recorded one(std::string_view op, const Recorded& x, const Attributes& attributes = {}) {
  return {x.tape(), x.tape().apply(op, std::array{x.node()}, attributes)};
}

Recorded two(std::string_view op, const Recorded& a, const Recorded& b, const Attributes& attributes = {}) {
  if (&a.tape() != &b.tape()) throw Error(std::string(op) + ": operands on two tapes");
  return {a.tape(), a.tape().apply(op, std::array{a.node(), b.node()}, attributes)};
}

Recorded number(double value, const Recorded& like) { return {like.tape(), like.tape().constant(value, like.dtype())}; }

}  // namespace

Recorded operator+(const Recorded& a, const Recorded& b) { return two("add", a, b); }
Recorded operator-(const Recorded& a, const Recorded& b) { return two("subtract", a, b); }
Recorded operator*(const Recorded& a, const Recorded& b) { return two("multiply", a, b); }
Recorded operator/(const Recorded& a, const Recorded& b) { return two("divide", a, b); }
Recorded operator+(double a, const Recorded& b) { return number(a, b) + b; }
Recorded operator-(double a, const Recorded& b) { return number(a, b) - b; }
Recorded operator*(double a, const Recorded& b) { return number(a, b) * b; }
Recorded operator/(double a, const Recorded& b) { return number(a, b) / b; }
Recorded operator+(const Recorded& a, double b) { return a + number(b, a); }
Recorded operator-(const Recorded& a, double b) { return a - number(b, a); }
Recorded operator*(const Recorded& a, double b) { return a * number(b, a); }
Recorded operator/(const Recorded& a, double b) { return a / number(b, a); }
Recorded operator-(const Recorded& x) { return one("negate", x); }

Recorded exp(const Recorded& x) { return one("exp", x); }
Recorded log(const Recorded& x) { return one("log", x); }
Recorded sqrt(const Recorded& x) { return one("sqrt", x); }
Recorded sin(const Recorded& x) { return one("sin", x); }
Recorded cos(const Recorded& x) { return one("cos", x); }
Recorded sigmoid(const Recorded& x) { return one("sigmoid", x); }
Recorded step(const Recorded& x) { return one("step", x); }
Recorded power(const Recorded& x, double exponent) { return {x.tape(), power(x.tape(), x.node(), exponent)}; }
Recorded pow(const Recorded& a, const Recorded& b) { return two("power", a, b); }

Recorded sum(const Recorded& x, const Reduction& reduction) {
  return {x.tape(), reduce(x.tape(), "sum", x.node(), reduction.axes, reduction.keepdim)};
}
Recorded transpose(const Recorded& x, const Permutation& permutation) { return one("transpose", x, permutation); }
Recorded reshape(const Recorded& x, const Shape& shape) { return {x.tape(), reshape(x.tape(), x.node(), shape)}; }
Recorded broadcast_to(const Recorded& x, const Shape& shape) {
  return {x.tape(), broadcast_to(x.tape(), x.node(), shape)};
}
Recorded diagonal(const Recorded& x, const DiagonalAxes& axes) { return one("diagonal", x, axes); }
Recorded embed_diagonal(const Recorded& x, const DiagonalAxes& axes) { return one("embed_diagonal", x, axes); }
Recorded contraction(const Recorded& a, const Recorded& b, const ContractionPattern& pattern) {
  return two("contraction", a, b, pattern);
}

}  // namespace chalktape::engine
