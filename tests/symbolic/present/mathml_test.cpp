// Expressions in MathML.
#include "symbolic/present/mathml.hpp"

#include <cctype>
#include <vector>

#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/present/random_tree.hpp"

namespace chalktape {
namespace {

language::Layer mathml_layer() {
  return notation::load_layers(
             "layer f(x[N,D], gamma[D], running_mean[D], W[D,D]; eps)\n"
             "  mu[j]      = mean[i](x[i,j])\n"
             "  var[j]     = mean[i]((x[i,j] - mu[j])^2)\n"
             "  xhat[i,j]  = (x[i,j] - mu[j])/sqrt(var[j] + eps)\n"
             "  mu_b[j]    = mu[j]\n"
             "  odd[j]     = mu[j]\n"
             "  show var as \\sigma^2\n"
             "  show mu_b as \\mu_B\n"
             "  show odd as \\frac{a}{b}\n"
             "  return xhat\n",
             "f.chalk")
      .front();
}

std::string mathml(const std::string& text) {
  const language::Layer layer = mathml_layer();
  return present::to_mathml(notation::parse_expression(text, layer).value, layer);
}

/// Whether every element is closed where it should be.
bool is_well_formed(const std::string& markup) {
  std::vector<std::string> open;
  for (std::size_t at = markup.find('<'); at != std::string::npos; at = markup.find('<', at + 1)) {
    const std::size_t end = markup.find('>', at);
    if (end == std::string::npos) return false;
    const bool closes = markup[at + 1] == '/';
    std::size_t stop = at + 1 + (closes ? 1 : 0);
    const std::size_t begin = stop;
    while (std::isalpha(static_cast<unsigned char>(markup[stop])) != 0) ++stop;
    const std::string name = markup.substr(begin, stop - begin);
    if (name.empty()) return false;
    if (!closes) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

}  // namespace

TEST_CASE("formulas in MathML", "[present]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"gamma[j] + eps", "<msub><mi>γ</mi><mrow><mi>j</mi></mrow></msub><mo>+</mo><mi>ε</mi>"},
      {"2*N", "<mn>2</mn><mo>&#x2062;</mo><mi>N</mi>"},
      {"N*2", "<mi>N</mi><mo>·</mo><mn>2</mn>"},
      {"N/D", "<mfrac><mrow><mi>N</mi></mrow><mrow><mi>D</mi></mrow></mfrac>"},
      {"-(N + D)", "<mo form=\"prefix\">−</mo><mrow><mo>(</mo><mi>N</mi><mo>+</mo><mi>D</mi><mo>)</mo></mrow>"},
      {"1e-5", "<mrow><msup><mn>10</mn><mrow><mo>−</mo><mn>5</mn></mrow></msup></mrow>"},
      {"sqrt(N)", "<msqrt><mi>N</mi></msqrt>"},
      {"abs(eps)^2",
       "<msup><mrow><mrow><mo form=\"prefix\" fence=\"true\">|</mo><mi>ε</mi><mo form=\"postfix\" "
       "fence=\"true\">|</mo></mrow></mrow><mrow><mn>2</mn></mrow></msup>"},
      {"sigmoid(eps)", "<mrow><mi>sigmoid</mi><mo>&#x2061;</mo><mo>(</mo><mi>ε</mi><mo>)</mo></mrow>"},
      {"eps^(-1/2)",
       "<msup><mrow><mi>ε</mi></mrow><mrow><mo form=\"prefix\">−</mo><mn>1</mn><mo>/</mo><mn>2</mn></mrow></msup>"},
      {"sum[k](gamma[k])",
       "<mrow><munderover><mo>∑</mo><mrow><mi>k</mi><mo>=</mo><mn>1</mn></mrow><mi>D</mi></munderover>"
       "<msub><mi>γ</mi><mrow><mi>k</mi></mrow></msub></mrow>"},
      {"max[k](gamma[k])",
       "<mrow><munder><mo movablelimits=\"false\">max</mo><mrow><mi>k</mi></mrow></munder>"
       "<msub><mi>γ</mi><mrow><mi>k</mi></mrow></msub></mrow>"},
      {"xhat[i,2]",
       "<msub><mover accent=\"true\"><mi>x</mi><mo>^</mo></mover><mrow><mi>i</mi><mo>,</mo><mn>2</mn></mrow></msub>"},
      {"var[j]", "<msubsup><mi>σ</mi><mrow><mi>j</mi></mrow><mrow><mn>2</mn></mrow></msubsup>"},
      {"mu_b[j]", "<msub><mrow><msub><mi>μ</mi><mrow><mi>B</mi></mrow></msub></mrow><mrow><mi>j</mi></mrow></msub>"},
      // LaTeX that has no form here: the name as it is spelt.
      {"odd[j]", "<msub><mi>odd</mi><mrow><mi>j</mi></mrow></msub>"},
      {"running_mean[j]", "<msub><mi mathvariant=\"normal\">running_mean</mi><mrow><mi>j</mi></mrow></msub>"},
      {"dxhat[i,j]",
       "<mrow><mi mathvariant=\"normal\">d</mi><msub><mover accent=\"true\"><mi>x</mi><mo>^</mo></mover>"
       "<mrow><mi>i</mi><mi>j</mi></mrow></msub></mrow>"},
      {"diff(mu[k], x[i,j]; var)",
       "<msub><mrow><mfrac><mrow><mo>∂</mo><msub><mi>μ</mi><mrow><mi>k</mi></mrow></msub></mrow><mrow><mo>∂</mo>"
       "<msub><mi>x</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub></mrow></mfrac><mo form=\"postfix\" "
       "fence=\"true\">|</mo></mrow><mrow><msup><mi>σ</mi><mrow><mn>2</mn></mrow></msup></mrow></msub>"},
  }));
  CHECK(mathml(text) == expected);
}

TEST_CASE("gradients have three notations in MathML", "[present]") {
  using present::GradientNotation;
  const language::Layer layer = mathml_layer();
  const auto e = notation::parse_expression("dmu[j]", layer).value;
  CHECK(present::to_mathml(e, {layer, GradientNotation::leibniz}) ==
        "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><msub><mi>μ</mi><mrow><mi>j</mi></mrow></msub></mrow>"
        "</mfrac>");
  CHECK(present::to_mathml(e, {layer, GradientNotation::bar}) ==
        "<msub><mover accent=\"true\"><mi>μ</mi><mo>¯</mo></mover><mrow><mi>j</mi></mrow></msub>");
}

TEST_CASE("a part of a formula is marked", "[present]") {
  const language::Layer layer = mathml_layer();
  const auto e = notation::parse_expression("N + D", layer).value;
  CHECK(present::to_mathml(e, layer, {{e->operands[1].get(), " class=\"new\""}}) ==
        "<mi>N</mi><mo>+</mo><mrow class=\"new\"><mi>D</mi></mrow>");
}

TEST_CASE("a sentence in HTML", "[present]") {
  const language::Layer layer = mathml_layer();
  const present::Sentence sentence("1 < 2 & {} of {}", {language::number("3"), present::Symbols{"ij"}});
  CHECK(present::to_html(sentence, layer) == "1 &lt; 2 &amp; <math><mn>3</mn></math> of <math><mi>ij</mi></math>");
}

TEST_CASE("nothing in a name becomes markup", "[present]") {
  CHECK(present::escaped_html("<script>\"'&") == "&lt;script&gt;&quot;&#39;&amp;");
}

TEST_CASE("any tree gives well-formed MathML", "[present]") {
  using present::GradientNotation;
  const language::Layer layer = layer_of_random_trees();
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    for (const auto notation : {GradientNotation::d, GradientNotation::leibniz, GradientNotation::bar}) {
      const std::string markup = present::to_mathml(random_tree(seed, 30), {layer, notation});
      INFO("seed " << seed << ": " << markup);
      CHECK(is_well_formed(markup));
    }
  }
}

}  // namespace chalktape
