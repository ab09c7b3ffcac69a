// What the parser makes of files that are well formed: trees, places, blocks.
#include "symbolic/language/parser.hpp"

#include <string>

#include "engine/ops/functions.hpp"
#include "symbolic/language/functions.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"

namespace chalktape {
namespace {

using language::Expr;
using language::Kind;

// The tree with every operation in parentheses.
std::string grouped(const Expr& e) {
  const auto both = [&](const std::string& sign) {
    return "(" + grouped(e->operands[0]) + sign + grouped(e->operands[1]) + ")";
  };
  switch (e->kind) {
    case Kind::add:
      return both("+");
    case Kind::subtract:
      return both("-");
    case Kind::multiply:
      return both("*");
    case Kind::divide:
      return both("/");
    case Kind::power:
      return both("^");
    case Kind::negate:
      return "(-" + grouped(e->operands[0]) + ")";
    default:
      return present::to_text(e);
  }
}

Expr parse(const std::string& text) {
  const language::Source source("test", text);
  language::Diagnostics diagnostics;
  Expr parsed = language::parse_lone_expression(source, diagnostics);
  INFO(diagnostics.render(source));
  REQUIRE(parsed != nullptr);
  return parsed;
}

language::FileSyntax parse_file(const std::string& text) {
  const language::Source source("test.chalk", text);
  language::Diagnostics diagnostics;
  language::FileSyntax file = language::parse_file(source, diagnostics);
  CHECK(diagnostics.render(source).empty());
  return file;
}

}  // namespace

TEST_CASE("operators bind as the language says", "[language]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"a - b - c", "((a-b)-c)"},
      {"a / b / c * d", "(((a/b)/c)*d)"},
      {"a + b*c", "(a+(b*c))"},
      {"a^b^c", "(a^(b^c))"},
      {"-a^2", "(-(a^2))"},
      {"(-a)^2", "((-a)^2)"},
      {"a^-b", "(a^(-b))"},
      {"a^-b^c", "(a^(-(b^c)))"},
      {"a^-b^-c*d", "((a^(-(b^(-c))))*d)"},
      {"--a", "(-(-a))"},
      {"-a*b", "((-a)*b)"},
      {"-(a*b)", "(-(a*b))"},
      {"a*-b", "(a*(-b))"},
      {"a - -b", "(a-(-b))"},
      {"2^-1/2", "((2^(-1))/2)"},
      {"((a))", "a"},
  }));
  CHECK(grouped(parse(text)) == expected);
}

TEST_CASE("a name is what stands behind it", "[language]") {
  CHECK(parse("x")->kind == Kind::access);
  CHECK(parse("x[i, j]")->indices.size() == 2);
  CHECK(parse("max[i](x)")->kind == Kind::reduce);
  CHECK(parse("max(x, y)")->kind == Kind::call);
  CHECK(parse("mean[c,s](x)")->indices.size() == 2);
  CHECK(parse("delta[i,k]")->kind == Kind::delta);
  CHECK(parse("stop(x)")->kind == Kind::call);
  CHECK(parse("pi")->kind == Kind::access);
  const Expr derivative = parse("diff(y[i], x[j]; mu, var)");
  CHECK(derivative->kind == Kind::derivative);
  CHECK(derivative->operands.size() == 2);
  CHECK(derivative->held == std::vector<std::string>{"mu", "var"});
  CHECK(parse("diff(y[i], x[j])")->held.empty());
}

TEST_CASE("numbers are kept as they are written", "[language]") {
  const std::string number = GENERATE("0", "007", "1.50", "1e-5", "2.5E+3", "0.1");
  CHECK(parse(number)->kind == Kind::number);
  CHECK(parse(number)->name == number);
}

TEST_CASE("trees know their places", "[language]") {
  const Expr sum = parse("  a[i]*(b + cc)\t- d");
  CHECK(sum->span.line == 1);
  CHECK(sum->span.column == 3);
  CHECK(sum->span.length == 17);
  const Expr product = sum->operands[0];
  CHECK(product->span.length == 13);
  CHECK(product->operands[0]->span.length == 4);
  CHECK(product->operands[0]->indices[0].span.column == 5);
  CHECK(product->operands[1]->operands[1]->span.column == 13);
  CHECK(product->operands[1]->operands[1]->span.length == 2);
}

TEST_CASE("an expression may run over lines inside brackets, with comments", "[language]") {
  const auto file = parse_file(
      "layer f(x[N,  # rows\n"
      "          D];\n"
      "        eps = 1e-5,\n"
      "        k = -2)\n"
      "  y[i,\n"
      "    j] = exp(   # (((\n"
      "# not code )\n"
      "\n"
      "    x[i,j]\n"
      "  ) + 1  # the end\n"
      "  return y");
  REQUIRE(file.layers.size() == 1);
  CHECK(file.layers[0].tensors[0].sizes.size() == 2);
  REQUIRE(file.layers[0].constants.size() == 2);
  CHECK(file.layers[0].constants[0].default_value == "1e-5");
  CHECK(file.layers[0].constants[1].default_value == "-2");
  CHECK(grouped(file.layers[0].definitions[0].value) == "(exp(x[i,j])+1)");
  CHECK(file.layers[0].definitions[0].value->span.line == 6);
}

TEST_CASE("assume, show and return are read", "[language]") {
  const auto file = parse_file(
      "layer f(x[N]; eps)\n"
      "  y[i] = x[i]\n"
      "  z = sum[i](y[i])\n"
      "  assume x[i] >= 0\n"
      "  assume x[i] <= 1\n"
      "  assume eps > 0\n"
      "  assume eps < 1\n"
      "  assume z = 1\n"
      "  show z as \\sigma^2_{\\#}  # the comment is no LaTeX\n"
      "  return y; z\n");
  const language::LayerSyntax& layer = file.layers.at(0);
  REQUIRE(layer.assumptions.size() == 5);
  using language::Relation;
  CHECK(layer.assumptions[0].relation == Relation::greater_equal);
  CHECK(layer.assumptions[1].relation == Relation::less_equal);
  CHECK(layer.assumptions[2].relation == Relation::greater);
  CHECK(layer.assumptions[3].relation == Relation::less);
  CHECK(layer.assumptions[4].relation == Relation::equal);
  CHECK(layer.shows.at(0).latex == "\\sigma^2_{\\#}");
  CHECK(layer.returns.at(0).outputs.size() == 1);
  CHECK(layer.returns.at(0).auxiliary_outputs.size() == 1);
}

TEST_CASE("a chain of two relations is two assumptions", "[language]") {
  const auto file = parse_file(
      "layer f(x[N]; p = 0.5)\n"
      "  assume -1 <= p < 2/3\n"
      "  y[i] = p*x[i]\n"
      "  return y\n");
  const auto& assumptions = file.layers.at(0).assumptions;
  REQUIRE(assumptions.size() == 2);
  using language::Relation;
  CHECK(grouped(assumptions[0].left) == "(-1)");
  CHECK(assumptions[0].relation == Relation::less_equal);
  CHECK(grouped(assumptions[0].right) == "p");
  CHECK(grouped(assumptions[1].left) == "p");
  CHECK(assumptions[1].relation == Relation::less);
  CHECK(grouped(assumptions[1].right) == "(2/3)");
}

TEST_CASE("claims are kept as they stand", "[language]") {
  const std::string text =
      "layer f(x[N])\n"
      "  y[i] = x[i]\n"
      "  return y\n"
      "# between\n"
      "about batch_norm\n"
      "claim \"anything ( may stand [ here\" expect refuted\n"
      "  diff(y[1], x[1]) = 1 # ]\n"
      "                   = (2\n"
      "\n"
      "layer g(x[N])\n"
      "  y[i] = x[i]\n"
      "  return y\n";
  const auto file = parse_file(text);
  CHECK(file.layers.size() == 2);
  REQUIRE(file.blocks.size() == 2);
  CHECK(file.blocks[0].keyword == "about");
  CHECK(text.substr(file.blocks[0].begin, file.blocks[0].end - file.blocks[0].begin) == "about batch_norm");
  CHECK(file.blocks[1].keyword == "claim");
  CHECK(file.blocks[1].span.line == 6);
  const std::string claim = text.substr(file.blocks[1].begin, file.blocks[1].end - file.blocks[1].begin);
  CHECK(claim.substr(claim.find_last_not_of('\n') - 1, 2) == "(2");
  CHECK(notation::load_layers(text, "f.chalk").size() == 2);
}

TEST_CASE("a file of claims alone is no error until a layer is wanted", "[language]") {
  CHECK(notation::read_file("claim \"x\"\n  1 = 1\n", "claims.chalk").errors().empty());
  CHECK_THROWS_WITH(notation::load_layers("claim \"x\"\n  1 = 1\n", "claims.chalk"),
                    "claims.chalk:1:1: error: no layer in this file, only claims\nclaim \"x\"\n^\n");
}

TEST_CASE("line ends, byte order mark and a missing last line break make no difference", "[language]") {
  const std::string unix_text = "layer f(x[N])\n  y[i] = (x[i]\n   + 1)\n  return y\n";
  std::string dos_text = "\xEF\xBB\xBF";
  for (const char c : unix_text) dos_text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  for (const std::string& text : {unix_text, dos_text, unix_text.substr(0, unix_text.size() - 1)}) {
    const auto layers = notation::load_layers(text, "f.chalk");
    REQUIRE(layers.size() == 1);
    CHECK(present::to_text(layers[0].definitions.at(0)) == "y[i] = x[i] + 1");
  }
}

TEST_CASE("the table of functions is sorted, and its names are reserved", "[language]") {
  const auto functions = language::functions();
  CHECK(functions.size() == engine::all_functions().size());
  for (std::size_t k = 0; k < functions.size(); ++k) {
    if (k > 0) CHECK(functions[k - 1].name < functions[k].name);
    CHECK(language::find_function(functions[k].name) == &functions[k]);
    CHECK(language::is_reserved(functions[k].name));
  }
  CHECK(language::find_function("sum") == nullptr);
  CHECK_FALSE(language::is_reserved("L"));
  CHECK_FALSE(language::is_reserved("as"));
}

}  // namespace chalktape
