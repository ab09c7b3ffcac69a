#include "engine/tape/draw.hpp"

#include <array>

#include "engine/tape/tape.hpp"
#include "engine/text.hpp"
#include "tests/catch.hpp"

namespace chalktape::engine {
namespace {

using Catch::Matchers::Contains;

struct Picture {
  Tape tape;
  NodeId x, gamma, square, y;
  explicit Picture(const std::string& name = "xhat") {
    x = tape.input("x", Tensor::zeros({2, 3}, DType::f64));
    gamma = tape.input("gamma", Tensor::zeros({3}, DType::f64), false);
    square = power(tape, x, 2.0);
    y = multiply(tape, add(tape, square, tape.constant(0.5, DType::f64)), gamma);
    tape.set_name(square, name);
    tape.set_name(y, "y");
  }
};

TEST_CASE("a graph as text") {
  const Picture picture;
  DrawOptions options;
  options.backward = true;
  options.shapes[picture.x] = "N×D";
  CHECK(to_text(picture.tape.graph(), options) ==
        "x = input : N×D\n"
        "gamma = input, no gradient : 3\n"
        "xhat = square(x) : 2×3\n"
        "0.5 = constant : scalar\n"
        "v4 = add(xhat, 0.5) : 2×3\n"
        "y = multiply(v4, gamma) : 2×3\n"
        "backward\n"
        "dv4 += pullback of dy by operand 1 of y = multiply(v4, gamma)\n"
        "dxhat += pullback of dv4 by operand 1 of v4 = add(xhat, 0.5)\n"
        "dx += pullback of dxhat by operand 1 of xhat = square(x)\n");
}

TEST_CASE("a graph in Graphviz' language") {
  const Picture picture;
  DrawOptions options;
  options.backward = true;
  const std::string dot = to_dot(picture.tape.graph(), options);
  CHECK_THAT(dot, Contains("2 [id=\"node_2\", label=\"xhat\\nsquare\\n2×3\"];"));
  CHECK_THAT(dot, Contains("0->2  [id=\"forward_0_2_0\", class=forward];"));
  CHECK_THAT(dot, Contains("4->2  [id=\"backward_4_2_0\", class=backward, color=\"#c81e1e\", fontcolor=\"#c81e1e\", "
                           "label=\"dxhat\", constraint=false];"));
  CHECK_THAT(dot, !Contains("backward_5_1"));  // gamma takes no gradient
  options.backward = false;
  CHECK_THAT(to_dot(picture.tape.graph(), options), !Contains("backward"));
}

TEST_CASE("a graph as SVG, the same bytes each time") {
  const Picture picture;
  DrawOptions options;
  options.backward = true;
  options.title = "batch & norm";
  const std::string svg = to_svg(picture.tape.graph(), options);
  CHECK_THAT(svg, Contains("<svg") && Contains("</svg>"));
  CHECK_THAT(svg, Contains("id=\"node_2\"") && Contains(">xhat</text>") && Contains(">2×3</text>"));
  CHECK_THAT(svg, Contains(">dxhat</text>") && Contains("stroke=\"#c81e1e\""));
  CHECK_THAT(svg, Contains(">batch &amp; norm</text>"));
  CHECK(to_svg(picture.tape.graph(), options) == svg);
  const Picture again;
  CHECK(to_svg(again.tape.graph(), options) == svg);
}

TEST_CASE("hostile names stay text") {
  const std::string hostile = "\"];evil[label=\"<b>\\N&lt;\n\x01\xff";
  const Picture picture(hostile);
  const std::string svg = to_svg(picture.tape.graph());
  CHECK_THAT(svg, Contains("&quot;];evil[label=&quot;&lt;b&gt;\\N&amp;lt;\uFFFD\uFFFD\uFFFD</text>"));
  CHECK_THAT(to_dot(picture.tape.graph()),
             Contains("label=\"\\\"];evil[label=\\\"<b>\\\\N&amp;lt;\uFFFD\uFFFD\uFFFD\\n"));
  CHECK_THAT(to_text(picture.tape.graph()), Contains("\n\"];evil[label=\"<b>\\N&lt;\uFFFD\uFFFD\uFFFD = square(x)"));
}

TEST_CASE("text from outside is made printable") {
  CHECK(printable("x̂ → ∂L/∂x 𝛼") == "x̂ → ∂L/∂x 𝛼");
  CHECK(printable("a\tb\x7f") == "a\uFFFDb\uFFFD");
  CHECK(printable("\xC2\x85") == "\uFFFD");                  // a control character beyond ASCII
  CHECK(printable("\xC0\xAF") == "\uFFFD\uFFFD");            // overlong
  CHECK(printable("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");  // a surrogate
  CHECK(printable("\xF0\x9D\x9B") == "\uFFFD\uFFFD\uFFFD");  // cut short
  CHECK(printable("a\u202Eb") == "a\uFFFDb");                // what follows would be shown from right to left
  CHECK(printable("abcdef", 3) == "abc…");
  CHECK(printable("abc", 3) == "abc");
}

}  // namespace
}  // namespace chalktape::engine
