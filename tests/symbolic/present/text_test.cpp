// Expressions in the language itself.
#include "symbolic/present/text.hpp"

#include "symbolic/notation/resolve.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/present/random_tree.hpp"

namespace chalktape {

TEST_CASE("printed and parsed again, a tree is the same tree", "[present]") {
  const language::Layer layer = layer_of_random_trees();
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    const language::Expr tree = random_tree(seed, 1 + static_cast<int>(seed % 40));
    const std::string text = present::to_text(tree);
    INFO("seed " << seed << ": " << text);
    const language::Expr again = notation::parse_expression(text, layer).value;
    REQUIRE(present::to_text(again) == text);
    REQUIRE(language::equal(again, tree));
  }
}

TEST_CASE("parentheses stand where reading needs them, and nowhere else", "[present]") {
  const language::Layer layer =
      notation::load_layers("layer f(a, b, c, x[N])\n  y = a\n  return y\n", "f.chalk").front();
  const auto [written, printed] = GENERATE(table<std::string, std::string>({
      {"((a + b)) + (c)", "a + b + c"},
      {"a + (b + c)", "a + (b + c)"},
      {"a - (b - c)", "a - (b - c)"},
      {"(a*b)/c*a", "a*b/c*a"},
      {"a/(b*c)", "a/(b*c)"},
      {"a*(b/c)", "a*(b/c)"},
      {"(a^b)^c", "(a^b)^c"},
      {"a^(b^c)", "a^b^c"},
      {"a^(-b)", "a^(-b)"},
      {"a^(1/2)", "a^(1/2)"},
      {"(-a)*b", "-a*b"},
      {"-(a*b)", "-(a*b)"},
      {"-(a^b)", "-a^b"},
      {"(-a)^b", "(-a)^b"},
      {"a*-b", "a*(-b)"},
      {"a - -b", "a - (-b)"},
      {"-(a + b)", "-(a + b)"},
      {"--a", "-(-a)"},
      {"exp((a + b))", "exp(a + b)"},
      {"max( a,b )", "max(a, b)"},
      {"sum[ i ]( x[i] )*a", "sum[i](x[i])*a"},
      {"diff(a+b,x[i];b,c)", "diff(a + b, x[i]; b, c)"},
      {"(a+b)*(a-b)/(a+b)", "(a + b)*(a - b)/(a + b)"},
  }));
  CHECK(present::to_text(notation::parse_expression(written, layer).value) == printed);
}

TEST_CASE("a definition is printed as it is written", "[present]") {
  const auto layer =
      notation::load_layers("layer f(x[N,D])\n  m = mean[i,j](x[i,j])\n  y[i,j] = x[i,j] - m\n  return y\n", "f.chalk");
  CHECK(present::to_text(layer[0].definitions[0]) == "m = mean[i,j](x[i,j])");
  CHECK(present::to_text(layer[0].definitions[1]) == "y[i,j] = x[i,j] - m");
}

}  // namespace chalktape
