// Contraction: a sum of products of two operands, y_r = Σ a_α b_β over the letters of α and β that r lacks.
#pragma once

#include <string>
#include <string_view>

#include "engine/ops/op.hpp"
#include "engine/tensor/tensor_functions.hpp"

namespace chalktape::engine::ops {

// contraction "α,β->r":  dL/da = contraction "r,β->α" of g and b,  dL/db = contraction "α,r->β" of a and g.
// Every letter stands in two of α, β, r, so these are patterns of the same kind.
struct Contraction {
  static constexpr OpKind kind = OpKind::contraction;
  static constexpr std::string_view name = "contraction", function = "", latex = R"(\sum_{#i} #1 \, #2)";
  static constexpr std::array<std::string_view, 2> derivative{"b", "a"};
  static constexpr std::array<Interval, 2> domain{{{-2, 2}, {-2, 2}}};
  static Shape result_shape(const Shape& a, const Shape& b, const ContractionPattern& p) {
    return contracted_shape(a, b, p);
  }
  static Tensor value(const Tensor& a, const Tensor& b, const ContractionPattern& p) { return contraction(a, b, p); }
  template <class V>
  static V pullback_a(const V& g, const V& /*a*/, const V& b, const ContractionPattern& p) {
    const PatternLetters l = letters_of(p);
    return contraction(g, b, ContractionPattern{l.result + "," + l.b + "->" + l.a});
  }
  template <class V>
  static V pullback_b(const V& g, const V& a, const V& /*b*/, const ContractionPattern& p) {
    const PatternLetters l = letters_of(p);
    return contraction(a, g, ContractionPattern{l.a + "," + l.result + "->" + l.b});
  }
};

}  // namespace chalktape::engine::ops
