// Writing formulas out at concrete sizes, and the cases of their deltas.
#include "symbolic/present/written_out.hpp"

#include "symbolic/check/checker.hpp"
#include "symbolic/check/fields.hpp"
#include "symbolic/present/cases.hpp"
#include "symbolic/present/folding.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"
#include "tests/symbolic/present/random_tree.hpp"

using namespace chalktape;
using language::Expr;
using present::IndexValues;

namespace {

const language::Layer& layer() {
  static const language::Layer page = tests::layer_of(
      "layer page(x[N,D], v[N], w[D], s[N,N], c; eps = 1e-5)\n  mu[j] = mean[i](x[i,j])\n"
      "  y[i,j] = x[i,j]*mu[j] + v[i]*w[j]*c + s[i,i] + eps\n  return y\n");
  return page;
}

/// i and k run over N, j and l over D.
std::vector<language::Index> indices() { return {{"i", "N", {}}, {"j", "D", {}}, {"k", "N", {}}, {"l", "D", {}}}; }

Expr parsed(const std::string& text) { return notation::parse_expression(text, layer(), {"test", indices()}).value; }

std::string at(const std::string& text, const present::Sizes& sizes = {{"N", 3}, {"D", 2}},
               const IndexValues& values = {{"i", 1}, {"j", 2}, {"k", 3}, {"l", 2}}) {
  return present::to_text(present::written_out(parsed(text), sizes, values));
}

bool has_value(const check::PointAtSizes& point, const Expr& e) {
  try {
    return point.same(e, e);
  } catch (const check::NotApplicable&) {
    return false;  // it mentions a gradient that the layer does not have
  }
}

std::string cases(const std::string& text) {
  std::string all;
  for (const auto& c : present::cases_of(parsed(text), indices())) {
    all += all.empty() ? "" : "; ";
    all += present::to_text(c.value);
    for (const auto& condition : c.where)
      all += " " + condition.a.name + (condition.equal ? "=" : "!=") + condition.b.name;
  }
  return all;
}

}  // namespace

TEST_CASE("sums are their terms, means are divided by their number, maxima go in pairs") {
  CHECK(at("sum[p](x[p,j])") == "x[1,2] + x[2,2] + x[3,2]");
  CHECK(at("mean[p](x[p,j])") == "(x[1,2] + x[2,2] + x[3,2])/3");
  CHECK(at("mean[p,q](x[p,q])", {{"N", 2}, {"D", 2}}) == "(x[1,1] + x[1,2] + x[2,1] + x[2,2])/4");
  CHECK(at("max[p](v[p])") == "max(max(v[1], v[2]), v[3])");
  CHECK(at("min[q](w[q])") == "min(w[1], w[2])");
  CHECK(at("sum[p](-v[p])") == "-v[1] - v[2] - v[3]");
  CHECK(at("sum[p](v[p]*sum[q](x[p,q]))", {{"N", 2}, {"D", 2}}) == "v[1]*(x[1,1] + x[1,2]) + v[2]*(x[2,1] + x[2,2])");
  CHECK(at("c + sum[p](v[p]) + sum[q](w[q]*c)") == "c + v[1] + v[2] + v[3] + w[1]*c + w[2]*c");
  CHECK(at("sum[p](sum[q](x[p,q]))", {{"N", 2}, {"D", 2}}) == "x[1,1] + x[1,2] + x[2,1] + x[2,2]");
  CHECK(at("c - sum[q](w[q])") == "c - (w[1] + w[2])");
  CHECK(at("sum[p](v[p])", {{"N", 1}, {"D", 1}}) == "v[1]");
  CHECK(at("diff(mu[j], x[k,l]; w)") == "diff(mu[2], x[3,2]; w)");
}

TEST_CASE("sizes are numbers, constants keep their names, deltas are 0 or 1 and only those are folded") {
  CHECK(at("2/N*x[i,j] + eps") == "2/3*x[1,2] + eps");
  CHECK(at("delta[i,k]*x[i,j]") == "0");
  CHECK(at("delta[j,l]*x[i,j]") == "x[1,2]");
  CHECK(at("delta[j,l] - delta[i,k]/N") == "1");
  CHECK(at("delta[i,k] - delta[j,l]/N") == "-1/3");
  CHECK(at("1 - 1/N") == "1 - 1/3");
  CHECK(at("sum[p](2*(delta[i,p]*delta[j,l] - delta[j,l]/N)*(x[p,l] - mu[l]))") ==
        "2*(1 - 1/3)*(x[1,2] - mu[2]) - 2*(1/3)*(x[2,2] - mu[2]) - 2*(1/3)*(x[3,2] - mu[2])");
  CHECK(at("v[i]^delta[j,l] + (c - c)") == "v[1] + (c - c)");
  CHECK(at("-(v[i] - x[i,j]*delta[i,k])") == "-v[1]");
  CHECK(at("delta[i,k]/v[i] + delta[i,k]^2 + 1^c + v[i]/delta[j,l]") == "1 + v[1]");
}

TEST_CASE("only free indices become numbers, and the smallest change is made") {
  const auto literal = [](const std::string& text, const IndexValues& values) {
    return present::to_text(present::with_literals(parsed(text), values));
  };
  CHECK(literal("sum[p](x[p,j]*delta[i,p]) + N", {{"i", 2}, {"j", 1}}) == "sum[p](x[p,1]*delta[2,p]) + N");
  CHECK(literal("diff(y[i,j], x[k,l]; mu)", {{"i", 1}, {"k", 2}}) == "diff(y[1,j], x[2,l]; mu)");
  const auto all = present::all_values({{"i", "N", {}}, {"j", "D", {}}}, {{"N", 2}, {"D", 2}});
  CHECK(all == std::vector<IndexValues>{
                   {{"i", 1}, {"j", 1}}, {{"i", 1}, {"j", 2}}, {{"i", 2}, {"j", 1}}, {{"i", 2}, {"j", 2}}});
  CHECK(present::all_values({}, {}).size() == 1);
}

TEST_CASE("what is written out has the value of what it was written out from") {
  const language::Layer random = layer_of_random_trees();
  present::Sizes sizes;
  std::int64_t next = 3;
  for (const auto& size : random.sizes) sizes[size] = next > 1 ? next-- : 2;
  const check::PointAtSizes point(random, {}, sizes);
  int compared = 0;
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const Expr tree = random_tree(seed, 12);
    INFO(seed << ": " << present::to_text(tree));
    const auto free = notation::parse_expression(present::to_text(tree), random).indices;
    IndexValues values;
    for (const auto& index : free) values[index.name] = sizes.at(index.range);
    const Expr before = present::with_literals(tree, values);
    if (!has_value(point, before)) continue;
    const Expr after = present::written_out(tree, sizes, values);
    INFO(present::to_text(after));
    CHECK(point.same(before, after));
    ++compared;
  }
  CHECK(compared > 250);
}

TEST_CASE("more than an expression may hold is refused, in time") {
  CHECK_THROWS_AS(at("sum[p](v[p])", {{"N", 2001}, {"D", 1}}), present::TooLong);
  CHECK_NOTHROW(at("sum[p](v[p])", {{"N", 2000}, {"D", 1}}));
  CHECK_THROWS_AS(at("sum[p](v[p])", {{"N", 1'000'000'000'000}, {"D", 1}}), present::TooLong);
  // Terms that vanish cost time, too.
  CHECK_THROWS_AS(at("sum[p](delta[i,p]*v[p])", {{"N", 1'000'000'000'000}, {"D", 1}}), present::TooLong);
  CHECK_THROWS_AS(present::all_values(indices(), {{"N", 100'000}, {"D", 100'000}}), present::TooLong);
}

TEST_CASE("deltas between free indices are told apart in cases") {
  CHECK(cases("x[i,j]") == "");
  CHECK(cases("delta[i,k]*x[i,j]") == "x[i,j] i=k; 0 i!=k");
  CHECK(cases("delta[i,k]*x[k,j] + v[k]") == "x[i,j] + v[i] i=k; v[k] i!=k");
  CHECK(cases("delta[i,k]*delta[j,l] - 1/N*delta[j,l]") == "1 - 1/N j=l i=k; -1/N j=l i!=k; 0 j!=l");
  CHECK(cases("delta[k,i]*delta[j,l]*x[i,j]") == "x[i,j] i=k j=l; 0");
  // A delta that decides nothing makes no case; one of a bound index stays.
  CHECK(cases("delta[i,k]*delta[j,l]*0 + c") == "c");
  CHECK(cases("delta[i,k]*sum[p](delta[i,p]*v[p])") == "sum[p](delta[i,p]*v[p]) i=k; 0 i!=k");
  CHECK(cases("sum[p](delta[i,k]*v[p])") == "sum[p](v[p]) i=k; 0 i!=k");
}
