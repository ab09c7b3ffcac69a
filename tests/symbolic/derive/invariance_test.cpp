// A layer written in another way is the same layer: the derivation reaches the same forms at the same cost.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include <fmt/core.h>

#include "symbolic/check/verify.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"

using namespace chalktape;
using language::Expr;
using language::Kind;
using language::Layer;

namespace {

/// One other way to write layers, and the way back for gradients.
struct Rewriting {
  std::string_view what;
  std::function<std::string(const std::string&)> name = [](const std::string& n) { return n; };
  std::function<std::string(const std::string&)> index = [](const std::string& i) { return i; };
  bool transposes = false;
  std::function<Expr(const Expr&)> formula = [](const Expr& e) { return e; };
};

std::vector<language::Index> rewritten(const Rewriting& r, std::vector<language::Index> indices, bool may_transpose) {
  for (auto& i : indices) {
    i.name = r.index(i.name);
    i.range = r.name(i.range);
  }
  if (r.transposes && may_transpose) std::reverse(indices.begin(), indices.end());
  return indices;
}

Expr rewritten(const Rewriting& r, const Expr& e) {
  auto node = std::make_shared<language::Expression>(*e);
  for (Expr& operand : node->operands) operand = rewritten(r, operand);
  if (e->kind == Kind::access) node->name = r.name(e->name);
  node->indices = rewritten(r, e->indices, e->kind == Kind::access);
  for (std::string& held : node->held) held = r.name(held);
  return r.formula(node);
}

Layer rewritten(const Rewriting& r, Layer layer) {
  for (auto& size : layer.sizes) size = r.name(size);
  for (auto& tensor : layer.tensors) {
    tensor.name = r.name(tensor.name);
    for (auto& size : tensor.sizes) size = r.name(size);
    if (r.transposes) std::reverse(tensor.sizes.begin(), tensor.sizes.end());
  }
  for (auto& constant : layer.constants) constant.name = r.name(constant.name);
  for (auto& definition : layer.definitions) {
    definition.name = r.name(definition.name);
    definition.indices = rewritten(r, definition.indices, true);
    definition.value = rewritten(r, definition.value);
  }
  for (auto& output : layer.outputs) output = r.name(output);
  for (auto& output : layer.auxiliary_outputs) output = r.name(output);
  for (auto& assumption : layer.assumptions) {
    assumption.left = rewritten(r, assumption.left);
    assumption.right = rewritten(r, assumption.right);
    assumption.indices = rewritten(r, assumption.indices, false);
  }
  return layer;
}

/// Names and indices in the opposite order of the alphabet, so that nothing can follow it unnoticed.
struct Renaming {
  explicit Renaming(const Layer& layer) {
    std::set<std::string> names(layer.sizes.begin(), layer.sizes.end()), indices;
    const std::function<void(const Expr&)> gather = [&](const Expr& e) {
      for (const auto& i : e->indices) indices.insert(i.name);
      for (const Expr& operand : e->operands) gather(operand);
    };
    for (const auto& tensor : layer.tensors) names.insert(tensor.name);
    for (const auto& constant : layer.constants) names.insert(constant.name);
    for (const auto& definition : layer.definitions) {
      names.insert(definition.name);
      gather(definition.value);
      for (const auto& i : definition.indices) indices.insert(i.name);
    }
    reverse(names, "v", to, back);
    reverse(indices, "u", index_to, index_back);
  }

  static void reverse(const std::set<std::string>& names, const std::string& stem,
                      std::map<std::string, std::string>& to, std::map<std::string, std::string>& back) {
    std::size_t left = names.size() + 10;
    for (const std::string& name : names) {
      to[name] = stem + std::to_string(left--);
      back[to[name]] = name;
    }
  }

  static std::string mapped(const std::map<std::string, std::string>& names, const std::string& name) {
    const auto found = names.find(name);
    if (found != names.end()) return found->second;
    const std::string total = "_total";
    const bool is_total = name.size() > total.size() && name.ends_with(total);
    const std::string stem = name.substr(0, name.size() - (is_total ? total.size() : 0));
    const auto of = stem.empty() || stem.front() != 'd' ? names.end() : names.find(stem.substr(1));
    return of == names.end() ? name : "d" + of->second + (is_total ? total : "");
  }

  std::map<std::string, std::string> to, back, index_to, index_back;
};

Expr inverse_root(const Expr& e) {
  if (e->kind != Kind::divide) return e;
  const Expr& root = e->operands[1];
  if (root->kind != Kind::call || root->name != "sqrt") return e;
  const Expr half = language::binary(Kind::divide, language::number("1"), language::number("2"));
  return language::binary(Kind::multiply, e->operands[0],
                          language::binary(Kind::power, root->operands[0], language::negate(half)));
}

Expr mean_as_sum(const Expr& e) {
  if (e->kind != Kind::reduce || e->name != "mean") return e;
  Expr result = language::reduce("sum", e->indices, e->operands[0]);
  for (const auto& i : e->indices) {
    result = language::binary(Kind::divide, result, language::access(i.range, {}, language::Role::size));
  }
  return result;
}

/// The gradient's formula in the first writing, as text that identifies its form.
std::string form(const derive::Gradient& gradient, const derive::Gradient& original, const Rewriting& back,
                 const tests::Algebra& algebra) {
  const Expr value = rewritten(back, gradient.value);
  const auto indices = rewritten(back, gradient.indices, true);
  std::vector<std::pair<notation::ex, notation::ex>> letters;
  REQUIRE(indices.size() == original.indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    letters.emplace_back(notation::index(indices[i].name, indices[i].range),
                         notation::index(original.indices[i].name, original.indices[i].range));
  }
  return notation::key(notation::replace_indices(algebra.of(value), letters));
}

void compare(const Layer& layer, const Rewriting& there, const Rewriting& back) {
  INFO(layer.name << ", " << there.what);
  const auto original = derive::derive(layer);
  const auto other = check::verified_derivation(rewritten(there, layer));
  const tests::Algebra algebra(original);
  REQUIRE(other.gradients.size() == original.gradients.size());
  for (const auto& expected : original.gradients) {
    const derive::Gradient* found = other.find(there.name(expected.of));
    REQUIRE(found != nullptr);
    if (!expected.of_tensor) continue;
    INFO(expected.name << " = " << present::to_text(expected.value) << ", in the other writing "
                       << present::to_text(found->value));
    CHECK(form(*found, expected, back, algebra) == notation::key(algebra.of(expected.value)));
    CHECK(found->cost.sums == expected.cost.sums);
    CHECK(found->cost.sweeps == expected.cost.sweeps);
    CHECK(found->cost.flops == expected.cost.flops);
  }
}

}  // namespace

TEST_CASE("other names, transposed data, inverse roots and sums for means lead to the same gradients") {
  for (const auto& entry : language::builtin_layers()) {
    const Layer layer = tests::builtin(std::string(entry.name));
    const Renaming names(layer);
    Rewriting renamed{"other names"}, named_back{"back"};
    renamed.name = [&](const std::string& n) { return Renaming::mapped(names.to, n); };
    renamed.index = [&](const std::string& i) { return Renaming::mapped(names.index_to, i); };
    named_back.name = [&](const std::string& n) { return Renaming::mapped(names.back, n); };
    named_back.index = [&](const std::string& i) { return Renaming::mapped(names.index_back, i); };
    compare(layer, renamed, named_back);

    Rewriting transposed{"transposed"};
    transposed.transposes = true;
    compare(layer, transposed, transposed);

    Rewriting rooted{"a power for a root"};
    rooted.formula = inverse_root;
    compare(layer, rooted, {"back"});

    Rewriting summed{"a sum for a mean"};
    summed.formula = mean_as_sum;
    compare(layer, summed, {"back"});
  }
}
