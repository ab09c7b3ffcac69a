// What a lesson is made of.
#include "lesson/lesson.hpp"

#include <algorithm>

#include "lesson/page.hpp"
#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape::lesson {
namespace {

Options small() {
  Options options;
  options.worked.dtype = engine::DType::f64;
  return options;
}

/// The tokens of an expression, with names for the nodes.
std::vector<std::string> on_tape(LayerLesson& lesson, const std::string& text) {
  const auto e = notation::parse_expression(text, lesson.layer).value;
  std::vector<std::string> named;
  for (const std::string& token : lesson.matching->of(e)) {
    const auto node = static_cast<engine::NodeId>(std::stoul(token.substr(1)));
    named.push_back(token.substr(0, 1) + " " + engine::display_name(lesson.sweeps->tape.graph(), node));
  }
  std::sort(named.begin(), named.end());
  return named;
}

using Tokens = std::vector<std::string>;

}  // namespace

TEST_CASE("parts of formulas are found on the tape by their numbers", "[lesson]") {
  LayerLesson lesson = make_lesson(tests::builtin("softmax"), "", small());
  // softmax: e = exp(x), Z = sum of e, p = e/Z.
  const auto& definitions = lesson.layer.definitions;
  REQUIRE(definitions.size() >= 2);
  CHECK(on_tape(lesson, "x[i,j]") == Tokens{"v x"});
  CHECK(on_tape(lesson, "exp(x[i,j])").size() == 1);
  CHECK(on_tape(lesson, "p[i,j]") == Tokens{"v p"});
  // Other letters are the same array, other arrays are not.
  CHECK(on_tape(lesson, "p[k,l]") == Tokens{"v p"});
  CHECK(on_tape(lesson, "2*p[i,j]").empty());
  CHECK(on_tape(lesson, "N").empty());
  CHECK(on_tape(lesson, "1/2").empty());
  // The closed form is the gradient.
  const Tokens gradient = on_tape(lesson, "p[i,j]*(dp[i,j] - sum[k](dp[i,k]*p[i,k]))");
  CHECK(std::find(gradient.begin(), gradient.end(), "g x") != gradient.end());
}

TEST_CASE("transposed entries are the same array", "[lesson]") {
  LayerLesson lesson =
      make_lesson(tests::layer_of("layer f(a[N,D], b[D,N])\n  y[i,j] = a[i,j]*b[j,i]\n  return y\n"), "", small());
  // The tape moves b's entries before it multiplies: v2 is b transposed.
  CHECK(on_tape(lesson, "b[j,i]") == Tokens{"v b", "v v2"});
  CHECK(on_tape(lesson, "a[i,j]") == Tokens{"v a"});
}

TEST_CASE("a lesson of every kind of layer", "[lesson]") {
  for (const char* text : {
           "layer scalar(a)\n  y = a^2\n  return y\n",
           "layer loss(x[N])\n  L = sum[i](x[i]^2)\n  return L\n",
           "layer two(x[N], c; k = 2)\n  u[i] = c*x[i]^k\n  v[i] = exp(u[i])\n  return u, v\n",
           "layer stopped(x[N])\n  y[i] = stop(x[i])*x[i] + relu(x[i])\n  return y\n",
           "layer unused(x[N], b[N])\n  y[i] = x[i]\n  z[i] = 3*b[i]\n  return y\n",
       }) {
    INFO(text);
    std::vector<LayerLesson> lessons;
    lessons.push_back(make_lesson(tests::layer_of(text), text, small()));
    const std::string page = write_page(lessons);
    CHECK(page.starts_with("<!doctype html>"));
    CHECK(page.ends_with("</html>\n"));
    CHECK(page.find("The paper road") != std::string::npos);
  }
}

TEST_CASE("the same lesson gives the same bytes", "[lesson]") {
  const auto page = [] {
    std::vector<LayerLesson> lessons;
    lessons.push_back(make_lesson(tests::builtin("layer_norm"), "# a comment", small()));
    lessons.push_back(make_lesson(tests::builtin("sigmoid"), "", small()));
    return write_page(lessons);
  };
  CHECK(page() == page());
}

}  // namespace chalktape::lesson
