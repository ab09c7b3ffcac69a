// Safe forms of exponentials: where they apply, what they say, and that the check stands behind them.
#include "symbolic/emit/exponentials.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "symbolic/check/checker.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/emit/cpp.hpp"
#include "symbolic/emit/numpy.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/rules/rule.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape {
namespace {

using Catch::Matchers::Contains;

emit::Program program_of(const std::string& text) {
  return emit::make_program(check::verified_derivation(tests::layer_of(text)));
}

std::set<std::string> rules_of(const emit::Program& program) {
  std::set<std::string> rules;
  for (const auto& rewriting : program.rewritings) rules.insert(rewriting.rule);
  return rules;
}

std::string formula_of(const emit::Program& program, const std::string& name) {
  for (const auto* statements : {&program.forward, &program.backward})
    for (const auto& statement : *statements)
      if (statement.definition.name == name) return present::to_text(statement.definition.value);
  return "";
}

}  // namespace

TEST_CASE("each safe form is applied where its example says, and not where it says so") {
  for (const rules::Rule& rule : rules::exponential_rules()) {
    const auto with = [&](std::string_view e) {
      return program_of("layer t(A[N,D], v[N])\n  e[i,j] = exp(A[i,j])\n  y[i,j] = " + std::string(e) +
                        " + A[i,j]\n  return y\n");
    };
    INFO(rule.name << ": " << rule.example.before);
    CHECK(rules_of(with(rule.example.before)).contains(std::string(rule.name)));
    CHECK_FALSE(rules_of(with(rule.refuses.before)).contains(std::string(rule.name)));
  }
}

TEST_CASE("what is emitted names the law and says why") {
  const auto program = emit::make_program(check::verified_derivation(tests::builtin("softmax")));
  CHECK(formula_of(program, "p") == "e_shifted[i,j]/Z_shifted[i]");
  CHECK(formula_of(program, "Z_max") == "max[j](x[i,j])");
  CHECK(formula_of(program, "e_shifted") == "exp(x[i,j] - Z_max[i])");
  for (const std::string& text : {emit::to_cpp(program), emit::to_numpy(program)}) {
    CHECK_THAT(text, Contains("Safe form (shift-exponentials): "));
    CHECK_THAT(text, Contains("exp(x[i,j] - Z_max[i])"));
  }
}

TEST_CASE("logarithms of softmax, sigmoid and sums of exponentials are finite forms") {
  CHECK(formula_of(program_of("layer t(x[N,D])\n  y[i,j] = log(exp(x[i,j])/sum[k](exp(x[i,k])))\n  return y\n"), "y") ==
        "x[i,j] - y_max[i] - log(sum[k](exp(x[i,k] - y_max[i])))");
  CHECK(formula_of(program_of("layer t(x[N])\n  p[i] = 1/(1 + exp(-x[i]))\n  y[i] = log(p[i])\n  return y\n"), "y") ==
        "-softplus(-x[i])");
  CHECK(formula_of(program_of("layer t(x[N])\n  p[i] = sigmoid(x[i])\n  y[i] = log(1 - p[i])\n  return y\n"), "y") ==
        "-softplus(x[i])");
  CHECK(formula_of(program_of("layer t(x[N])\n  y = log(sum[i](exp(x[i])))\n  return y\n"), "y") ==
        "y_max + log(sum[i](exp(x[i] - y_max)))");
}

TEST_CASE("an exponential beside a sigmoid of the same argument becomes a sigmoid") {
  const auto silu = program_of("layer t(x[N])\n  y[i] = x[i]/(1 + exp(-x[i]))\n  return y\n");
  CHECK(formula_of(silu, "y") == "x[i]*sigmoid(x[i])");
  CHECK(formula_of(silu, "dx") == "dy[i]*(y[i]*sigmoid(-x[i]) + sigmoid(x[i]))");
  CHECK(rules_of(silu) == std::set<std::string>{"absorb-in-sigmoid", "name-sigmoid"});
  const auto y = [](const std::string& formula) {
    return formula_of(program_of("layer t(x[N], v[N])\n  s[i] = sigmoid(x[i])\n  y[i] = " + formula + "\n  return y\n"),
                      "y");
  };
  CHECK(y("exp(-x[i])*s[i]") == "sigmoid(-x[i])");
  CHECK(y("s[i]*v[i]/exp(x[i])") == "v[i]*sigmoid(-x[i])");
  CHECK(y("(v[i] - exp(-x[i]))*s[i]^2") == "(v[i]*sigmoid(x[i]) - sigmoid(-x[i]))*s[i]");
  CHECK(y("((v[i]*exp(-x[i]) + 1)*v[i] - 2)*s[i]") == "(v[i]*sigmoid(-x[i]) + sigmoid(x[i]))*v[i] - 2*sigmoid(x[i])");
  CHECK(y("exp(x[i])*s[i]") == "exp(x[i])*s[i]");
  const auto laws = [](const std::string& formula) {
    return rules_of(program_of("layer t(x[N], v[N], w[N])\n  y[i] = " + formula + "\n  return y\n"));
  };
  CHECK(laws("exp(v[i])*(w[i] + exp(x[i]))/(1 + exp(x[i]))") ==
        std::set<std::string>{"absorb-in-sigmoid", "name-sigmoid"});
  CHECK(laws("w[i]/(1 + exp(x[i]))") == std::set<std::string>{"name-sigmoid"});
}

TEST_CASE("formulas without a quotient or logarithm of exponentials stay as they are") {
  for (const char* name : {"batch_norm", "gelu", "tanh_layer", "mse", "rms_norm", "affine"}) {
    const auto program = emit::make_program(check::verified_derivation(tests::builtin(name)));
    INFO(name);
    CHECK(program.rewritings.empty());
    for (const auto& statement : program.forward) CHECK(statement.written == nullptr);
  }
  CHECK(rules_of(program_of("layer t(x[N], s)\n  y[i] = x[i]*exp(s)/(x[i]^2 + 1)\n  return y\n")).empty());
}

TEST_CASE("an exponent that nobody would read again stays where it is") {
  const auto rules_at = [](int factors) {
    std::string exponent = "x[i]";
    for (int k = 1; k < factors; ++k) exponent += "*x[i]";
    return rules_of(program_of("layer t(x[N])\n  y[i] = 1/(2 + exp(" + exponent + "))\n  return y\n"));
  };
  CHECK(rules_at(20) == std::set<std::string>{"shift-exponentials"});
  CHECK(rules_at(61).empty());
}

TEST_CASE("a bound index is kept apart from the index of the shift") {
  // The largest exponent depends on j, which the sum above the bar binds as well.
  const auto program = program_of(
      "layer t(x[N,D], w[D,D])\n  z[i,j] = sum[k](exp(x[i,k]*w[k,j]))\n"
      "  y[i,j] = sum[k](exp(x[i,k]*w[k,j])*w[j,k])/z[i,j]\n  return y\n");
  CHECK(rules_of(program).contains("shift-exponentials"));
}

TEST_CASE("a reduction is not taken for the definition that has its name") {
  for (const char* const layer :
       {"layer t(x[N], z[N])\n  mean = mean[i](x[i])\n  y[j] = (z[j] - mean)*log(mean[i](exp(z[i])))\n  return y\n",
        "layer t(A[N,M], B[N,K])\n  sum[i] = sum[j](exp(A[i,j]))\n  y[i] = sum[i]*log(sum[k](exp(B[i,k])))\n"
        "  return y\n"}) {
    CHECK(rules_of(program_of(layer)).contains("shift-exponentials"));
  }
}

TEST_CASE("many exponentials in a chain of definitions take no long time") {
  std::string text = "layer t(x[N])\n  d0[i] = exp(x[i])\n";
  for (int k = 1; k <= 60; ++k) {
    const std::string before = "d" + std::to_string(k - 1) + "[i]";
    text += "  d" + std::to_string(k) + "[i] = (" + before + " + " + before + "*x[i])/2\n";
  }
  text += "  y[i] = 1/(1 + d60[i]*d60[i])\n  return y\n";
  const language::Layer layer = tests::layer_of(text);
  std::set<std::string> taken{"x"};
  emit::SafeExponentials safe(taken);
  std::vector<language::Definition> added;
  std::vector<emit::Rewriting> rewritings;
  for (const auto& definition : layer.definitions) static_cast<void>(safe.safe(definition, added, rewritings));
  CHECK(added.size() < 200);
}

}  // namespace chalktape
