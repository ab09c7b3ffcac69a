// What a rewriting changed.
#include "symbolic/present/difference.hpp"

#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/present/random_tree.hpp"

namespace chalktape {
namespace {

language::Expr parsed(const std::string& text) {
  static const language::Layer layer =
      notation::load_layers("layer f(x[N,D], a[D], b[D], c[D])\n  y[i,j] = x[i,j]\n  return y\n", "f.chalk").front();
  return notation::parse_expression(text, layer).value;
}

std::string listed(const std::vector<const language::Expression*>& parts) {
  std::string text;
  for (const auto* part : parts)
    text += (text.empty() ? "" : " | ") + present::to_text(std::make_shared<const language::Expression>(*part));
  return text;
}

}  // namespace

TEST_CASE("what a rewriting changed", "[present]") {
  const auto [from, to, before, after] = GENERATE(table<std::string, std::string, std::string, std::string>({
      {"a[j]*b[j] + c[j]", "a[j]*b[j] + c[j]", "", ""},
      {"a[j] + b[j]", "a[j] + c[j]", "b[j]", "c[j]"},
      {"a[j] + b[j] - c[j]", "c[j]*b[j]*2 + a[j] - c[j]", "b[j]", "c[j] | 2"},
      {"a[j]*b[j]", "b[j]*c[j]", "a[j]", "c[j]"},
      {"a[j]*exp(b[j]) + c[j]", "a[j]*exp(2*b[j]) + c[j]", "b[j]", "2"},
      {"sum[k](a[k]*b[k])", "sum[k](a[k]*c[k])", "b[k]", "c[k]"},
      {"sum[k](a[k])", "sum[k](x[k,j])", "sum[k](a[k])", "sum[k](x[k,j])"},
      {"a[j] + b[j] + c[j]", "a[j]", "b[j] | c[j]", "a[j]"},
      {"diff(y[k,l], x[i,j])*a[j]", "x[k,l]*x[i,j]*a[j]", "diff(y[k,l], x[i,j])", "x[k,l] | x[i,j]"},
  }));
  const language::Expr a = parsed(from), b = parsed(to);
  const present::Difference found = present::difference(a, b);
  CHECK(listed(found.before) == before);
  CHECK(listed(found.after) == after);
}

TEST_CASE("a tree does not differ from its copy", "[present]") {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const language::Expr e = random_tree(seed, 30), copy = present::unshared(e);
    CHECK(language::equal(e, copy));
    const present::Difference none = present::difference(e, copy);
    CHECK(none.before.empty());
    CHECK(none.after.empty());
  }
}

}  // namespace chalktape
