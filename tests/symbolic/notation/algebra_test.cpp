#include "symbolic/notation/algebra.hpp"

#include <algorithm>

#include "symbolic/notation/formula.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"

using namespace chalktape;
using namespace chalktape::notation;
using tests::Algebra;

namespace {

const Algebra& example() {
  static const Algebra algebra(tests::layer_of(R"(layer example(x[N,D], s[N,N], v[N], w[D], p[N], c; eps = 1e-5, k0)
  mu[j] = mean[i](x[i,j])
  q[i]  = exp(v[i])
  y[i,j] = x[i,j]*v[i]*w[j] + mu[j] + s[i,i] + p[i]*c + q[i]
  assume p[i] > 0
  return y
)"));
  return algebra;
}

ex at(const std::string& text) { return example()(text, {{"i", "N"}, {"j", "D"}}); }

}  // namespace

TEST_CASE("reductions that differ in their letters are the same object") {
  CHECK(at("sum[p](x[p,j])").is_equal(at("sum[k](x[k,j])")));
  CHECK((at("sum[p](x[p,j])") - at("sum[k](x[k,j])")).is_zero());
  CHECK(at("max[k](x[k,j])").is_equal(at("max[p](x[p,j])")));
  CHECK_FALSE(at("max[k](x[k,j])").is_equal(at("min[k](x[k,j])")));
  CHECK_FALSE(at("max[k](x[k,j])").is_equal(at("sum[k](x[k,j])")));
  CHECK_FALSE(at("sum[k](x[k,j])").is_equal(at("sum[k](x[i,k])")));
}

TEST_CASE("a reduction over several indices is one object in whatever order they are bound") {
  const ex all = at("sum[k,l](x[k,l]*w[l])");
  for (const char* same : {"sum[l,k](x[k,l]*w[l])", "sum[k](sum[l](x[k,l]*w[l]))", "sum[l](sum[k](x[k,l]*w[l]))",
                           "sum[a,b](w[b]*x[a,b])"}) {
    INFO(same);
    CHECK(at(same).is_equal(all));
    CHECK(key(at(same)) == key(all));
  }
  // Two indices over the same range: which is first is not visible in the ranges.
  const ex pair = at("sum[k,l](s[k,l]*v[l])");
  CHECK(at("sum[l,k](s[k,l]*v[l])").is_equal(pair));
  CHECK(at("sum[l,k](s[l,k]*v[k])").is_equal(pair));
  CHECK_FALSE(at("sum[k,l](s[k,l]*v[k])").is_equal(pair));
  const ex three = at("sum[k,l,p](s[k,l]*s[l,p]*v[p])");
  CHECK(at("sum[p,k,l](s[k,l]*s[l,p]*v[p])").is_equal(three));
  CHECK(at("sum[a](sum[c,b](s[b,a]*s[a,c]*v[c]))").is_equal(three));
}

TEST_CASE("sums of different kinds do not merge") {
  const ex nested = at("sum[k](max[l](s[k,l]))");
  REQUIRE(is<Reduce>(nested));
  CHECK(GiNaC::ex_to<Reduce>(nested).ranges().size() == 1);
  CHECK(at("sum[k](0*v[k])").is_zero());
  CHECK(at("max[k,l](x[k,l] - x[k,l] + v[k])").is_equal(at("max[k](v[k])")));
}

TEST_CASE("opening a reduction and closing it again gives it back") {
  for (const char* text : {"sum[k](x[k,j]*sum[l](s[k,l]*v[l]))", "max[k,l](s[k,l]*v[l])",
                           "sum[k](v[k]*sum[l](v[l]*sum[p](s[l,p]*s[p,k])))"}) {
    INFO(text);
    const ex e = at(text);
    const auto& r = GiNaC::ex_to<Reduce>(e);
    const Opened opened = open(r);
    CHECK(reduce(r.reduction(), opened.body, opened.indices).is_equal(e));
    for (const ex& i : opened.indices) CHECK(as_index(i).level() == 0);
    const Opened avoiding = open(r, opened.indices);
    for (const ex& i : avoiding.indices) {
      CHECK(std::none_of(opened.indices.begin(), opened.indices.end(), [&](const ex& o) { return o.is_equal(i); }));
    }
  }
}

TEST_CASE("replacing indices captures nothing, in nested sums over the same range too") {
  const ex i = index("i", "N"), k = index("k", "N"), l = index("l", "N");
  // The free i becomes each of the letters that the source bound.
  const ex e = at("sum[k](s[i,k]*sum[l](s[k,l]*s[l,i]))");
  CHECK(replace_indices(e, {{i, k}}).is_equal(example()("sum[p](s[k,p]*sum[q](s[p,q]*s[q,k]))", {{"k", "N"}})));
  CHECK(replace_indices(e, {{i, l}}).is_equal(example()("sum[p](s[l,p]*sum[q](s[p,q]*s[q,l]))", {{"l", "N"}})));
  // Simultaneously: a swap is not two replacements in turn.
  const ex two = access("s", {i, k}, language::Role::tensor);
  CHECK(replace_indices(two, {{i, k}, {k, i}}).is_equal(access("s", {k, i}, language::Role::tensor)));
  // The canonical order of two bound indices may change with a replacement: the result is canonical again.
  const ex tied = example()("sum[p,q](s[p,i]*s[q,k]*s[p,q])", {{"i", "N"}, {"k", "N"}});
  CHECK(replace_indices(tied, {{i, k}, {k, i}})
            .is_equal(example()("sum[p,q](s[p,k]*s[q,i]*s[p,q])", {{"i", "N"}, {"k", "N"}})));
  CHECK(replace_indices(tied, {{k, i}}).is_equal(at("sum[p,q](s[p,i]*s[q,i]*s[p,q])")));
}

TEST_CASE("replacing accesses under a sum captures nothing") {
  const ex e = at("sum[k](s[i,k]*mu[j])");
  const ex unfolded = replace_accesses(
      e, "mu", [](const Access& a) { return instantiate(example().formulas().definitions.front(), a.indices()); });
  CHECK(unfolded.is_equal(at("sum[k](s[i,k]*mean[p](x[p,j]))")));
  const auto is_sum_over_two = [](const ex& x) { return is_sum(x) && GiNaC::ex_to<Reduce>(x).ranges().size() == 2; };
  CHECK_FALSE(contains(unfolded, is_sum_over_two));
}

TEST_CASE("a delta is symmetric, and 1 on the diagonal") {
  const ex i = index("i", "N"), k = index("k", "N");
  CHECK(delta(i, k).is_equal(delta(k, i)));
  CHECK(delta(i, i).is_equal(1));
  CHECK(replace_indices(delta(i, k), {{k, i}}).is_equal(1));
  CHECK(at("sum[k](delta[k,k]*v[k])").is_equal(at("sum[k](v[k])")));
  CHECK(at("sum[k](delta[k,i])").is_equal(at("sum[k](delta[i,k])")));
}

TEST_CASE("numbers are exact") {
  CHECK(exact_number("0.5").is_equal(GiNaC::numeric(1, 2)));
  CHECK(exact_number("1e-5").is_equal(GiNaC::numeric(1, 100000)));
  CHECK(exact_number("1.50e2").is_equal(GiNaC::numeric(150)));
  CHECK(exact_number("0.1").add(exact_number("0.2")).is_equal(exact_number("0.3")));
  CHECK(exact_number(".25").is_equal(GiNaC::numeric(1, 4)));
  CHECK(exact_number("-0.01").is_equal(GiNaC::numeric(-1, 100)));
  CHECK(exact_number("-2e+2").is_equal(GiNaC::numeric(-200)));
  for (const char* wrong : {"", ".", "-", "--1", "e5", "1e", "1e+-5", "1x", "1e5x", "1e9999999999999999999",
                            "1e-9999999999999999999", "1e999999999"}) {
    INFO(wrong);
    CHECK_THROWS_AS(exact_number(wrong), Error);
  }
}

TEST_CASE("what cannot be computed exactly or is not real is refused with its place") {
  const auto message = [](const std::string& text) {
    try {
      (void)at(text);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(message("v[i]^1001").find("an exponent may be at most 1000") != std::string::npos);
  CHECK(message("v[i]^(-1001)").find("an exponent may be at most 1000") != std::string::npos);
  CHECK(message("v[i]^1000").empty());
  CHECK(message("2^(99999/100000)").empty());
  CHECK(message("(10^400)^1000").find("too large") != std::string::npos);
  CHECK(message("sqrt(-2)").find("root of a negative number") != std::string::npos);
  CHECK(message("(-8)^(1/3)").find("root of a negative number") != std::string::npos);
  CHECK(message("v[i]*sqrt(1 - 3)").find("root of a negative number") != std::string::npos);
  CHECK(message("1/(2 - 2)").find("division by zero") != std::string::npos);
  CHECK(message("v[i]/(v[i] - v[i])").find("division by zero") != std::string::npos);
  CHECK(message("(1 - 1)^(-1)").find("division by zero") != std::string::npos);
  CHECK(message("v[i]/(2 - 2)").find("line 1, column") == 0);
}

TEST_CASE("signs are proved from names, and never guessed") {
  const auto sign = [](const std::string& text) { return sign_of(at(text)); };
  for (const char* positive : {"p[i]",
                               "exp(v[i])",
                               "q[i]",
                               "N",
                               "pi",
                               "eps",
                               "v[i]^2 + eps",
                               "sum[k](p[k])",
                               "p[i]^(-3/2)",
                               "p[i]*N/D",
                               "sigmoid(x[i,j])",
                               "softplus(x[i,j])",
                               "sqrt(v[i]^2 + 1)",
                               "max(p[i], v[i])",
                               "tanh(p[i])",
                               "2",
                               "sum[k,l](x[k,l]^2) + 1",
                               "max[k](p[k])",
                               "p[i]^v[i]",
                               "abs(v[i]) + p[i]"}) {
    INFO(positive);
    CHECK(sign(positive) == Sign::positive);
    CHECK(nonzero(at(positive)));
  }
  for (const char* nonnegative : {"v[i]^2", "abs(v[i])", "relu(v[i])", "step(v[i])", "sum[k](v[k]^2)", "0",
                                  "v[i]^2*p[i]", "delta[i,k]", "max(v[i]^2, c)", "min(p[i], v[i]^2)"}) {
    INFO(nonnegative);
    CHECK(sign(nonnegative) == Sign::nonnegative);
    CHECK_FALSE(nonzero(at(nonnegative)));
  }
  for (const char* unknown : {"v[i]", "-p[i]", "v[i]*c", "p[i] - eps", "N - 1", "log(p[i])", "sin(p[i])", "k0", "-2",
                              "v[i]^3", "min(p[i], c)", "mu[j]", "tanh(v[i])"}) {
    INFO(unknown);
    CHECK(sign(unknown) == Sign::unknown);
  }
  CHECK(nonzero(at("-p[i]")));
  CHECK(nonzero(at("-p[i] - eps")));
  CHECK(nonzero(at("-2*exp(v[i])")));
  CHECK_FALSE(nonzero(at("v[i]")));
  CHECK_FALSE(nonzero(at("N - 1")));
}

TEST_CASE("looking at expressions sees free indices and names only") {
  const ex e = at("sum[k](s[i,k]*x[k,j]) + v[i]");
  std::string letters;
  for (const ex& i : free_indices(e)) letters += as_index(i).name();
  CHECK(letters == "ij");
  CHECK(names(e) == std::set<std::string>{"s", "x", "v"});
  CHECK(mentions(e, "s"));
  CHECK_FALSE(mentions(e, "w"));
  CHECK(accesses_of(e, "v").size() == 1);
  CHECK(count(GiNaC::ex_to<Reduce>(at("sum[k,l](x[k,l])"))).is_equal(size("N") * size("D")));
}
