// Derivations at concrete sizes: what is chosen, how it is laid out, that what is wrong is not shown.
#include "symbolic/report/written_out.hpp"

#include "symbolic/check/checker.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/report/local_derivative.hpp"
#include "symbolic/report/written_out_latex.hpp"
#include "symbolic/report/written_out_text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"

using namespace chalktape;
using Catch::Matchers::Contains;
using report::Request;

namespace {

struct Written {
  Written(const language::Layer& layer, const Request& request, const std::vector<std::string>& tensors = {})
      : derivation(check::verified_derivation(layer)), out(report::write_out(derivation, tensors, request)) {}
  Written(const std::string& layer, const Request& request) : Written(tests::layer_of(layer), request) {}

  [[nodiscard]] std::string text(bool unicode = false) const {
    return report::to_text(derivation, out, {.unicode = unicode});
  }

  derive::Derivation derivation;
  report::WrittenOut out;
};

std::string message(const std::function<void()>& run) {
  try {
    run();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

present::Sizes small_sizes(const language::Layer& layer) {
  present::Sizes sizes;
  for (const auto& size : layer.sizes) sizes[size] = sizes.empty() ? 3 : 2;
  return sizes;
}

void for_each_table(const report::WrittenOut& out, const std::function<void(const report::Table&)>& f) {
  for (const auto& table : out.forward) f(table);
  for (const auto& gradient : out.gradients) {
    for (const auto& step : gradient.steps) {
      f(step.table);
      for (const auto& derivative : step.derivatives) f(derivative);
    }
  }
}

}  // namespace

TEST_CASE("every built-in layer can be written out, every step of it, in formulas of the language") {
  for (const auto& entry : language::builtin_layers()) {
    INFO(entry.name);
    const language::Layer layer = tests::builtin(std::string(entry.name));
    const Written all(layer, {small_sizes(layer), report::Detail::normal, true});
    // Names that the derivation introduced are definitions to who pastes an entry into a claim.
    language::Layer context = layer;
    context.definitions.insert(context.definitions.end(), all.derivation.introduced.begin(),
                               all.derivation.introduced.end());
    std::size_t entries = 0;
    for_each_table(all.out, [&](const report::Table& table) {
      for (const auto& e : table.entries) {
        ++entries;
        const std::string text = present::to_text(e.value);
        INFO(present::to_text(e.name) << " = " << text);
        const auto again = notation::parse_expression(text, context);
        CHECK(again.indices.empty());
        CHECK(present::to_text(again.value) == text);
      }
    });
    CHECK(entries == all.out.entries);
    CHECK(entries > 0);
  }
}

TEST_CASE("by default the first line and the result; a detail gives all steps; numbers choose") {
  const language::Layer layer = tests::builtin("batch_norm");
  const auto steps = [&](const Request& request, const std::vector<std::string>& tensors) {
    std::string text;
    for (const auto& gradient : Written(layer, request, tensors).out.gradients) {
      text += gradient.gradient->name + ":";
      for (const auto& step : gradient.steps)
        text += " " + std::to_string(step.number) + (step.table.first_only ? "*" : "");
      text += "; ";
    }
    return text;
  };
  const present::Sizes sizes{{"N", 3}, {"D", 2}};
  CHECK(steps({sizes}, {"beta"}) == "dbeta: 1* 3; ");
  CHECK(steps({sizes, report::Detail::normal, true}, {"beta"}) == "dbeta: 1 2 3; ");
  CHECK(steps({sizes, report::Detail::normal, false, {{"", 2}}}, {"beta", "gamma"}) == "dgamma: 2; dbeta: 2; ");
  CHECK(steps({sizes, report::Detail::normal, false, {{"dvar", 1}, {"", 7}}}, {"x"}) == "dvar: 1; dx: 7; ");
  CHECK(message([&] {
          steps({sizes, report::Detail::normal, false, {{"", 9}}}, {"beta"});
        }) == "--step 9: there is no such step (dbeta has 3; --detail changes what counts as one)");
  CHECK_THAT(message([&] {
               steps({sizes, report::Detail::normal, false, {{"dq", 1}}}, {});
             }),
             Contains("--step dq:1: there is no such step"));
}

TEST_CASE("an entry that is wrong is not shown") {
  derive::Derivation derivation = check::verified_derivation(tests::builtin("batch_norm"));
  const Request request{{{"N", 3}, {"D", 2}}};
  CHECK_NOTHROW(report::write_out(derivation, {}, request));
  derive::Gradient& gradient = derivation.gradients.front();
  gradient.steps.back().after =
      language::binary(language::Kind::multiply, language::number("1.0000001"), gradient.steps.back().after);
  CHECK_THAT(message([&] { (void)report::write_out(derivation, {}, request); }),
             Contains("dgamma[1] written out does not pass its own check and is not shown"));
}

TEST_CASE("sizes at which a layer has no value, and sizes that give too much, are refused") {
  CHECK_THAT(message([] {
               Written(tests::builtin("standardize"), {{{"N", 1}, {"D", 2}}});
             }),
             Contains("cannot be evaluated at D = 2, N = 1"));
  CHECK(message([] {
          Written(tests::builtin("mse"), {{{"N", 100}, {"D", 30}}});
        }) ==
        "written out at N = 100, D = 30, loss is more than anybody reads (one formula takes more than 2,000 symbols): "
        "choose smaller sizes, or show less (--wrt, --step)");
  CHECK_THAT(message([] {
               Written(tests::builtin("batch_norm"), {{{"N", 300}, {"D", 200}}});
             }),
             Contains("everything together takes more than 20,000 symbols"));
  CHECK_THAT(message([] {
               Written(tests::builtin("sigmoid"), {{{"N", 1'000'000}, {"D", 1'000'000}}});
             }),
             Contains("there are more than 20,000 entries"));
}

TEST_CASE("matrices, a column for one index, slices for three, and entries where a matrix is too wide") {
  const std::string three =
      Written("layer t(x[A,B,C])\n  m[a,c] = mean[b](x[a,b,c])\n  y = sum[a,c](m[a,c]^2)\n  return y\n",
              {{{"A", 2}, {"B", 2}, {"C", 2}}})
          .text();
  CHECK_THAT(three, Contains("  m = [ (x[1,1,1] + x[1,2,1])/2   (x[1,1,2] + x[1,2,2])/2 ]\n"
                             "      [ (x[2,1,1] + x[2,2,1])/2   (x[2,1,2] + x[2,2,2])/2 ]\n"));
  CHECK_THAT(three, Contains("  dx[1,:,:] = [ 2*m[1,1]/2   2*m[1,2]/2 ]\n"
                             "              [ 2*m[1,1]/2   2*m[1,2]/2 ]\n"
                             "  dx[2,:,:] = [ 2*m[2,1]/2   2*m[2,2]/2 ]\n"));
  const Written wide("layer w(x[N], a[N,N])\n  s = sum[i](x[i]^2)\n  y[i] = x[i]*s + sum[k](a[i,k]*x[k])\n  return y\n",
                     {{{"N", 9}}});
  CHECK_THAT(wide.text(),
             Contains("  s = x[1]^2 + x[2]^2 + x[3]^2 + x[4]^2 + x[5]^2 + x[6]^2 + x[7]^2 + x[8]^2 + x[9]^2\n"));
  CHECK_THAT(wide.text(), Contains("  dx[9] = "));
  for (const std::string& text : {three, wide.text()}) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(report::columns(line) <= report::TextPage::line_width + 12);
    }
  }
}

TEST_CASE("the matrix of a local derivative by one entry, and its cases") {
  const Written u("layer u(h[N,D])\n  mu[l] = mean[k](h[k,l])\n  u[k,l] = h[k,l] - mu[l]\n  return u\n",
                  {{{"N", 3}, {"D", 2}}});
  CHECK_THAT(u.text(true), Contains("  ∂μ/∂h₁₁ = ⎡ 1/3 ⎤\n"
                                    "            ⎣ 0   ⎦\n"));
  CHECK_THAT(u.text(true), Contains("                 ⎡ 1   0 ⎤\n"
                                    "  (∂u/∂h₁₁ |μ) = ⎢ 0   0 ⎥\n"
                                    "                 ⎣ 0   0 ⎦\n"));
  // The terms of all sums in one row.
  CHECK_THAT(u.text(), Contains("  dh[1,1] = dmu[1]*diff(mu[1], h[1,1]) + dmu[2]*diff(mu[2], h[1,1]) + "
                                "du[1,1]*diff(u[1,1], h[1,1]; mu)\n"));
  CHECK_THAT(u.text(), Contains("where k = p and l = q\n"));
  CHECK_THAT(u.text(), Contains("otherwise\n"));
}

TEST_CASE("derivatives are worked out, through what is not held fixed") {
  report::LocalDerivative local(tests::builtin("batch_norm"));
  const auto worked_out = [&](const std::string& text) {
    const auto tree = notation::parse_expression(text, tests::builtin("batch_norm")).value;
    REQUIRE(local.knows(*tree));
    const auto result = local.of(*tree);
    return present::to_text(result.name) + " = " + present::to_text(result.value);
  };
  CHECK(worked_out("diff(xhat[k,l], x[i,j]; mu, var)") ==
        "diff(xhat[k,l], x[i,j]; mu, var) = istd[l]*delta[i,k]*delta[j,l]");
  CHECK(worked_out("diff(var[k], mu[j])") == "diff(var[k], mu[j]) = -2*delta[j,k]/N*sum[i](x[i,k] - mu[k])");
  // Here the sum of the deviations is found to be 0.
  CHECK(worked_out("diff(var[l], x[i,j])") == "diff(var[l], x[i,j]) = 2*delta[j,l]/N*(x[i,l] - mu[l])");
  CHECK_FALSE(local.knows(*notation::parse_expression("diff(x[k,l], x[i,j])", tests::builtin("batch_norm")).value));
}

TEST_CASE("diagonals, deltas, maxima and scalars") {
  const Written diagonal("layer d(s[N,N])\n  y = sum[i](s[i,i]^2)\n  return y\n", {{{"N", 2}}});
  CHECK_THAT(diagonal.text(), Contains("  y = s[1,1]^2 + s[2,2]^2\n"));
  CHECK_THAT(diagonal.text(), Contains("  ds[i,k] = 2*s[i,i]*delta[i,k]\n"
                                       "          = { 2*s[i,i]  where i = k\n"
                                       "            { 0         where i != k\n"
                                       "  ds = [ 2*s[1,1]   0        ]\n"
                                       "       [ 0          2*s[2,2] ]\n"));
  const Written maximum("layer m(x[N,D])\n  m[i] = max[j](x[i,j])\n  return m\n", {{{"N", 1}, {"D", 3}}});
  CHECK_THAT(maximum.text(), Contains("  m = [ max(max(x[1,1], x[1,2]), x[1,3]) ]\n"));
  CHECK_THAT(maximum.text(true), Contains("  m = [ max(x₁₁, x₁₂, x₁₃) ]\n"));
  CHECK_THAT(report::to_latex(maximum.derivation, maximum.out),
             Contains(R"(\max\left(x_{1,1}, x_{1,2}, x_{1,3}\right))"));
  const Written scalars("layer s(a, b)\n  y = a*b + exp(a)\n  return y\n", Request{});
  CHECK_THAT(scalars.text(), Contains("  da = b + exp(a)\n"));
}
