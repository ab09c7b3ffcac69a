#include "symbolic/present/tree.hpp"

#include <algorithm>
#include <set>

#include "symbolic/check/sample.hpp"
#include "symbolic/present/constant_sums.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"
#include "tests/symbolic/present/random_tree.hpp"

using namespace chalktape;
using notation::ex;

namespace {

struct Page {
  explicit Page(const std::string& text) : algebra(tests::layer_of(text)), naming(algebra.layer()) {}
  explicit Page(const language::Layer& layer) : algebra(layer), naming(layer) {}
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  [[nodiscard]] std::string text(const ex& e) const { return present::to_text(present::to_tree(e, naming)); }
  /// As the page writes what was written otherwise.
  [[nodiscard]] std::string operator()(const std::string& written) const { return text(algebra(written, indices)); }

  tests::Algebra algebra;
  present::Naming naming;
  std::vector<language::Index> indices{{"i", "N", {}}, {"j", "D", {}}};
};

const Page& page() {
  static const Page page(R"(layer page(x[N,D], t[N,D], v[N], w[D], s[N,N], c; eps = 1e-5)
  mu[j] = mean[i](x[i,j])
  y[i,j] = 0.5*x[i,j] - 0.044715*t[i,j]*mu[j] + v[i]*w[j]*c + s[i,i]
  return y
)");
  return page;
}

/// e as the language can write it, with the signs of all sums' bodies outside: the liberties that a tree takes.
ex signs_outside(const ex& e) {
  const ex inner = notation::map_operands(e, signs_outside);
  if (!notation::is_sum(inner)) return inner;
  const auto opened = notation::open(GiNaC::ex_to<notation::Reduce>(inner));
  const bool negative = notation::is_negative(opened.body);
  return negative ? ex(-notation::sum(-opened.body, opened.indices)) : inner;
}

/// Whether two trees have the same values at a random point; true where they have none there.
bool same_values(const language::Layer& layer, const language::Expr& a, const language::Expr& b,
                 const std::vector<language::Index>& indices) {
  check::Digits field(1);
  const std::map<std::string, std::int64_t> sizes{{"N", 2}, {"D", 3}};
  const auto data = check::draw(layer, sizes, field, {});
  check::Point<check::Digits> point(layer, {}, field, sizes, data);
  try {
    const auto left = point.evaluate(indices, a), right = point.evaluate(indices, b);
    for (size_t i = 0; i < left.entries.size(); ++i) {
      if (check::error_of(left.entries[i].value, right.entries[i].value) > 1e-40) return false;
    }
  } catch (const check::Redraw&) {
  } catch (const check::Imprecise&) {
  } catch (const check::NotApplicable&) {
  }
  return true;
}

bool same(const ex& a, const ex& b) {
  const ex writable = present::without_constant_sums(b);
  return a.is_equal(writable) || signs_outside(a).is_equal(signs_outside(writable));
}

/// A sum of random products of these, in a random order.
class RandomSum {
 public:
  explicit RandomSum(std::uint32_t seed) : state_(seed * 2654435761U + 1) {}
  std::uint32_t pick(std::uint32_t bound) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 17U;
    state_ ^= state_ << 5U;
    return state_ % bound;
  }

 private:
  std::uint32_t state_;
};

}  // namespace

TEST_CASE("a printed tree, parsed again, is the same algebra") {
  const Page random(layer_of_random_trees());
  int tried = 0, apart = 0;
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    const language::Expr tree = random_tree(seed, 1 + static_cast<int>(seed % 25));
    ex e;
    try {
      e = random.algebra.of(tree);
    } catch (const notation::Error&) {
      continue;  // divides by 0, or takes the root of a negative number
    }
    const language::Expr shown = present::to_tree(e, random.naming);
    const std::string text = present::to_text(shown);
    INFO("seed " << seed << ": " << present::to_text(tree) << " is shown as " << text);
    CHECK(language::equal(present::to_tree(e, random.naming), shown));
    const language::Expr again = random.algebra.parsed(text, random.indices).value;
    // GiNaC may keep a·(b − c) and −a·(c − b) apart, and a sum's or a derivative's sign inside from one outside.
    if (!same(random.algebra.of(again), e)) {
      CHECK(same_values(random.algebra.layer(), again, tree, random.indices));
      ++apart;
    }
    ++tried;
  }
  CHECK(tried > 1000);
  CHECK(apart < 30);
}

TEST_CASE("a tree does not depend on the order in which an expression was made") {
  const std::vector<std::string> parts{
      "x[i,j]", "-2*t[i,j]*v[i]", "w[j]/c", "sum[k](s[i,k]*v[k])", "(mu[j] - x[i,j])^3/N", "-exp(v[i])*(w[j] - mu[j])"};
  std::set<std::string> sums, products;
  RandomSum random(3);
  for (int round = 0; round < 200; ++round) {
    auto shuffled = parts;
    for (size_t i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[random.pick(static_cast<std::uint32_t>(i))]);
    ex sum = 0, product = 1;
    for (const auto& part : shuffled) {
      sum += page().algebra(part, page().indices);
      product *= page().algebra(part, page().indices);
    }
    sums.insert(page().text(sum));
    products.insert(page().text(product));
  }
  CHECK(sums.size() == 1);
  CHECK(products.size() == 1);
}

TEST_CASE("signs are chosen so that a formula reads well") {
  CHECK(page()("-2/N*(t[i,j] - x[i,j])") == "2/N*(x[i,j] - t[i,j])");
  CHECK(page()("2/N*(x[i,j] - t[i,j])") == page()("-2/N*(t[i,j] - x[i,j])"));
  CHECK(page()("-v[i]*(1 - w[j])") == "-v[i]*(1 - w[j])");
  CHECK(page()("v[i]*(w[j] - 1)") == "-v[i]*(1 - w[j])");
  CHECK(page()("-v[i] - w[j]") == "-v[i] - w[j]");
  CHECK(page()("-v[i] + 1") == "1 - v[i]");
  CHECK(page()("-sum[k]((mu[j] - x[k,j])*v[k])") == "sum[i](v[i]*(x[i,j] - mu[j]))");
  CHECK(page()("sum[k](mu[j] - x[k,j])") == "-sum[i](x[i,j] - mu[j])");
  CHECK(page()("c - v[i]*(x[i,j] - mu[j])") == "c - v[i]*(x[i,j] - mu[j])");
  CHECK(page()("2*x[i,j] - 2*mu[j]") == "2*(x[i,j] - mu[j])");
  CHECK(page()("(mu[j] - x[i,j])^2") == "(x[i,j] - mu[j])^2");
  CHECK(page()("-(mu[j] - x[i,j])^3") == "(x[i,j] - mu[j])^3");
  // Flips inside the terms of a factor: all of them minus is none of them minus.
  const std::string shares = page()("v[i]*(c*(1 + step(v[i]) - step(w[j])) + w[j]*(1 - step(v[i]) + step(w[j])))");
  CHECK(shares.find("(-") == std::string::npos);
  CHECK(shares.find("*-") == std::string::npos);
}

TEST_CASE("numbers are written as the layer writes them") {
  CHECK(page()("x[i,j]/2") == "0.5*x[i,j]");
  CHECK(page()("x[i,j]^(1/2)") == "sqrt(x[i,j])");
  CHECK(page()("x[i,j]^(-1/2)") == "x[i,j]^(-1/2)");
  CHECK(page()("x[i,j]/3") == "x[i,j]/3");
  CHECK(page()("2/3") == "2/3");
  CHECK(page()("x[i,j]*3*0.044715") == "0.134145*x[i,j]");
  CHECK(page()("tanh(v[i]*(1 + 0.044715*v[i]^2))") == "tanh(v[i]*(0.044715*v[i]^2 + 1))");
  CHECK(page()("v[i]/(N*D)") == "v[i]/(N*D)");
  CHECK(page()("v[i]/(D*N)") == "v[i]/(N*D)");
}

TEST_CASE("no number is longer than the language's") {
  const std::string long_number = page()("x[i,j]*7^80 + 10^70*2");
  CHECK(long_number.find("1e60") != std::string::npos);
  CHECK(page()(long_number) == long_number);
  CHECK(page()("1/7^80*x[i,j]") == page()(page()("1/7^80*x[i,j]")));
}

TEST_CASE("a sum over what nothing says the range of is written as a product") {
  const auto& symbols = page().algebra.formulas().symbols;
  const ex i = notation::index("p", "N"), k = notation::index("q", "N"), c = symbols.access("c", {});
  CHECK(page().text(notation::sum(c, {i})) == "N*c");
  CHECK(page().text(notation::sum(c, {i, k})) == "N^2*c");
  CHECK(page().text(notation::sum(c * notation::delta(i, k), {i, k})) == "N*c");
  const ex v = symbols.access("v", {k});
  CHECK(page().text(notation::sum(v, {i, k})) == "N*sum[i](v[i])");
  CHECK(page().text(notation::sum(v * notation::delta(i, k), {i, k})) == "sum[i,k](v[i]*delta[i,k])");
}

TEST_CASE("bound indices take the layer's letters and none that is in use") {
  CHECK(page()("sum[p](x[p,j])") == "sum[i](x[i,j])");
  CHECK(page()("v[i]*sum[p](x[p,j])") == "v[i]*sum[k](x[k,j])");
  CHECK(page()("sum[p,q](x[p,q])") == "sum[i,j](x[i,j])");
  CHECK(page()("v[i]*sum[p](s[i,p]*sum[q](s[p,q]))") == "v[i]*sum[k](s[i,k]*sum[l](s[k,l]))");
  // In scope though not free: a derivation keeps its letters from step to step.
  const ex e = page().algebra("sum[p](v[p])");
  CHECK(present::to_text(present::to_tree(e, page().naming, {"i"})) == "sum[k](v[k])");
  // Letters that are names or other ranges' are left alone.
  const Page crowded("layer crowded(k[N,D], l[N], p)\n  y[i,q] = k[i,q]*l[i]*p\n  return y\n");
  CHECK(present::to_text(present::to_tree(crowded.algebra("sum[a,b](k[a,b]*l[a])"), crowded.naming, {"i", "q"})) ==
        "sum[r,s](l[r]*k[r,s])");
}
