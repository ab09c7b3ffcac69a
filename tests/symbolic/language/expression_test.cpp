// Building and comparing trees.
#include "symbolic/language/expression.hpp"

#include "symbolic/language/layer.hpp"
#include "tests/catch.hpp"

namespace chalktape::language {
namespace {

Index index(const std::string& name, const std::string& range) { return {.name = name, .range = range}; }

}  // namespace

TEST_CASE("equal trees are equal, places aside", "[language]") {
  const auto make = [](const std::string& range, int line) {
    Expression x{.kind = Kind::access, .name = "x", .indices = {index("i", range)}, .role = Role::tensor};
    x.span = {.line = line, .column = 1, .length = 1};
    return reduce("sum", {index("i", range)}, std::make_shared<const Expression>(x));
  };
  CHECK(equal(make("N", 1), make("N", 2)));
  CHECK_FALSE(equal(make("N", 1), make("D", 1)));
  CHECK_FALSE(equal(make("N", 1), number("1")));
  CHECK_FALSE(equal(number("1"), number("1.0")));
  CHECK_FALSE(equal(access("x", {}, Role::tensor), access("x", {}, Role::constant)));
  CHECK_FALSE(equal(number("1"), nullptr));
  CHECK(equal(nullptr, nullptr));
  const Expr y = access("y", {}, Role::definition);
  const Expr x = access("x", {}, Role::tensor);
  CHECK_FALSE(equal(derivative(y, x, {}), derivative(y, x, {"mu"})));
  CHECK_FALSE(equal(binary(Kind::add, x, y), binary(Kind::add, y, x)));
  CHECK_FALSE(equal(call("exp", {x}), call("exp", {x, x})));
  CHECK(equal(negate(delta(index("i", "N"), index("k", "N"))), negate(delta(index("i", "N"), index("k", "N")))));
}

TEST_CASE("a layer finds what it holds", "[language]") {
  Layer layer;
  layer.tensors.push_back({.name = "x", .sizes = {"N", "D"}});
  layer.definitions.push_back({.name = "y", .indices = {index("i", "N")}, .value = number("1")});
  layer.definitions.push_back({.name = "loss", .indices = {}, .value = number("1")});
  CHECK(layer.ranges_of("x") == std::vector<std::string>{"N", "D"});
  CHECK(layer.ranges_of("y") == std::vector<std::string>{"N"});
  CHECK_FALSE(layer.ranges_of("z").has_value());
  CHECK(layer.find_tensor("y") == nullptr);
  CHECK(layer.find_definition("y") == layer.definitions.data());
  layer.outputs = {"y"};
  CHECK_FALSE(layer.returns_loss());
  layer.outputs = {"loss"};
  CHECK(layer.returns_loss());
  layer.outputs = {"loss", "y"};
  CHECK_FALSE(layer.returns_loss());
}

}  // namespace chalktape::language
