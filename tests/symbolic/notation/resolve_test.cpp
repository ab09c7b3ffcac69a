// Names, roles and ranges of layers and of expressions by themselves. Errors are tested by the files of
// tests/symbolic/language/malformed.
#include "symbolic/notation/resolve.hpp"

#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"

namespace chalktape {
namespace {

using language::Index;
using language::Layer;
using language::Role;

const char* const batch_norm = R"(
layer batch_norm(x[N,D], gamma[D], beta[D]; eps = 1e-5)
  mu[j]     = mean[i](x[i,j])
  var[j]    = mean[i]((x[i,j] - mu[j])^2)
  xhat[i,j] = (x[i,j] - mu[j]) / sqrt(var[j] + eps)
  y[i,j]    = gamma[j]*xhat[i,j] + beta[j]
  show var as \sigma^2
  return y
)";

Layer load(const std::string& text) { return notation::load_layers(text, "test.chalk").front(); }

std::string ranges(const std::vector<Index>& indices) {
  std::string text;
  for (const Index& index : indices) text += index.name + ":" + index.range + " ";
  return text;
}

}  // namespace

TEST_CASE("a layer is resolved whole", "[notation]") {
  const Layer layer = load(batch_norm);
  CHECK(layer.name == "batch_norm");
  CHECK(layer.sizes == std::vector<std::string>{"N", "D"});
  REQUIRE(layer.tensors.size() == 3);
  CHECK(layer.tensors[0].sizes == std::vector<std::string>{"N", "D"});
  REQUIRE(layer.constants.size() == 1);
  CHECK(layer.constants[0].default_value == "1e-5");
  REQUIRE(layer.definitions.size() == 4);
  CHECK(ranges(layer.definitions[0].indices) == "j:D ");
  CHECK(ranges(layer.definitions[2].indices) == "i:N j:D ");
  CHECK(ranges(layer.definitions[0].value->indices) == "i:N ");
  CHECK(ranges(layer.definitions[0].value->operands[0]->indices) == "i:N j:D ");
  CHECK(layer.definitions[0].value->operands[0]->role == Role::tensor);
  const auto root = layer.definitions[2].value->operands[1];
  CHECK(root->operands[0]->operands[0]->role == Role::definition);
  CHECK(root->operands[0]->operands[1]->role == Role::constant);
  CHECK(layer.outputs == std::vector<std::string>{"y"});
  CHECK(layer.auxiliary_outputs.empty());
  CHECK(layer.shows.at("var") == "\\sigma^2");
  CHECK_FALSE(layer.returns_loss());
}

TEST_CASE("an index that two sums use may run over different ranges", "[notation]") {
  const Layer layer = load(
      "layer f(x[N,D])\n"
      "  a[n] = sum[i](x[n,i]) + sum[i,j](x[i,j])\n"
      "  return a\n");
  const auto sum = layer.definitions[0].value;
  CHECK(ranges(sum->operands[0]->indices) == "i:D ");
  CHECK(ranges(sum->operands[1]->indices) == "i:N j:D ");
}

TEST_CASE("a delta carries a range to an index that nothing else uses", "[notation]") {
  const Layer layer = load(
      "layer f(x[N])\n"
      "  a[i,k,l] = delta[k,l]*delta[i,k]*x[i]\n"
      "  b[i]     = sum[k](delta[i,k])*x[i] + N*pi\n"
      "  return a, b\n");
  CHECK(ranges(layer.definitions[0].indices) == "i:N k:N l:N ");
  CHECK(ranges(layer.definitions[1].value->operands[0]->operands[0]->indices) == "k:N ");
  CHECK(layer.definitions[1].value->operands[1]->operands[0]->role == Role::size);
  CHECK(layer.definitions[1].value->operands[1]->operands[1]->role == Role::pi);
}

TEST_CASE("indices may share a tensor's letter, and L is a name", "[notation]") {
  const Layer layer = load(
      "layer f(x[N], i[N])\n"
      "  y[x] = x[x]*i[x]\n"
      "  L    = sum[i](y[i])\n"
      "  return L\n");
  CHECK(layer.returns_loss());
}

TEST_CASE("assumptions have the ranges of their free indices", "[notation]") {
  const Layer layer = load(
      "layer f(x[N,D], t[N,D]; eps)\n"
      "  assume sum[j](t[i,j]) = 1\n"
      "  assume y[i,j] > eps\n"
      "  assume eps > 0\n"
      "  y[i,j] = x[i,j]*t[i,j]\n"
      "  return y\n");
  REQUIRE(layer.assumptions.size() == 3);
  CHECK(ranges(layer.assumptions[0].indices) == "i:N ");
  CHECK(ranges(layer.assumptions[1].indices) == "i:N j:D ");
  CHECK(layer.assumptions[2].indices.empty());
}

TEST_CASE("assumptions about constants are obeyed by their defaults", "[notation]") {
  const auto errors = [](const std::string& constants, const std::string& assumption) {
    return notation::read_file(
               "layer f(x[N]; " + constants + ")\n  assume " + assumption + "\n  y[i] = x[i]\n  return y\n", "f.chalk")
        .errors();
  };
  for (const char* good : {"slope > 1", "1 < slope", "slope < 3", "0 < slope <= 2", "slope = 2", "low < slope",
                           "-1/3 > low", "low + slope < 2", "slope > free", "free > 1", "sqrt(slope) > 5"}) {
    INFO(good);
    CHECK(errors("slope = 2, low = -0.5, free", good).empty());
  }
  CHECK(errors("slope = -0.5", "slope >= 0") ==
        "f.chalk:2:3: error: the constants' defaults do not obey this\n"
        "  assume slope >= 0\n"
        "  ^~~~~~~~~~~~~~~~~\n"
        "hint: with them the left side is -0.5 and the right side 0\n");
  for (const char* bad : {"slope > 2", "0 < slope < 1", "slope = low", "low > 0", "2 < 1", "1/(slope - 2) > 0"}) {
    INFO(bad);
    CHECK_FALSE(errors("slope = 2, low = -0.5", bad).empty());
  }
}

TEST_CASE("numbers beyond the language's are errors with their place", "[notation]") {
  const auto first_error = [](const std::string& text) {
    const std::string errors = notation::read_file(text, "f.chalk").errors();
    return errors.substr(0, errors.find('\n'));
  };
  const std::string message = "error: an exponent beyond 400; numbers from 1e-400 to 1e400 are allowed";
  for (const char* number : {"1e9999999999999999999", "1e-9999999999999999999", "1e999", "1e401"}) {
    INFO(number);
    const std::string n = number;
    CHECK(first_error("layer f(x[N])\n  y[i] = " + n + "*x[i]\n  return y\n") == "f.chalk:2:10: " + message);
    CHECK(first_error("layer f(x[N])\n  y[i] = x[i]^" + n + "\n  return y\n") == "f.chalk:2:15: " + message);
    CHECK(first_error("layer f(x[N]; k = " + n + ")\n  y[i] = k*x[i]\n  return y\n") == "f.chalk:1:19: " + message);
    CHECK(first_error("layer f(x[N]; k = -" + n + ")\n  y[i] = k*x[i]\n  return y\n") == "f.chalk:1:20: " + message);
    CHECK(first_error("layer f(x[N])\n  assume x[i] < " + n + "\n  y[i] = x[i]\n  return y\n") ==
          "f.chalk:2:17: " + message);
  }
}

TEST_CASE("errors inside other layers do not concern a layer", "[notation]") {
  const std::string broken = "layer broken(x[N])\n  y[i] = q\n  return y\n";
  const std::string good = "layer good(x[N])\n  y[i] = x[i]\n  return y\n";
  const auto file = [](const std::string& text) { return notation::read_file(text, "f.chalk"); };
  CHECK(file(broken + good).usable_layer("good") != nullptr);
  CHECK(file(good + broken).usable_layer("good") != nullptr);
  CHECK(file(good + broken).usable_layer("broken") == nullptr);
  CHECK(file(good + broken).usable_layer("") == nullptr);
  CHECK(file(good + good).usable_layer("good") == nullptr);
  CHECK(file("layer (\n" + good).usable_layer("good") != nullptr);
  CHECK(file("y = 1\n" + good).usable_layer("good") == nullptr);  // a layer's head that was misspelled?
  CHECK(file("layer f(x[N])\n  y[i] = x[i]/(x[i] - x[i])\n  return y\n" + good).usable_layer("good") != nullptr);
  CHECK(file(good + "# \xff\n").usable_layer("good") == nullptr);
}

TEST_CASE("outputs behind the semicolon take no gradient", "[notation]") {
  const Layer layer = load("layer f(x[N])\n  y[i] = x[i]\n  m = mean[i](x[i])\n  return y; m\n");
  CHECK(layer.outputs == std::vector<std::string>{"y"});
  CHECK(layer.auxiliary_outputs == std::vector<std::string>{"m"});
}

TEST_CASE("a function's name may be a layer's", "[notation]") {
  CHECK(load("layer relu(x[N])\n  y[i] = relu(x[i])\n  return y\n").name == "relu");
}

TEST_CASE("of a file with errors, the layers that are free of them are kept", "[notation]") {
  const notation::File file = notation::read_file(
      "layer f(x[N])\n  y[i] = q\n  return y\nlayer g(x[N])\n  y[i] = x[i]\n  return y\n"
      "layer h(x[N])\n  y[i] = x[i] +\n  z[i] = x[i]\n  return z\n",
      "f.chalk");
  REQUIRE(file.layers.size() == 1);
  CHECK(file.layers[0].name == "g");
  CHECK(file.diagnostics.size() == 2);
}

TEST_CASE("a layer whose signature cannot be read is not kept", "[notation]") {
  const notation::File file =
      notation::read_file(std::string("layer f(x[N], b\0)\n  y[i] = b*x[i]\n  return y\n", 44), "f.chalk");
  CHECK(file.diagnostics.size() == 1);
  CHECK(file.layers.empty());
}

TEST_CASE("an expression by itself uses a layer's names", "[notation]") {
  const Layer layer = load(batch_norm);
  const auto parsed = notation::parse_expression(
      "gamma[j]*dy[i,j] - xhat[i,j]*dgamma[j]/N + dxhat[i,j]*eps + dy_total[i,j] + delta[i,k]", layer);
  CHECK(ranges(parsed.indices) == "j:D i:N k:N ");
  const auto first = parsed.value->operands[0]->operands[0]->operands[0]->operands[0];
  CHECK(first->operands[1]->role == Role::gradient);
  CHECK(first->operands[1]->name == "dy");
  CHECK(parsed.value->operands[0]->operands[1]->role == Role::gradient);
}

TEST_CASE("a derivative, literal indices and names held fixed", "[notation]") {
  const Layer layer = load(batch_norm);
  const auto parsed = notation::parse_expression("diff(xhat[k,l], x[i,j]; mu, var)*x[1,2]", layer);
  CHECK(ranges(parsed.indices) == "k:N l:D i:N j:D ");
  CHECK(parsed.value->operands[0]->held == std::vector<std::string>{"mu", "var"});
  CHECK(ranges(parsed.value->operands[1]->indices) == "1:N 2:D ");
}

TEST_CASE("indices that are bound already come first, with their ranges", "[notation]") {
  const Layer layer = load(batch_norm);
  const notation::ExpressionOptions options{.indices = {{.name = "i", .range = "N"}, {.name = "j", .range = "D"}}};
  CHECK(ranges(notation::parse_expression("delta[k,i]", layer, options).indices) == "i:N j:D k:N ");
  CHECK_THROWS_AS(notation::parse_expression("x[j,i]", layer, options), language::Error);
}

TEST_CASE("names that a derivation introduced are definitions of a copy", "[notation]") {
  Layer layer = load(batch_norm);
  CHECK_THROWS_AS(notation::parse_expression("istd[j]", layer), language::Error);
  layer.definitions.push_back({.name = "istd",
                               .indices = {{.name = "j", .range = "D"}},
                               .value = notation::parse_expression("(var[j] + eps)^(-1/2)", layer).value});
  CHECK(ranges(notation::parse_expression("istd[q]", layer).indices) == "q:D ");
}

TEST_CASE("errors of an expression by itself have a place too", "[notation]") {
  const Layer layer = load(batch_norm);
  const auto [text, errors] = GENERATE(table<std::string, std::string>({
      {"x[i,j] + ", "--of:1:9: error: expected an expression, but the line ends here\nx[i,j] + \n        ^\n"},
      {"(x[i,j]", "--of:1:1: error: '(' is never closed\n(x[i,j]\n^\n"},
      {"delta[i,k]",
       "--of:1:7: error: the range of the index 'i' is not known\ndelta[i,k]\n      ^\n"
       "hint: it follows from use: an index must index a tensor or a definition\n"
       "--of:1:9: error: the range of the index 'k' is not known\ndelta[i,k]\n        ^\n"
       "hint: it follows from use: an index must index a tensor or a definition\n"},
      {"diff(mu[j], eps)",
       "--of:1:13: error: 'eps' cannot be differentiated by\ndiff(mu[j], eps)\n            ^~~\n"
       "hint: a derivative is taken by a tensor or a definition\n"},
      {"diff(mu[j], x[i,j]; vra)",
       "--of:1:1: error: 'vra' cannot be held fixed; it is no tensor or definition\ndiff(mu[j], x[i,j]; vra)\n"
       "^~~~~~~~~~~~~~~~~~~~~~~~\nhint: did you mean 'var'?\n"},
      {"sum[i](x[i,j]) + x[i,j]",
       "--of:1:5: error: the index 'i' is bound twice\nsum[i](x[i,j]) + x[i,j]\n    ^\n"
       "hint: it is bound in line 1, column 20 already; use another letter\n"},
  }));
  CHECK_THROWS_WITH(notation::parse_expression(text, layer, {.source_name = "--of"}), errors);
}

}  // namespace chalktape
