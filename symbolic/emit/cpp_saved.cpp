#include "symbolic/emit/cpp_saved.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/ops/registry.hpp"
#include "symbolic/emit/trees.hpp"

namespace chalktape::emit {
namespace {

using language::Expr;
using language::Kind;

/// An op with this cost or more is a call of the C library.
constexpr int library_call = 20;

bool has_reduction(const Expr& e) { return e->kind == Kind::reduce || std::ranges::any_of(e->operands, has_reduction); }

bool has_library_call(const Expr& e) {
  if (e->kind == Kind::call && e->name != "stop") {
    const auto* const op = engine::find_function(e->name, static_cast<int>(e->operands.size()));
    if (op != nullptr && op->cost >= library_call) return true;
  }
  if (e->kind == Kind::power) {
    const auto exponent = written_number(e->operands[1]);
    const bool is_half = e->operands[1]->kind == Kind::divide || e->operands[1]->kind == Kind::negate;
    if (!exponent && !is_half) return true;
  }
  return std::ranges::any_of(e->operands, has_library_call);
}

/// The names that depend on upstream gradients.
std::set<std::string> backward_names(const Program& program) {
  std::set<std::string> names(program.upstream.begin(), program.upstream.end());
  for (const Statement& s : program.backward) {
    std::set<std::string> read;
    language::collect_names(s.definition.value, read);
    const bool is_gradient = s.kind == Statement::Kind::intermediate || s.kind == Statement::Kind::result;
    if (is_gradient || std::ranges::any_of(read, [&](const std::string& name) { return names.contains(name); }))
      names.insert(s.definition.name);
  }
  return names;
}

struct Choice {
  SavedValues values;
  std::size_t large = 0;  // saved arrays of the largest rank
};

/// `spreads`: what is computed from an expensive array is saved in its place.
Choice choose(const Program& program, bool spreads) {
  const std::size_t rank = largest_rank(program);
  const std::set<std::string> behind = backward_names(program);
  const auto is_forward = [&](const Statement& s) { return !behind.contains(s.definition.name); };
  std::set<std::string> worth;
  std::set<std::string> expensive;
  for (const Statement& s : program.for_results()) {
    if (!is_forward(s)) continue;
    const language::Definition& d = s.definition;
    const bool is_large = d.indices.size() == rank;
    std::set<std::string> names;
    language::collect_names(d.value, names);
    const bool follows = spreads && is_large &&
                         std::ranges::any_of(names, [&](const std::string& name) { return expensive.contains(name); });
    if (is_large && (has_library_call(d.value) || follows)) expensive.insert(d.name);
    if (has_reduction(d.value) || expensive.contains(d.name)) worth.insert(d.name);
  }
  Choice choice;
  std::set<std::string> read;
  const std::vector<Statement> statements = program.for_results(worth);
  for (const Statement& s : statements) {
    language::collect_names(s.definition.value, read);
    if (is_forward(s)) choice.values.recomputed.push_back(s.definition.name);
  }
  const std::vector<std::string>& outputs = program.layer.outputs;
  const std::vector<std::string>& auxiliary = program.layer.auxiliary_outputs;
  for (const auto* part : {&program.forward, &program.backward}) {
    for (const Statement& s : *part) {
      const std::string& name = s.definition.name;
      if (!worth.contains(name) || !read.contains(name)) continue;
      const bool is_output =
          std::ranges::find(outputs, name) != outputs.end() || std::ranges::find(auxiliary, name) != auxiliary.end();
      (is_output ? choice.values.outputs : choice.values.saved).push_back(name);
      if (!is_output && s.definition.indices.size() == rank) ++choice.large;
    }
  }
  return choice;
}

}  // namespace

std::size_t largest_rank(const Program& program) {
  std::size_t rank = 0;
  for (const auto& tensor : program.layer.tensors) rank = std::max(rank, tensor.sizes.size());
  for (const auto& s : program.forward) rank = std::max(rank, s.definition.indices.size());
  return rank;
}

SavedValues choose_saved(const Program& program) {
  Choice first = choose(program, false);
  Choice second = choose(program, true);
  const auto cost = [](const Choice& c) { return std::tuple(c.large, c.values.saved.size()); };
  return cost(second) < cost(first) ? second.values : first.values;
}

}  // namespace chalktape::emit
