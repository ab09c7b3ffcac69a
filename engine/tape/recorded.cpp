#include "engine/tape/recorded.hpp"

#include <array>

namespace chalktape::engine {

namespace {

Recorded one(std::string_view op, const Recorded& x, const Attributes& attributes = {}) {
  Tape& tape = x.tape(op);
  return {tape, tape.apply(op, std::array{x.node()}, attributes)};
}

Recorded two(std::string_view op, const Recorded& a, const Recorded& b, const Attributes& attributes = {}) {
  Tape& tape = a.tape(op);
  if (&tape != &b.tape(op)) throw Error(std::string(op) + ": operands on two tapes");
  return {tape, tape.apply(op, std::array{a.node(), b.node()}, attributes)};
}

Recorded reduced(std::string_view op, const Recorded& x, const Reduction& reduction) {
  Tape& tape = x.tape(op);
  return {tape, reduce(tape, op, x.node(), reduction.axes, reduction.keepdim)};
}

Recorded number(double value, const Recorded& like) {
  Tape& tape = like.tape("number");
  return {tape, tape.constant(value, like.dtype())};
}

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
Recorded abs(const Recorded& x) { return one("abs", x); }
Recorded sin(const Recorded& x) { return one("sin", x); }
Recorded cos(const Recorded& x) { return one("cos", x); }
Recorded tanh(const Recorded& x) { return one("tanh", x); }
Recorded sigmoid(const Recorded& x) { return one("sigmoid", x); }
Recorded relu(const Recorded& x) { return one("relu", x); }
Recorded step(const Recorded& x) { return one("step", x); }
Recorded erf(const Recorded& x) { return one("erf", x); }
Recorded softplus(const Recorded& x) { return one("softplus", x); }
Recorded stop_gradient(const Recorded& x) { return one("stop_gradient", x); }
Recorded square(const Recorded& x) { return one("square", x); }
Recorded power(const Recorded& x, double exponent) {
  Tape& tape = x.tape("power");
  return {tape, power(tape, x.node(), exponent)};
}
Recorded pow(const Recorded& a, const Recorded& b) { return two("power", a, b); }
Recorded maximum(const Recorded& a, const Recorded& b) { return two("maximum", a, b); }
Recorded minimum(const Recorded& a, const Recorded& b) { return two("minimum", a, b); }

Recorded sum(const Recorded& x, const Reduction& reduction) { return reduced("sum", x, reduction); }
Recorded mean(const Recorded& x, const Reduction& reduction) { return reduced("mean", x, reduction); }
Recorded max(const Recorded& x, const Reduction& reduction) { return reduced("max", x, reduction); }
Recorded min(const Recorded& x, const Reduction& reduction) { return reduced("min", x, reduction); }
Recorded transpose(const Recorded& x, const Permutation& permutation) { return one("transpose", x, permutation); }
Recorded reshape(const Recorded& x, const Shape& shape) {
  Tape& tape = x.tape("reshape");
  return {tape, reshape(tape, x.node(), shape)};
}
Recorded broadcast_to(const Recorded& x, const Shape& shape) {
  Tape& tape = x.tape("broadcast_to");
  return {tape, broadcast_to(tape, x.node(), shape)};
}
Recorded diagonal(const Recorded& x, const DiagonalAxes& axes) { return one("diagonal", x, axes); }
Recorded embed_diagonal(const Recorded& x, const DiagonalAxes& axes) { return one("embed_diagonal", x, axes); }
Recorded contraction(const Recorded& a, const Recorded& b, const ContractionPattern& pattern) {
  return two("contraction", a, b, pattern);
}

}  // namespace chalktape::engine
