// What a `show` line may hold.
#include "symbolic/language/latex_text.hpp"

#include "tests/catch.hpp"

namespace chalktape::language {

TEST_CASE("mathematics may be shown", "[language][latex]") {
  const std::string latex =
      GENERATE(R"(\sigma^2)", R"(\mu_B)", R"(\hat\mu)", R"(\hat{x}_{ij}^{(1)})", R"(\mathbf{W}'')", R"(x'_1)",
               R"(\frac12)", R"(\frac{\alpha}{\beta+1})", R"(\operatorname{softmax})", R"(\text{running mean})",
               R"(\lVert x\rVert_2)", R"(\mathcal L)", R"({\sigma_B}^2)", R"(a\,b\#)", R"(\bar x)", R"(x^\star)",
               R"({\mu_B}_2)", R"({\hat\mu_B}^2)", R"({\hat\mu_B x}_2)");
  const auto problem = find_latex_problem(latex);
  INFO(latex << ": " << (problem ? problem->message : ""));
  CHECK_FALSE(problem.has_value());
}

TEST_CASE("whatever else a document might do may not", "[language][latex]") {
  const auto [latex, message] = GENERATE(table<std::string, std::string>({
      {R"(\input{x})", R"('\input' cannot be shown)"},
      {R"(\write18{ls})", R"('\write' cannot be shown)"},
      {R"(\def\a{b})", R"('\def' cannot be shown)"},
      {R"(\catcode`\%=1)", R"('\catcode' cannot be shown)"},
      {R"(\csname input\endcsname)", R"('\csname' cannot be shown)"},
      {R"(\begin{x})", R"('\begin' cannot be shown)"},
      {R"(\loop\repeat)", R"('\loop' cannot be shown)"},
      {R"(a\\b)", R"('\\' cannot be shown)"},
      {R"(\sigm)", R"('\sigm' cannot be shown)"},
      {R"(^^5cinput)", "an argument is missing behind '^'"},
      {R"($x$)", "'$' cannot stand in LaTeX here"},
      {R"(a%b)", "'%' cannot stand in LaTeX here"},
      {R"(a&b)", "'&' cannot stand in LaTeX here"},
      {R"(a~b)", "'~' cannot stand in LaTeX here"},
      {"\xCF\x83", "'\xCF\x83' cannot stand in LaTeX here"},
      {R"({\sigma)", "'{' is never closed"},
      {R"(\sigma})", "'}' closes nothing"},
      {R"(\hat)", R"(an argument is missing behind '\')"},
      {R"(\frac{1})", R"(an argument is missing behind '\')"},
      {R"(x_)", "an argument is missing behind '_'"},
      {R"({x^})", "an argument is missing behind '^'"},
      {R"(x^2^3)", "a second superscript"},
      {R"(x'^2)", "a second superscript"},
      {R"(x_1_2)", "a second subscript"},
      {R"({{\hat\mu_B}}_2)", "a second subscript"},
      {R"(x^\frac12)", R"('\frac' needs braces around it here)"},
      {R"(\text{a_b})", "'_' cannot stand in a word"},
      {R"(\text x)", "a word in braces is missing"},
      {R"(x\)", "a backslash at the end"},
      {std::string(21, '{') + std::string(21, '}'), "more than 20 braces inside each other"},
      {std::string(401, 'x'), "more than 400 bytes of LaTeX"},
  }));
  INFO(latex);
  const auto problem = find_latex_problem(latex);
  REQUIRE(problem.has_value());
  CHECK(problem->message == message);
  CHECK(problem->begin <= problem->end);
  CHECK(problem->end <= latex.size() + 1);
}

}  // namespace chalktape::language
